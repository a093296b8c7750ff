#!/bin/sh
# text.t - what a person reads.
. "$(dirname "$0")/lib.sh"
cd "$mail" || exit 1

run mailauth -z zone unaligned.eml
exit_is 1 "unaligned"
is "$out" "FAIL  unaligned.eml: shop.example is not authenticated (its policy: quarantine)

  SPF    pass  em.mailer.example     198.51.100.25 matched ip4:198.51.100.0/22
  DKIM   pass  mailer.example        s=s1 rsa-2048: not aligned
  ARC    none
  DMARC  fail  shop.example          p=quarantine, aligned: none

error[dmarc-unaligned-esp]: SPF and DKIM pass, but for mailer.example, not for
                            shop.example
   From         news@shop.example       what the reader sees; DMARC asks here
   DKIM d=      mailer.example          another organization
   Return-Path  b-77@em.mailer.example  another organization
   = fix: at whoever sends as mailer.example, authenticate shop.example: publish
     the DKIM records it shows, so that it signs with d=shop.example
note[spf-ip-guessed]: client 198.51.100.25 taken from Received line 2" \
	"a failure, with its table and findings"

run mailauth -z zone <pass.eml
exit_is 0 "pass"
is "$out" "PASS  rosewood.example is authenticated (by SPF and DKIM)

  SPF    pass  rosewood.example      192.0.2.10 matched ip4:192.0.2.0/28
  DKIM   pass  rosewood.example      s=oct25 rsa-2048: aligned
  ARC    none
  DMARC  pass  rosewood.example      p=reject, aligned: spf,dkim" \
	"a pass is a short answer"

run mailauth -z zone temperror.eml
exit_is 3 "temperror"
like "$out" "^TEMPERROR  temperror.eml: cannot tell whether" "temperror is loud"
run mailauth -z zone two-from.eml
exit_is 1 "permerror"
like "$out" "^PERMERROR  " "permerror is loud"
run mailauth -z zone dmarc-none.eml
exit_is 1 "no policy"
like "$(echo $out)" "^NONE .*; SPF and DKIM would align" \
	"no policy: what would align"
run mailauth -z zone null-sender.eml
like "$out" "matched a \\(null sender\\)" "the null sender is named"

cp no-auth.eml "$tmp/a-name-that-fills-the-line-0123456789.eml"
(cd "$tmp" && run mailauth -z "$zone" a-name-that-fills-the-line-0123456789.eml
	echo "$out" >head)
is "$(sed 2q "$tmp/head")" "FAIL  a-name-that-fills-the-line-0123456789.eml: rosewood.example is not
      authenticated (its policy: reject)" "the headline is wrapped"
cp no-auth.eml "$tmp/a-name-that-fills-the-line.eml"
(cd "$tmp" && run mailauth -z "$zone" a-name-that-fills-the-line.eml
	echo "$out" >head)
is "$(sed 2q "$tmp/head")" "FAIL  a-name-that-fills-the-line.eml: rosewood.example is not authenticated
      (its policy: reject)" "and the policy is not torn apart"

# no client
printf 'From: a@rosewood.example\nSubject: x\n\nx\n' >"$tmp/noclient.eml"
run mailauth -z zone "$tmp/noclient.eml"
like "$out" "^note\\[spf-no-client\\]: SPF not checked: no client address$" \
	"without a client"
like "$out" "^   = fix: give -i IP -f SENDER from the SMTP log$" "how to give it"

run mailauth -z zone -f a@b.example "$tmp/noclient.eml"
like "$out" "^   = fix: give -i IP from the SMTP log$" "only what is missing: -i"
run mailauth -z zone -i 192.0.2.1 "$tmp/noclient.eml"
like "$out" "^note\\[spf-no-sender\\]: SPF not checked: no envelope sender$" \
	"without a sender"
like "$out" "^   = fix: give -f SENDER$" "only what is missing: -f"
run mailauth -z zone -i 192.0.2.1 -f '' "$tmp/noclient.eml"
like "$out" "^   = fix: give -e NAME$" "only what is missing: -e"
run mailauth -1 -z zone pass.eml
like "$out" " spf,dkim -$" "-1: a note is not a finding"

# taken from the message, though the address was given
run mailauth -z zone -i 192.0.2.99 unaligned.eml
like "$out" "^note\\[spf-sender-guessed\\]: sender b-77@em.mailer.example taken \
from Return-Path$" "the sender of the message is told"
run mailauth -z zone -i 198.51.100.25 -v unaligned.eml
like "$(echo $out)" "note\\[spf-sender-guessed\\]: sender b-77@em.mailer.example \
taken from Return-Path, HELO name o25.em.mailer.example taken from Received line 2 = \
fix: give -e and -f from the SMTP log" "and its HELO name"
run mailauth -z zone -i 198.51.100.25 -f a@b.example unaligned.eml
like "$(echo $out)" "note\\[spf-sender-guessed\\]: HELO name o25.* taken from Received line 2" \
	"or only that"
run mailauth -z zone -i 198.51.100.25 -f a@b.example -e c.example unaligned.eml
unlike "$out" "guessed" "what was given is not told"

# --hop
run mailauth -z zone --hop 9 unaligned.eml
like "$out" "^warning\\[spf-hop-missing\\]: there is no Received line 9; the \
message has 2$" "--hop beyond the last line"
like "$out" "^   = fix: give --hop a line there is, 1 being the newest$" "its fix"
run mailauth -z zone --hop 9 pass.eml
like "$out" "^  SPF    none  +there is no Received line 9; the" "a pass says it, too"
unlike "$out" "hop-missing" "once"
{
	echo "Received-SPF: pass client-ip=192.0.2.10; helo=mail.rosewood.example"
	cat pass.eml
} >"$tmp/spf.eml"
run mailauth -z zone --hop 9 "$tmp/spf.eml"
like "$out" "^PASS" "--hop too far, and Received-SPF has a client"
like "$out" "^warning\\[spf-hop-missing\\]" "it is said"
run mailauth -z zone --hop 1 "$tmp/noclient.eml"
like "$out" "there is no Received line 1; the message has none$" "or none at all"
run mailauth -1 -z zone expired.eml
is "$out" "fail expired.eml potters.example none dkim-expired-since-receipt" \
	"-1: a note from which the rest follows"
for file in *.eml; do
	run mailauth -1 -z zone "$file"
	unlike "$out" '^(fail|none|permerror|temperror).* -$' \
		"-1: $file is no pass for a reason"
done
run mailauth -1 -z zone --hop 9 unaligned.eml
like "$out" " none spf-hop-missing$" "-1: a warning is a finding"
run mailauth -j -z zone --hop 9 unaligned.eml
like "$out" '"spf-hop-missing","severity":"warning"' "JSON: its severity"

# -v
run mailauth -v -z zone list-arc3.eml
for part in "^  SPF of alumni.example \\(MAIL FROM\\)" "> ip4:.*: pass, decides" \
	"^  DKIM signature 2: fail" "^  ARC set 3" "^  DMARC of " \
	"Received line 1" "DNS questions"; do
	like "$out" "$part" "-v: $part"
done
unlike "$out" '\\x0d' "-v: fields are unfolded"
unlike "$out" ' - ' "-v: no dash beside a term"
like "$out" "^  Judged at [-0-9]+T[:0-9]+Z \\(the clock\\)$" "-v: the clock"
run mailauth -v -z zone --at 2026-01-02 pass.eml
like "$out" "^  Judged at 2026-01-02T00:00:00Z \\(--at\\)$" "-v: --at"
run mailauth -v -z zone --at received pass.eml
like "$out" "^  Judged at 2025-10-14T07:12:04Z \\(Received\\)$" "-v: --at received"
run mailauth -v -z zone key-missing.eml
like "$out" "^    hashes: body pass, headers not checked$" "-v: without a key"
run mailauth -v -z zone pass.eml unaligned.eml
is "$(echo "$out" | grep -c '^  DMARC of')" 2 "-v with two files: two reports"
run mailauth -1 -z zone pass.eml
is "$out" "pass pass.eml rosewood.example spf,dkim -" "-1 for one file"
run mailauth -q -z zone pass.eml
is "$code$out$err" 0 "-q says nothing"
run mailauth -z zone --dmarc=rfc7489 -q pass.eml
exit_is 0 "--dmarc=rfc7489"

# 80 columns, and every line of every report
for file in *.eml; do
	for v in "" -v; do
		# shellcheck disable=SC2086
		run mailauth $v -z zone "$file"
		is "$(echo "$out" | awk 'length > 80')" "" "80 columns: $v $file"
	done
done
long=$(printf '%0200d' 1)
cp pass.eml "$tmp/$long.eml"
run mailauth -z zone "$tmp/$long.eml"
is "$(echo "$out" | awk 'length > 80')" "" "80 columns: a long file name"

# colour
color() { # name, wanted 0 or 1, command...
	name=$1 want=$2
	shift 2
	run "$@"
	case $out in *"$esc["*) got=1 ;; *) got=0 ;; esac
	is $got "$want" "$name"
}
color "no colour into a pipe" 0 mailauth -z zone pass.eml
color "--color=always" 1 mailauth --color=always -z zone pass.eml
color "--color=always beats NO_COLOR" 1 env NO_COLOR=1 "$MAILAUTH" \
	--color=always -z zone pass.eml
color "CLICOLOR_FORCE" 1 env CLICOLOR_FORCE=1 "$MAILAUTH" -z zone pass.eml
color "CLICOLOR_FORCE=0" 0 env CLICOLOR_FORCE=0 "$MAILAUTH" -z zone pass.eml
color "NO_COLOR beats CLICOLOR_FORCE" 0 env NO_COLOR=1 CLICOLOR_FORCE=1 \
	"$MAILAUTH" -z zone pass.eml
run mailauth --color=always -z zone unaligned.eml
plain=$(echo "$out" | sed "s/$esc\\[[0-9;]*m//g")
run mailauth -z zone unaligned.eml
is "$plain" "$out" "without its colours the text is the same"
if script -qec true /dev/null >/dev/null 2>&1; then
	on_terminal="'$MAILAUTH' -z zone pass.eml"
	color "colour on a terminal" 1 env TERM=xterm \
		script -qec "$on_terminal" /dev/null
	color "none on a dumb one" 0 env TERM=dumb \
		script -qec "$on_terminal" /dev/null
	color "none with NO_COLOR" 0 env TERM=xterm NO_COLOR=1 \
		script -qec "$on_terminal" /dev/null
	color "none with --color=never" 0 env TERM=xterm \
		script -qec "$on_terminal --color=never" /dev/null
	run script -qec "stty cols 60; $on_terminal" /dev/null
	is "$(echo "$out" | tr -d '\r' | sed "s/$esc\\[[0-9;]*m//g" |
		awk 'length > 60')" "" "as wide as the terminal"
	run script -qec "'$MAILAUTH'" /dev/null
	exit_is 2 "no file, and a terminal"
	like "$out" "^usage: mailauth" "shows how it is used"
else
	skip "no terminal can be had here"
fi

# a mail must not drive the terminal
printf 'From: "%s[31mx" <a%s[2J@evil%s[0m.example>\nSubject: x\n\nx\n' \
	"$esc" "$esc" "$esc" >"$tmp/evil$esc[1m.eml"
for v in "" -v -1 -j --trace; do
	# shellcheck disable=SC2086
	run mailauth $v -z zone "$tmp/evil$esc[1m.eml"
	case $out$err in *"$esc"*) clean=0 ;; *) clean=1 ;; esac
	is $clean 1 "no escape sequence gets through: $v"
done
run mailauth -z zone "$tmp/evil$esc[1m.eml"
like "$out" 'evil\\x1b\[1m\.eml' "file names are escaped"
run mailauth -z zone "$tmp/none$esc[1m.eml"
like "$err" 'none\\x1b\[1m\.eml' "and in errors too"
cp pass.eml "$tmp/with blank.eml"
run mailauth -1 -z zone "$tmp/with blank.eml"
is "$(echo "$out" | awk '{ print NF, $1, $5 }')" "5 pass -" \
	"one line: a blank in the file name is no separator"

# the trace
run mailauth -q --trace -z zone pass.eml
is "$out" "" "--trace leaves stdout alone"
like "$err" "ask +TXT _dmarc.rosewood.example" "--trace: questions"
like "$err" "answer +TXT rosewood.example: found \"v=spf1" "--trace: answers"
like "$err" "pass +[0-9]+: settled" "--trace: passes"

# --- the other way to find an organization

cat >"$tmp/methods.zone" <<'END'
_dmarc.alice.github.io. TXT "v=DMARC1; p=reject"
_dmarc.github.io. TXT "v=DMARC1; p=none; psd=n"
_dmarc.t.example. TXT "v=DMARC1; p=reject; t=y"
_dmarc.pct.example. TXT "v=DMARC1; p=reject; pct=0"
_dmarc.n.example. TXT "v=DMARC1; p=none; np=reject"
_dmarc.same.example. TXT "v=DMARC1; p=reject"
a.github.io. TXT "v=spf1 ip4:192.0.2.1 -all"
END
by_other() { # From, what the line says
	printf 'From: %s\n\nhi\n' "$1" >"$tmp/methods.eml"
	run mailauth -z "$tmp/methods.zone" -i 192.0.2.1 -f b@a.github.io \
		$3 "$tmp/methods.eml"
	is "$(echo $out | sed -n 's/.*\(by RFC\)/\1/; s/ [a-z]*\[.*//; /^by/p')" \
		"$2" "$1: the other method"
}
by_other x@alice.github.io "by RFC 7489 DMARC is fail, and alice.github.io \
asks for reject: the organization is alice.github.io (public suffix list), \
not github.io (tree walk)"
by_other x@alice.github.io "by RFC 9989 DMARC is pass, policy reject of \
alice.github.io: the organization is github.io (tree walk), not \
alice.github.io (public suffix list)" --dmarc=rfc7489
by_other x@t.example "by RFC 7489 DMARC is fail, and \
t.example asks for reject: t=y counts in RFC 9989 only"
by_other x@pct.example "by RFC 7489 DMARC is fail, and \
pct.example asks for quarantine: pct=0 counts in RFC 7489 only"
by_other x@no.n.example "by RFC 7489 DMARC is fail, and \
n.example asks for none: np= counts in RFC 9989 only"
by_other x@same.example ""

# --- narrow terminals

narrow() { # columns, octets of the domain that passes
	domain=$(printf "%${2}s" '' | tr ' ' m).example
	printf '%s. TXT "v=spf1 ip4:192.0.2.1 -all"\n%s. TXT "%s"\n' \
		"$domain" _dmarc.narrow.example 'v=DMARC1; p=reject' \
		>"$tmp/narrow.zone"
	(ulimit -t 5; script -qec "stty cols $1; exec '$MAILAUTH' --color=never \
		-z '$tmp/narrow.zone' -i 192.0.2.1 -f a@$domain \
		'$tmp/narrow.eml'" /dev/null) </dev/null | head -c 20000 |
		tr -d '\r' | awk -v w="$1" 'length > w { n++ }
			END { print (NR > 100 ? "no end" : n + 0) }'
}
printf 'From: a@narrow.example\n\nhello\n' >"$tmp/narrow.eml"
if [ "$(script -qec 'echo yes' /dev/null 2>/dev/null | tr -d '\r')" = yes ]; then
	is "$(for n in 12 14 16 18 20 22 24 26; do narrow 46 $n; done |
		sort -u)" 0 "rows of a finding, in 46 columns"
	is "$(narrow 40 14)" 0 "and in 40"
else
	skip "there is no script(1)"
fi

# two mends of one record
cat >"$tmp/two.zone" <<'END'
two.example. TXT "v=spf1 ipv4:192.0.2.1, -all"
END
run mailauth spf -z "$tmp/two.zone" -i 192.0.2.1 -f a@two.example
is "$(echo "$out" | grep -c '^error')" 2 "two are found"
is "$(echo "$out" | grep '= whole')" "   = whole: v=spf1 ip4:192.0.2.1 -all" \
	"the mended record is shown once"

done_testing
