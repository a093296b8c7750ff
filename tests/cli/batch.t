#!/bin/sh
# batch.t - many messages: folders, mboxes, lists of names, workers, totals.
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1

lines() { # of `mailauth -1`, its first two fields
	printf '%s\n' "$out" | cut -d' ' -f1-2
}

tr -d '\r' <"$mail/pass.eml" >lf.eml
tr -d '\r' <"$mail/unaligned.eml" >unaligned.eml

# --- folders
mkdir empty
run mailauth -z "$zone" empty
is "$code $out $err" \
	"2 error empty - none input-unreadable mailauth: no messages in 'empty'" \
	"an empty folder"

mkdir -p box/cur box/new box/tmp box/.Sent/cur box/.Sent/new box/Team/cur \
	box/Team/new
cp lf.eml box/cur/1:2,S
cp unaligned.eml box/cur/2:2,
cp lf.eml box/new/3
cp lf.eml box/tmp/4
cp lf.eml box/.Sent/cur/5:2,S
cp lf.eml box/Team/new/6
: >box/dovecot.index
: >box/cur/.hidden
run mailauth -z "$zone" box
is "$(lines)" "pass box/.Sent/cur/5:2,S
pass box/Team/new/6
pass box/cur/1:2,S
fail box/cur/2:2,
pass box/new/3" "a Maildir"
is "$code $err" "1 " "and nothing is said"
run mailauth -z "$zone" box/
is "$(lines | head -n 1)" "pass box/.Sent/cur/5:2,S" "with a slash"
run mailauth -z "$zone" box/cur
is "$(lines)" "pass box/cur/1:2,S
fail box/cur/2:2," "one folder of it"

mkdir -p tree/b/c tree/.git
cp lf.eml tree/b/c/deep.eml
cp lf.eml tree/a.eml
cp lf.eml tree/.git/no.eml
ln -s ../a.eml tree/b/link.eml
ln -s .. tree/b/loop
ln -s nowhere tree/b/lost
mkfifo tree/b/fifo
echo hello >tree/z.txt
run mailauth -z "$zone" tree
is "$(lines)" "pass tree/a.eml
pass tree/b/c/deep.eml
pass tree/b/link.eml
error tree/b/lost
error tree/z.txt" "a tree, in the order of names"
is "$code $err" "2 mailauth: cannot open 'tree/b/lost': No such file or directory
mailauth: cannot read 'tree/z.txt' as mail: no header field \
at its start" "what is no mail is told, and the rest goes on"
if [ "$(id -u)" != 0 ]; then
	chmod 0 tree/b/c
	run mailauth -1 -z "$zone" tree
	chmod 755 tree/b/c
	like "$err" "cannot read the directory 'tree/b/c': Permission denied" \
		"a directory that is closed"
fi
deep=deep
for i in $(seq 70); do deep=$deep/d; done
mkdir -p "$deep"
run mailauth -z "$zone" deep
like "$err" "too many directories in each other" "a tree without end"

# --- an mbox
from='From a@oldmill.example Tue Oct 14 10:12:00 2025'
add() { # file, to an mbox
	{ echo "$from"; cat "$1"; echo; } >>all.mbox
}
add lf.eml
add unaligned.eml
add "$mail/pass.eml"
run mailauth -z "$zone" all.mbox
is "$(lines)" "pass all.mbox:1
fail all.mbox:2
pass all.mbox:3" "an mbox: a line a message"
run mailauth -z "$zone" <all.mbox
is "$(lines)" "pass -:1
fail -:2
pass -:3" "from standard input"
run mailauth -j -z "$zone" all.mbox
is "$(printf '%s\n' "$out" | jq -c '[.file, .message, .verdict]')" \
	'["all.mbox",1,"pass"]
["all.mbox",2,"fail"]
["all.mbox",3,"pass"]' "JSON: its number"
run mailauth -j -z "$zone" lf.eml
is "$(printf '%s\n' "$out" | jq .message)" null "none where there is one"
run mailauth -v -z "$zone" all.mbox
is "$(printf '%s\n' "$out" | grep -c '^[A-Z]* *all.mbox:[123]: ')" 3 \
	"-v: whole reports"
like "$(printf '%s\n' "$out" | grep -B1 '^FAIL')" '^$' "set apart"
run mailauth --annotate -z "$zone" all.mbox
is "$code $out $err" "2  mailauth: cannot read 'all.mbox' as mail: an mbox with \
several messages (split it first)" "--annotate takes one"

# what is no mail in it is told, and the rest goes on
{ cat all.mbox; echo "$from"; printf 'X\001: y\n\nbody\n\n'; cat all.mbox; } >odd.mbox
sed "s/^From a@.*/&/" odd.mbox >x && mv x odd.mbox
run mailauth -z "$zone" odd.mbox
is "$(lines | tail -n 3)" "pass odd.mbox:4
fail odd.mbox:5
pass odd.mbox:6" "what is no header ends no message"
{ cat all.mbox; echo "$from"; echo 'Subject: x'; head -c 3000 /dev/zero |
	tr '\0' ' '; printf '\n\n'; cat all.mbox; } >big.mbox
run mailauth --header-limit 2800 -z "$zone" big.mbox
is "$(lines | sed -n 4,5p)" "error big.mbox:4
pass big.mbox:5" "a message that is too large, and the next"
is "$err" "mailauth: cannot read 'big.mbox:4' as mail: header section over 2,800 \
bytes (--header-limit raises that)" "it is named"

mkdir lists
for box in one two three; do
	cp all.mbox lists/$box
done
run mailauth -z "$zone" lists
is "$(lines | tail -n 4)" "pass lists/three:3
pass lists/two:1
fail lists/two:2
pass lists/two:3" "mboxes in a folder"

mkfifo piped
cat all.mbox >piped &
run mailauth -z "$zone" piped
is "$(lines)" "pass piped:1
fail piped:2
pass piped:3" "an mbox in a pipe that has a name"
wait $!

# --- one message of it, by the name it has above
run mailauth -z "$zone" all.mbox:2
is "$code $(echo "$out" | head -n 1)" "1 $(mailauth -z "$zone" unaligned.eml |
	head -n 1 | sed 's/unaligned.eml/all.mbox:2/')" "a message of an mbox"
is "$(echo "$out" | tail -n +2)" \
	"$(mailauth -z "$zone" unaligned.eml | tail -n +2)" "as of a file"
run mailauth -z "$zone" all.mbox:1
is "$(echo "$out" | head -n 1 | cut -d: -f1-2)" "PASS  all.mbox:1" "the first"
is "$(echo "$out" | grep -c '^[A-Z]* *all.mbox')" 1 "and no other"
for how in -1 "-1 -J4"; do
	# shellcheck disable=SC2086
	run mailauth $how -z "$zone" lf.eml all.mbox:3 all.mbox all.mbox:2 \
		unaligned.eml
	is "$(lines)" "pass lf.eml
pass all.mbox:3
pass all.mbox:1
fail all.mbox:2
pass all.mbox:3
fail all.mbox:2
fail unaligned.eml" "in a mix, $how"
done
run mailauth -j -z "$zone" all.mbox:2
is "$(echo "$out" | jq -c '[.file, .message, .verdict]')" \
	'["all.mbox",2,"fail"]' "JSON: its number"
run mailauth -z "$zone" --annotate all.mbox:2
is "$code $(echo "$out" | grep -c '^Authentication-Results:') $err" "1 1 " \
	"--annotate takes it"
printf 'all.mbox:2\0' >names
run mailauth -z "$zone" --files0-from names
is "$(lines)" "fail all.mbox:2" "in a list"
run mailauth -z "$zone" all.mbox:4
is "$code $out $err" "2  mailauth: cannot read 'all.mbox:4': there are 3 \
messages in 'all.mbox'" "there are not so many"
{ echo "$from"; cat lf.eml; } >one.mbox
run mailauth -z "$zone" one.mbox:2
is "$code $out $err" "2  mailauth: cannot read 'one.mbox:2': there is one \
message only" "there is only one"
run mailauth -q -z "$zone" one.mbox:1
is "$code$out$err" 0 "which can be named"
run mailauth -q --header-limit 2800 -z "$zone" big.mbox:5
is "$code$err" 0 "behind one that is too large"
for none in all.mbox:0 all.mbox: all.mbox:x lf.eml:1 piped:1; do
	run mailauth -z "$zone" $none
	is "$code $out $err" "2  mailauth: cannot open '$none': No such file \
or directory" "no message: $none"
done
cp unaligned.eml all.mbox:1
run mailauth -q -z "$zone" all.mbox:1
is "$code$err" 1 "a file of that name comes first"
rm all.mbox:1

# --- lines "From " in a body, as the kinds of mbox write them
if /usr/bin/python3 -c 'import dkim' 2>/dev/null; then
	/usr/bin/python3 - "$mail/keys/test-only-author.pem" <<'END'
import re
import sys

import dkim

HEAD = (b'From: Rosewood Books <orders@rosewood.example>\r\n'
        b'To: b@oldmill.example\r\nSubject: lines\r\n'
        b'Date: Tue, 14 Oct 2025 09:12:00 +0200\r\n'
        b'Message-Id: <from@rosewood.example>\r\n')
BODY = b'Dear all,\n\nFrom here on\n>From there\n\nFrom me\nTo: you\n>>From\n'
FROM = b'From a@oldmill.example Tue Oct 14 10:12:00 2025\n'
key = open(sys.argv[1], 'rb').read()
m = HEAD + b'\r\n' + BODY.replace(b'\n', b'\r\n')
field = dkim.sign(m, b'oct25', b'rosewood.example', key)
field = field.replace(b'\r\n', b'\n')
head = HEAD.replace(b'\r\n', b'\n')


def box(name, body, extra=b''):
    one = FROM + field + head + extra + b'\n' + body + b'\n'
    open(name, 'wb').write(one + one)


box('mboxrd', re.sub(rb'^(>*From )', rb'>\1', BODY, flags=re.M))
length = b'Content-Length: %d\n'
box('mboxcl2', BODY, length % len(BODY))
plain = BODY.replace(b'>From there\n', b'')
m = HEAD + b'\r\n' + plain.replace(b'\n', b'\r\n')
field = dkim.sign(m, b'oct25', b'rosewood.example', key)
field = field.replace(b'\r\n', b'\n')
quoted = re.sub(rb'^From ', b'>From ', plain, flags=re.M)
box('mboxo', quoted)
box('mboxcl', quoted, length % len(quoted))
box('lying', quoted, length % 7)
box('beyond', quoted, length % 10 ** 18)
END
	for kind in mboxo mboxrd mboxcl mboxcl2 lying beyond; do
		for workers in 1 2; do
			run mailauth -z "$zone" -J $workers $kind
			is "$out" "pass $kind:1 rosewood.example dkim -
pass $kind:2 rosewood.example dkim -" "$kind, $workers workers"
		done
		run mailauth -1 -z "$zone" "$kind:2"
		is "$out" "pass $kind:2 rosewood.example dkim -" "$kind:2 alone"
	done
	run mailauth -z "$zone" <mboxrd
	is "$(lines)" "pass -:1
pass -:2" "mboxrd in a pipe"
else
	skip "python3-dkim is not installed"
fi

# --- lists of names
printf '%s\0' lf.eml missing unaligned.eml >names
run mailauth -z "$zone" --files0-from names
is "$(lines)" "pass lf.eml
error missing
fail unaligned.eml" "names from a file"
is "$code" 2 "the worst of them"
run mailauth -z "$zone" -0 <names
is "$(lines | tail -n 1)" "fail unaligned.eml" "from standard input"
printf 'lf.eml\0unaligned.eml' >names
run mailauth -z "$zone" --files0-from names box/new all.mbox
is "$(lines)" "pass box/new/3
pass all.mbox:1
fail all.mbox:2
pass all.mbox:3
pass lf.eml
fail unaligned.eml" "in any mix; the last needs no NUL"
printf 'lf.eml\0\0-\0' | {
	run mailauth -z "$zone" -0
	is "$(lines)" "pass lf.eml
error -
error ./-" "an empty name, and one that is no standard input"
	like "$err" "an empty name in standard input" "which is told"
	echo "$tests $bad" >counts
}
read -r tests bad <counts
awk 'BEGIN { s = sprintf("%4000s", ""); gsub(/ /, "/", s)
	for (i = 0; i < 20000; i++) printf "empty%s%c", s, 0 }' >names
is "$(mailauth -z "$zone" --files0-from names 2>&1 >/dev/null | tail -n 1 |
	cut -c1-31)" "mailauth: no messages in 'empty" "very many directories"
run mailauth -z "$zone" --files0-from none
is "$code $err" "2 mailauth: cannot read the names in 'none': No such file or \
directory" "a list that is missing"
ls lf.eml unaligned.eml >names
run mailauth -z "$zone" --files0-from names
is "$code $out $err" "2 error names - none input-unreadable mailauth: cannot \
read the names in 'names': names must end in NUL (try find -print0)" \
	"a list of lines"
seq 20000 >names
run mailauth -z "$zone" -0 <names
is "$code $out $err" "2 error - - none input-unreadable mailauth: cannot \
read the names in standard input: names must end in NUL (try find -print0)" \
	"a long one"
cp lf.eml 'two
lines'
printf 'two\nlines\0no\nfile\0two\nlines' >names
run mailauth -z "$zone" --files0-from names
is "$(lines | tr '\n' ,) $err" "pass two\\x0alines,error no\\x0afile,\
pass two\\x0alines, mailauth: cannot open 'no\\x0afile': No such file or \
directory" "a name may have a line end"
run python3 -c 'import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.dup2(os.open("tty.err", os.O_WRONLY | os.O_CREAT), 2)
    os.execv(sys.argv[1], sys.argv[1:])
os.write(fd, b"lf.eml\n\4\4")
os.waitpid(pid, 0)' "$MAILAUTH" -q -z "$zone" -0
is "$(head -n 1 tty.err)" \
	"mailauth: reading names from the terminal, each ended by NUL" \
	"names from a terminal"
: >names
run mailauth -z "$zone" --files0-from names
is "$code $out $err" "2 error names - none input-unreadable mailauth: no names \
in 'names'" "an empty list"
for twice in "-0 --files0-from names" "--files0-from names -0" \
	"--files0-from names --files0-from names"; do
	# shellcheck disable=SC2086
	run mailauth -z "$zone" $twice
	is "$code$out" 2 "two lists: $twice"
done
run mailauth -z "$zone" -0 - </dev/null
is "$code $err" "2 mailauth: standard input is asked for twice, and can be \
read only once" "names and a mail on standard input"
run sh -c '{ printf "lf.eml\0"; sleep 1; printf "lf.eml\0"; } |
	"$1" -z "$2" -0 | { read -r line; date +%s; cat >/dev/null; date +%s; }' \
	- "$MAILAUTH" "$zone"
set -- $out
is "$(($2 - $1 > 0))" 1 "the first is told before the second is named"

# --- workers: the order is that of the input
i=0
mkdir many
while [ $i -lt 40 ]; do
	cp lf.eml "many/$i"
	cp unaligned.eml "many/$i.x"
	cp all.mbox "many/$i.y"
	i=$((i + 1))
done
one=$(mailauth -z "$zone" -J1 --in-flight 1 many)
is "$(echo "$one" | wc -l | tr -d ' ')" 200 "two hundred messages"
for how in "-J1" "-J2" "-J8" "-J4 --in-flight 1" "-J64 --in-flight 4096"; do
	# shellcheck disable=SC2086
	is "$(mailauth -z "$zone" $how many)" "$one" "in order: $how"
done
is "$(mailauth -j -z "$zone" -J4 many | jq -c 'del(.time)' | cksum)" \
	"$(mailauth -j -z "$zone" -J1 many | jq -c 'del(.time)' | cksum)" \
	"JSON too"
cat many/*.y many/*.y many/*.y >large.mbox
is "$(mailauth -z "$zone" -J4 large.mbox)" \
	"$(mailauth -z "$zone" -J1 large.mbox)" "one mbox, many workers"
is "$(mailauth -z "$zone" -J4 large.mbox | wc -l | tr -d ' ')" 360 "all of it"
run mailauth -J 0 lf.eml
like "$err" "bad value '0' for '-J': not a number of workers" "-J 0"
run mailauth --in-flight 5000 lf.eml
like "$err" "not a number of messages, 1 to 4096" "too many in flight"

# --- totals
run mailauth --summary -z "$zone" many lists
is "$code $(echo "$out" | head -n 1)" "1 209 messages" "--summary"
like "$out" '^pass +126 +60.3 % +- +many/0$' "a row of it"
like "$out" '^fail +83 +39.7 % +dmarc-unaligned-esp +many/0.x$' "another"
is "$(mailauth --summary -z "$zone" -J1 many lists)" "$out" \
	"the same with one worker"
run mailauth -j --summary -z "$zone" many lists
is "$(echo "$out" | jq -c '.summary | [.messages, .verdicts.pass]')" \
	'[209,126]' "in JSON"
mailauth -j -z "$zone" many >a.jsonl
mailauth -j --summary -z "$zone" lists >b.jsonl
is "$(mailauth --summary --from-json a.jsonl b.jsonl)" \
	"$(mailauth --summary -z "$zone" many lists)" "added up later"
run mailauth -1 -j --summary -z "$zone" all.mbox
is "$(printf '%s\n' "$out" | grep -c schema)" 1 "-j beats -1: totals alone"
run mailauth -1 --summary -z "$zone" all.mbox
is "$(echo "$out" | sed -n '1p;4,6p')" "pass all.mbox:1 rosewood.example spf,dkim -

3 messages" "after the lines"
for other in --annotate --header; do
	run mailauth --summary $other -z "$zone" lf.eml
	is "$code$out $err" "2 mailauth: choose one of $other and --summary" \
		"--summary $other"
done
run mailauth -q --summary -z "$zone" all.mbox
is "$code$out" 1 "-q is quiet"
run mailauth --summary -z "$zone" empty
is "$code $(echo "$out" | head -n 1)" "2 1 message" "what could not be read counts"

# --- interrupted
mkfifo slow
{ printf 'lf.eml\0unaligned.eml\0'; exec sleep 20; } >slow &
feeder=$!
# a shell has SIGINT ignored by what it runs behind it
python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' \
	"$MAILAUTH" -J8 -z "$zone" --summary -1 --files0-from slow >cut 2>cut.err &
pid=$!
i=0
while [ $i -lt 50 ] && ! grep -q unaligned cut; do
	sleep 0.1
	i=$((i + 1))
done
kill -INT $pid
wait $pid
is "$?" 130 "SIGINT: the exit code"
kill -0 $feeder 2>/dev/null
is "$?" 0 "and it did not wait for the next name"
kill $feeder 2>/dev/null
wait $feeder 2>/dev/null
is "$(head -n 2 cut | cut -d' ' -f1-2)" "pass lf.eml
fail unaligned.eml" "what is done is printed"
like "$(cat cut)" "^2 messages \\(interrupted: there may be more\\)$" \
	"and its totals"
is "$(cat cut.err)" "mailauth: interrupted after 2 messages" "and it is said"

# nothing has come yet of a pipe: it may be an mbox
catches_it() { # a process, when it is ours: SIGINT
	grep -q mailauth "/proc/$1/comm" 2>/dev/null &&
		grep -q '^SigCgt:.*[2367abef]$' "/proc/$1/status"
}
mkfifo still
exec 3<>still
for how in "-" still; do
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' \
		"$MAILAUTH" -z "$zone" -j --summary "$how" \
		<still >cut 2>cut.err 3>&- &
	pid=$!
	i=0
	while [ $i -lt 50 ] && ! catches_it $pid; do
		sleep 0.1
		i=$((i + 1))
	done
	kill -INT $pid
	wait $pid
	is "$?" 130 "SIGINT before the first octet of '$how'"
	is "$(jq -c '.summary | [.messages, .interrupted]' cut)" '[0,true]' \
		"the totals of nothing"
	is "$(cat cut.err)" "mailauth: interrupted after 0 messages" \
		"and it is said"
done
exec 3>&-

# --- spread over processes, as the manual has it
if command -v parallel >/dev/null && parallel --version | grep -q GNU; then
	find many -type f -print0 | LC_ALL=C sort -z |
		PATH=$(dirname "$MAILAUTH"):$PATH parallel -k --pipe \
		--recend '\0' -N 7 mailauth -z "$zone" -J1 -j -0 \
		>spread.jsonl 2>spread.err
	is "$(jq -c 'del(.time)' spread.jsonl)" \
		"$(mailauth -j -z "$zone" many | jq -c 'del(.time)')" \
		"GNU parallel: the same lines in the same order"
	is "$(mailauth --summary --from-json spread.jsonl)" \
		"$(mailauth --summary -z "$zone" many)" "and the same totals"
	is "$(cat spread.err | grep -v '^Academic\|^$' | head -n 3)" "" \
		"and nothing else is said"
else
	skip "GNU parallel is not installed"
fi

done_testing
