#!/bin/sh
# sign.t - what `mailauth sign` writes, and what it refuses to.
. "$(dirname "$0")/lib.sh"
keys=$PWD/tests/mail/keys
cd "$tmp" || exit 1

rsa=$keys/test-only-author.pem
ed=$keys/test-only-author-ed25519.pem

# --- a zone with the public halves
public() { # file
	openssl pkey -in "$1" -pubout -outform DER 2>/dev/null
}
rsa_text=$(public "$rsa" | base64 -w0)
cat >zone.txt <<EOF
r._domainkey.shop.example. TXT ( "v=DKIM1; k=rsa; p="
	"$(printf %s "$rsa_text" | cut -c1-200)"
	"$(printf %s "$rsa_text" | cut -c201-)" )
e._domainkey.shop.example. TXT "v=DKIM1; k=ed25519; p=$(
	public "$ed" | tail -c 32 | base64 -w0)"
_dmarc.shop.example. TXT "v=DMARC1; p=reject"
EOF
sign() {
	mailauth sign -k "$rsa" -s r -d shop.example "$@"
}
verdicts() { # of what comes on stdin
	mailauth -j -z zone.txt | jq -r '[.verdict, .dkim[].result] | join(" ")'
}

printf 'From: Ann <ann@shop.example>\nTo: bob@b.example\nSubject: %s\n%s\n\n%s' \
	'Hi,   you
	and more' 'Date: Tue, 24 Nov 2026 10:00:00 +0000' 'Hello  world 

' >mail.eml
sed 's/$/\r/' mail.eml >crlf.eml

run sign mail.eml
is "$code $err" "0 " "signs"
like "$out" "v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=r;" \
	"says how"
like "$out" "h=from:from:to:to:subject:subject:date:date;" \
	"From, To, Subject and Date cannot be added"
is "$(sign mail.eml | verdicts)" "pass pass" "and passes"
sign -t 1700000000 mail.eml >signed
sign -t 1700000000 -o mail.eml >fields
cat fields mail.eml | cmp -s - signed
result $? "all other bytes are as they were"
is "$(awk 'length > 78' signed)" "" "no line is long"
is "$(sign -t 1700000000 <mail.eml | cmp - signed && echo same)" same \
	"standard input is the same"
sign crlf.eml >signed
is "$(grep -vc "$(printf '\r')\$" signed)" 0 "CRLF where the message has it"
is "$(verdicts <signed)" "pass pass" "CRLF passes"

sed /^Date/d mail.eml >dateless
run sign dateless
is "$code" 0 "a message without a Date"
like "$err" "there is no Date" "is told of"
like "$out" "subject:subject:date;" "and none can be added"
run sign -q dateless
is "$err" "" "in silence with -q"

# --- bodies of all kinds, both canonicalizations, both keys
printf 'no line end' >body1
printf '' >body2
printf '\n\n\n' >body3
printf ' \t\n x \n\t\n\n' >body4
printf 'a\rb\r\nc\n\000d\377\n' >body5
printf '.\n..\nFrom here\n>From there\n' >body6
yes 'a line of a body that is longer than memory is kept' |
	head -c 3000000 >body7
odd=
for body in body1 body2 body3 body4 body5 body6 body7; do
	for c in simple/simple relaxed/simple simple/relaxed relaxed/relaxed \
		relaxed; do
		for l in '' '-l 0' '-l 4' '-l 99999999'; do
			# shellcheck disable=SC2086
			got=$({ sed '/^$/q' mail.eml; cat $body; } |
				sign -k "$ed" -s e -q -c $c $l | verdicts)
			[ "$got" = "pass pass pass" ] ||
				odd="$odd $body:$c:$l:$got"
		done
	done
done
is "$odd" "" "140 odd messages pass"
sed '/^$/,$d' mail.eml >head
is "$(sign head | verdicts)" "pass pass" "no body at all"

# --- what is signed
run sign -h 'From, Subject,To' -o mail.eml
like "$out" "h=From:Subject:To;" "-h"
printf 'List-Unsubscribe: <https://a.example/u>\n%s' \
	'List-Unsubscribe-Post: List-Unsubscribe=One-Click
' >list.eml
cat mail.eml >>list.eml
like "$(sign -o list.eml | tr -d '\n\t')" \
	"list-unsubscribe:list-unsubscribe:list-unsubscribe-post:list-un" \
	"one-click unsubscription is signed, and cannot be added"
run sign -t 1700000000 -x 7d -i news@eu.shop.example -o mail.eml
like "$out" "t=1700000000; x=1700604800;" "-t and -x"
like "$out" "i=news@eu.shop.example;" "-i"
run sign -t 2023-11-14T22:13:20Z -x 2023-11-14T23:00:00Z -o mail.eml
like "$out" "t=1700000000; x=1700002800;" "as dates"

# --- an mbox line stays first
{ echo 'From ann@shop.example Tue Nov 14 22:13:20 2023'; cat mail.eml; } >box
is "$(sign box | head -n 1)" "$(head -n 1 box)" "an mbox line stays first"
is "$(sign box | verdicts)" "pass pass" "and the message passes"

# --- as large as can be read again
{ seq 9998 | sed 's/.*/X-&: y/'; echo 'From: a@shop.example'; } >many
is "$(sign -q many | verdicts)" "pass pass" "9999 fields and one more"
echo 'X: y' >>many
run sign many
is "$code $out" "2 " "10000 fields and one more: nothing is written"
like "$err" "no check would read it" "and why"
{
	echo 'From: a@shop.example'
	for i in 1 2 3 4 5; do
		printf 'X: '
		head -c 209600 /dev/zero | tr '\0' y
		echo
	done
} >long
run sign long
is "$code $out" "2 " "a MiB and one more: nothing is written"

# --- never an unsigned message
base="-d shop.example -s r -k $rsa"
echo 'Subject: x' >nofrom
printf 'From: a@shop.example\nFrom: b@shop.example\n\nx\n' >twofrom
{ cat box; echo; cat box; } >boxes
printf 'From: a@shop.example\nnot a field\n\nx\n' >broken
: >empty
openssl genpkey -algorithm ed25519 -aes256 -pass pass:x -out locked 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec \
	2>/dev/null
openssl pkey -in "$rsa" -pubout -out public 2>/dev/null
# shellcheck disable=SC2086
{
refuses "no key" "-k FILE" sign -d shop.example -s r mail.eml
refuses "no selector" "-s NAME" sign -d shop.example -k "$rsa" mail.eml
refuses "no domain" "-d DOMAIN" sign -s r -k "$rsa" mail.eml
refuses "two keys, a selector" "2 -k and 1 -s" sign $base -k "$ed" mail.eml
refuses "no From" "no From" sign $base nofrom
refuses "two From" "several From" sign $base twofrom
refuses "an mbox" "several messages" sign $base boxes
refuses "a broken header" "no header field" sign $base broken
refuses "an empty file" "it is empty" sign $base empty
refuses "no file" "No such file" sign $base nowhere
refuses "two files" "one message" sign $base mail.eml mail.eml
refuses "-h without From" "must name From" sign $base -h subject mail.eml
refuses "-h of no names" "names of header fields" sign $base -h 'from,a b;c' mail.eml
refuses "-h of itself" "DKIM-Signature" sign $base -h from,dkim-signature mail.eml
refuses "a tag in -s" "not a selector" sign -d shop.example -k "$rsa" -s 'a;x' \
	mail.eml
refuses "a tag in -d" "not a domain" sign -d 'a.b;x=1' -k "$rsa" -s a mail.eml
refuses "an address in -d" "not a domain" sign -d ann@shop.example -k "$rsa" \
	-s r mail.eml
refuses "the name of the record" "without _domainkey" sign -d shop.example \
	-k "$rsa" -s r._domainkey.shop.example mail.eml
refuses "another's -i" "of the domain" sign $base -i a@evil.example mail.eml
refuses "-x without a unit" "36h or 7d" sign $base -x 7 mail.eml
refuses "-x before -t" "after -t" sign $base -t 1700000000 -x 1600000000 mail.eml
refuses "-t before 1970" "1970" sign $base -t 1960-01-01T00:00:00Z mail.eml
refuses "-t before all time" "not a time" sign $base \
	-t 1901-12-13T20:45:52Z mail.eml
printf '\357\273\277' | cat - mail.eml >bom.eml
refuses "a byte order mark" "byte order mark" sign $base bom.eml
echo | cat - mail.eml >blank.eml
refuses "an empty line in front" "empty line" sign $base blank.eml
refuses "-a of another key" "no Ed25519 key" sign $base -a ed25519 mail.eml
refuses "SHA-1" "rsa-sha256" sign $base -a rsa-sha1 mail.eml
refuses "no PEM" "no private key" sign -d shop.example -s r -k mail.eml mail.eml
refuses "a public key" "not the private key" sign -d shop.example -s r -k public mail.eml
refuses "a locked key" "passphrase" sign -d shop.example -s r -k locked mail.eml
refuses "another kind" "neither RSA" sign -d shop.example -s r -k ec mail.eml
refuses "RSA of 768 bits" "less than 1024" sign -d shop.example -s r \
	-k "$keys/test-only-rsa768.pem" mail.eml
}
run sign -d other.example mail.eml
is "$code" 0 "another domain may sign"
like "$err" "does not count" "and is told what it means"
run sign -q -d other.example mail.eml
is "$err" "" "but not with -q"
{ sed '/^$/q' mail.eml; cat body7; } >large
{ cat mail.eml; yes text | head -n 10000; } >some
for file in some large; do
	(
		ulimit -f 8
		mailauth sign -k "$rsa" -s r -d shop.example $file >out.eml
	) 2>"$tmp/.err"
	like "$? $(cat "$tmp/.err")" "^2 mailauth: cannot .*: File too large\$" \
		"a limit of files ($file)"
done
if [ -e /dev/full ]; then
	mailauth sign -k "$rsa" -s r -d shop.example large >/dev/full 2>"$tmp/.err"
	is "$?" 2 "a full disk"
fi
TMPDIR=/nowhere mailauth sign -k "$rsa" -s r -d shop.example <large \
	>out.eml 2>"$tmp/.err"
is "$? $(wc -c <out.eml)" "2 0" "no room for a copy: nothing is written"
done_testing
