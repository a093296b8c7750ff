#!/bin/sh
# input.t - where mail comes from, and what is no mail.
. "$(dirname "$0")/lib.sh"

unusable() { # file, message, name
	run mailauth -z "$zone" "$1" </dev/null
	is "$code $out $err" "2  mailauth: $2" "$3"
}

cd "$tmp" || exit 1

unusable missing.eml "cannot open 'missing.eml': No such file or directory" \
	"a missing file"
: >empty.eml
unusable empty.eml "cannot read 'empty.eml' as mail: it is empty" "an empty file"
printf '\n\n' >blank.eml
run mailauth blank.eml
exit_is 2 "a file of blank lines"
run mailauth - </dev/null
is "$code $err" "2 mailauth: cannot read standard input as mail: it is empty" \
	"nothing on stdin"

printf '\320\317\021\340\241\261\032\341more' >x.msg
unusable x.msg "cannot read 'x.msg' as mail: an Outlook .msg file \
(save it as .eml)" "an Outlook file"
printf 'PK\003\004more' >x.zip
unusable x.zip "cannot read 'x.zip' as mail: a ZIP archive (unpack it first)" \
	"a ZIP archive"
printf 'x' | gzip >x.gz
run mailauth x.gz
exit_is 2 "a gzip file"
like "$err" "cannot read 'x.gz' as mail: .*gzip.* \\(unpack it first\\)" \
	"a gzip file is named"
cp "$mail/pass-lf.eml" 1:2,S
for kind in ustar gnu pax; do
	tar --format=$kind -cf x.tar 1:2,S 2>/dev/null || continue
	unusable x.tar "cannot read 'x.tar' as mail: a tar archive (unpack it \
first)" "a tar archive: $kind"
done
printf '<!DOCTYPE html>\n<html><body>x</body></html>\n' >x.html
run mailauth x.html
exit_is 2 "an HTML page"
like "$err" "as mail: .*HTML page" "an HTML page is named"
for bom in '\377\376F\000r\000o\000m\000:\000' '\376\377\000F\000r\000o\000m\000:'; do
	printf "$bom" >x.utf16
	unusable x.utf16 "cannot read 'x.utf16' as mail: UTF-16 text (save \
the source of the message as it is)" "UTF-16"
done
printf 'Dear all,\nhello.\n' >x.txt
unusable x.txt "cannot read 'x.txt' as mail: no header field at its start" \
	"a text"

printf 'From: a@oldmill.example\nX-Long: %02000d\n\nx\n' 1 >long.eml
run mailauth -z "$zone" -q --header-limit 1K long.eml
is "$err" "mailauth: cannot read 'long.eml' as mail: header section over 1,024 \
bytes (--header-limit raises that)" "a header section over the limit"
run mailauth -z "$zone" -q --header-limit 3K long.eml
exit_is 1 "and under it"

# zones and other files
run mailauth -z none "$mail/pass.eml"
is "$code $err" "2 mailauth: cannot open 'none': No such file or directory" \
	"a missing zone"
printf 'a.example. TXT "x"\nb.example. TXT "y\n' >bad.zone
run mailauth -z bad.zone "$mail/pass.eml"
exit_is 2 "an unreadable zone"
like "$err" "^mailauth: bad zone 'bad.zone', line 2: " "its line is named"
run mailauth -z "$zone" --psl none "$mail/pass.eml"
is "$code $err" "2 mailauth: cannot open 'none': No such file or directory" \
	"a missing suffix list"
printf '// nothing\n\n' >nothing.psl
for psl in "$zone" "$mail/pass.eml" nothing.psl; do
	run mailauth -z "$zone" --psl "$psl" "$mail/pass.eml"
	is "$code $err" "2 mailauth: cannot use '$psl' as a public suffix \
list: it is none" "no suffix list: ${psl##*/}"
done
printf '// rules\nexample\n*.ck\n!www.ck\n' >rules.psl
run mailauth -q -z "$zone" --psl rules.psl --dmarc rfc7489 "$mail/pass.eml"
exit_is 0 "a suffix list"
mkfifo psl.fifo
cat rules.psl >psl.fifo &
run mailauth -q -z "$zone" --psl psl.fifo --dmarc rfc7489 "$mail/pass.eml"
exit_is 0 "a suffix list through a pipe"
wait
run mailauth -z "$zone" --save-dns none/x "$mail/pass.eml"
is "$code $err" "2 mailauth: cannot create 'none/x': No such file or directory" \
	"--save-dns where nothing can be created"

# stdin and file
run mailauth -j -z "$zone" "$mail/pass.eml"
from_file=$(printf %s "$out" | jq -c 'del(.file, .time)')
run mailauth -j -z "$zone" - <"$mail/pass.eml"
is "$(printf %s "$out" | jq -c 'del(.file, .time)')" "$from_file" "- is stdin"
is "$(printf %s "$out" | jq -r .file)" - "and is called -"
run mailauth -j -z "$zone" <"$mail/pass.eml"
is "$(printf %s "$out" | jq -c 'del(.file, .time)')" "$from_file" "so is nothing"
run sh -c '{ head -c 700 "$1"; sleep 0.1; tail -c +701 "$1"; } |
	"$2" -q -z "$3"' - "$mail/pass.eml" "$MAILAUTH" "$zone"
exit_is 0 "a pipe that takes its time"

# line ends
tr -d '\r' <"$mail/pass.eml" >lf.eml
sed 's/$/\r/' lf.eml >crlf.eml
awk 'NR % 2 { printf "%s\r\n", $0; next } { print }' lf.eml >mixed.eml
for kind in lf crlf mixed; do
	run mailauth -q -z "$zone" $kind.eml
	exit_is 0 "line ends: $kind"
done

# bodies
sed '/^$/,$d' lf.eml >headers.eml
run mailauth -j -z "$zone" headers.eml
exit_is 0 "no body: SPF still authenticates it"
is "$(printf %s "$out" | jq -r '.dkim[0].body_hash')" fail "its body hash fails"
{ cat lf.eml; head -c 3000000 /dev/zero | tr '\0' x; } >big.eml
run mailauth -j -z "$zone" big.eml
is "$(printf %s "$out" | jq -r '.dkim[0].reason')" "body hash did not verify" \
	"three megabytes of body"

# mbox
printf 'From a@oldmill.example Tue Oct 14 10:12:00 2025\n' >one.mbox
cat lf.eml >>one.mbox
run mailauth -q -z "$zone" one.mbox
exit_is 0 "an mbox with one message is that message"
{ cat one.mbox; echo; echo 'From where I stand'; echo 'it is none: no'; } >prose
run mailauth -q -z "$zone" --dmarc rfc9989 prose
exit_is 0 "a sentence that begins with From is no second message"
{ cat one.mbox; echo; cat one.mbox; } >two.mbox
sed 's/$/\r/' two.mbox >two-crlf.mbox
{ sed '/^$/,$d' one.mbox; echo; cat one.mbox; } >no-body.mbox
{ cat one.mbox; head -c 200000 /dev/zero | tr '\0' '\n'; cat one.mbox; } >big.mbox
for box in two two-crlf no-body big; do
	run mailauth -1 -z "$zone" $box.mbox
	is "$code $(echo "$out" | cut -d' ' -f1-3 | tr '\n' ';')" \
		"0 pass $box.mbox:1 rosewood.example;pass $box.mbox:2 \
rosewood.example;" "an mbox with several: $box"
done
missed=none
for at in $(seq $((65536 - 40)) 65537); do # the second begins there
	{
		cat one.mbox
		head -c $((at - $(wc -c <one.mbox))) /dev/zero | tr '\0' '\n'
		cat one.mbox
	} >border.mbox
	run mailauth -1 -z "$zone" border.mbox
	[ "$(echo "$out" | grep -c "^pass .* spf,dkim -$")" = 2 ] || missed=$at
done
is "$missed" none "at every border of a chunk"
{ cat lf.eml; echo; cat one.mbox; } >attached.eml
run mailauth -q -z "$zone" attached.eml
exit_is 0 "what does not begin as an mbox is none"

# several files
run mailauth -z "$zone" "$mail/pass.eml" "$mail/unaligned.eml" x.msg none
exit_is 2 "2 beats all, and every file is checked"
is "$out" "pass $mail/pass.eml rosewood.example spf,dkim -
fail $mail/unaligned.eml shop.example none dmarc-unaligned-esp
error x.msg - none input-not-mail
error none - none input-unreadable" "one line a file"
is "$(echo "$err" | wc -l | tr -d ' ')" 2 "and one for each that cannot be read"
run mailauth -q -z "$zone" "$mail/temperror.eml" "$mail/unaligned.eml"
exit_is 3 "3 beats 1"
run mailauth -q -z "$zone" "$mail/pass.eml" "$mail/unaligned.eml"
exit_is 1 "1 beats 0"
run mailauth -q -z "$zone" "$mail/pass.eml" "$mail/pass-lf.eml"
exit_is 0 "all well"
run mailauth -j -z "$zone" "$mail/pass.eml" x.msg
is "$(printf %s "$out" | jq -c '[.schema, .verdict, .error]')" \
	'[1,"pass",null]
[1,null,"cannot read '"'x.msg'"' as mail: an Outlook .msg file (save it as .eml)"]' \
	"JSON: an unreadable input has an object in its place"

# the answers, saved
run mailauth -j -z "$zone" --save-dns saved "$mail/pass.eml" "$mail/list-arc3.eml"
before=$(printf %s "$out" | jq -c 'del(.time)')
run mailauth -j -z saved "$mail/pass.eml" "$mail/list-arc3.eml"
is "$(printf %s "$out" | jq -c 'del(.time)')" "$before" "--save-dns can be replayed"

run mailauth -j -z "$zone" --save-dns saved "$mail/unaligned.eml"
exit_is 1 "a file of our own is written anew"
unlike "$(cat saved)" rosewood "and holds the new answers only"
run sh -c 'umask 027; "$1" -qz "$2" --save-dns new "$3"; ls -l new | cut -c1-10' \
	- "$MAILAUTH" "$zone" "$mail/pass.eml"
is "$out" "-rw-r-----" "the umask counts"
chmod 604 new
run mailauth -qz "$zone" --save-dns new "$mail/pass.eml"
is "$(ls -l new | cut -c1-10)" "-rw----r--" "the mode of the old file stays"
ln -s new link
: >new
run mailauth -qz "$zone" --save-dns link "$mail/pass.eml"
exit_is 0 "an empty file may be written"
[ -h link ] && [ -s new ]
result $? "a link is followed"

# ... and nobody loses his mail by it
taken() { # name, message, words...
	name=$1 message=$2
	shift 2
	cp "$mail/pass.eml" mail.eml
	cp "$zone" my.zone
	run mailauth "$@" <mail.eml
	is "$code $out $err" "2  mailauth: cannot save to $message" "$name"
	cmp -s mail.eml "$mail/pass.eml" && cmp -s my.zone "$zone"
	result $? "$name: nothing was lost"
}
taken "--save-dns MAIL <MAIL" "'mail.eml': it is read as well" \
	-z my.zone --save-dns mail.eml
taken "--save-dns MAIL MAIL" "'mail.eml': it is read as well" \
	-z my.zone --save-dns mail.eml ./mail.eml
taken "-z ZONE --save-dns ZONE" "'./my.zone': it is read as well" \
	-z my.zone --save-dns ./my.zone mail.eml
taken "--save-dns MAIL" "'mail.eml': it exists, and holds no saved answers" \
	-z my.zone --save-dns mail.eml "$mail/pass.eml"
run mailauth -z "$zone" --save-dns fresh x.msg
exit_is 2 "--save-dns and no mail"
is "$(ls -A | grep -E 'fresh|mailauth')" "" "leaves no file behind"
cp new old
run mailauth -z "$zone" --save-dns new x.msg
cmp -s new old
result $? "and the old one as it was"
run mailauth -z "$zone" --save-dns fresh x.msg "$mail/pass.eml"
[ -s fresh ]
result $? "what could be judged is saved"

run mailauth -z "$zone" --save-dns - "$mail/pass.eml"
is "$code $out $err" "2  mailauth: the DNS answers can go to standard \
output only with -q: the result goes there" "--save-dns -"
run mailauth -q -z "$zone" --save-dns - "$mail/pass.eml"
is "$code $(echo "$out" | sed -n '1s/ saved.*//p')" "0 ; DNS answers" \
	"--save-dns - with -q"
mkfifo fifo
cat fifo >through &
run mailauth -q -z "$zone" --save-dns fifo "$mail/pass.eml"
wait
[ "$code" -eq 0 ] && [ -p fifo ] && [ -s through ]
result $? "a fifo is written in place"
mkfifo mail.fifo
(exec "$MAILAUTH" -q -z "$zone" --save-dns fresh2 mail.fifo) &
pid=$!
exec 9>mail.fifo
sleep 0.1
kill $pid
wait $pid 2>/dev/null
exec 9>&-
is "$(ls -A | grep -E 'fresh2|mailauth-')" "" "nor does one that is killed"

run sh -c '(ulimit -f 0; trap "" XFSZ; exec "$1" -qz "$2" --save-dns full "$3"
	) 2>&1 | cat' - "$MAILAUTH" "$zone" "$mail/pass.eml"
is "$out" "mailauth: cannot write 'full': File too large" "no room for it"
is "$(ls -A | grep -E 'full$|mailauth-')" "" "leaves no file, too"

# nobody reads, or there is no room
sh -c '"$1" -h; echo $? >&2' - "$MAILAUTH" 2>"$tmp/code" | :
unlike "$(cat "$tmp/code")" "mailauth" "SIGPIPE ends quietly"
if [ -w /dev/full ]; then
	run sh -c '"$1" -z "$2" "$3" >/dev/full' - "$MAILAUTH" "$zone" \
		"$mail/pass.eml"
	exit_is 2 "a full disk is no verdict"
	like "$err" "^mailauth: cannot write the result: " "and is told"
	run sh -c '"$1" -j -z "$2" "$3" "$3" none >/dev/full' - "$MAILAUTH" \
		"$zone" "$mail/pass.eml"
	is "$err" "mailauth: cannot write the result: No space left on device" \
		"once, by its first cause"
fi
run sh -c '"$1" -z "$2" --save-dns closed "$3" >&-' - "$MAILAUTH" "$zone" \
	"$mail/pass.eml"
is "$code $err" "2 mailauth: cannot write the result: Bad file descriptor" \
	"standard output is closed"
unlike "$(cat closed)" "PASS" "and no file takes its place"
for twice in "-z - -" "-z -" "-z - -z - pass.eml" "- -" "--psl -"; do
	run mailauth $twice <"$zone"
	is "$code $err" "2 mailauth: standard input is asked for twice, and can\
 be read only once" "twice: $twice"
done
run mailauth -qz - "$mail/pass.eml" <"$zone"
exit_is 0 "a zone on standard input, a message in a file"
run sh -c '"$1" -qz "$2" - <&-' - "$MAILAUTH" "$zone"
is "$code $err" "2 mailauth: cannot read standard input: Bad file descriptor" \
	"standard input is closed"

done_testing
