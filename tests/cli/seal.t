#!/bin/sh
# seal.t - what `mailauth seal` adds to a chain, and when it does not.
. "$(dirname "$0")/lib.sh"
key=$PWD/tests/mail/keys/test-only-list.pem
cd "$tmp" || exit 1

text=$(openssl pkey -in "$key" -pubout -outform DER 2>/dev/null | base64 -w0)
cat >zone.txt <<EOF
s._domainkey.list.example. TXT ( "v=DKIM1; k=rsa; p="
	"$(printf %s "$text" | cut -c1-200)"
	"$(printf %s "$text" | cut -c201-)" )
shop.example. TXT "v=spf1 ip4:192.0.2.7 -all"
_dmarc.shop.example. TXT "v=DMARC1; p=reject"
EOF
cp zone.txt dead.txt
echo ';!s._domainkey.list.example. TXT SERVFAIL' >>dead.txt
sed -i '1,3d' dead.txt
seal() {
	mailauth seal -k "$key" -s s -d list.example -z zone.txt "$@"
}
chain() { # of what comes on stdin
	mailauth -j -z zone.txt | jq -r '.arc | "\(.result) \(.sets | length)"'
}

printf 'From: Ann <ann@shop.example>\nTo: bob@b.example\nSubject: Hi\n\nBody\n' \
	>mail.eml

{ seq 9995 | sed 's/.*/X-&: y/'; cat mail.eml; } >many
run seal many
is "$code $out" "2 " "9998 fields have no room for a set"
like "$err" "no check would read it" "and why"

# --- a chain grows
cp mail.eml now
for i in 1 2 3 4; do
	seal -m mx$i.list.example --client-ip 192.0.2.7 \
		--mail-from ann@shop.example now >next
	is "$? $(chain <next)" "0 pass $i" "set $i"
	mv next now
done
like "$(cat now)" "ARC-Seal: i=4; a=rsa-sha256; cv=pass; d=list.example; s=s;" \
	"its seal"
like "$(grep -A2 'ARC-Authentication-Results: i=2; mx2.list.example;' now |
	tr -d '\n')" "spf=pass smtp.mailfrom=shop.example" \
	"what the check found stands in the set"
tail -n 5 now | cmp -s - mail.eml
result $? "the message is as it was"
is "$(awk 'length > 78' now)" "" "no line is long"
sed 's/$/\r/' mail.eml >crlf.eml
is "$(seal <crlf.eml | chain)" "pass 1" "CRLF, standard input"
is "$(seal -c simple/simple <crlf.eml | chain)" "pass 1" "-c"
seal -o now | cat - now >next
is "$(chain <next)" "pass 5" "-o: the fields alone"

# a list adds its footer and seals then
{ cat now; echo footer; } >changed
run seal changed
is "$code" 0 "a chain that was broken on the way"
like "$err" "sealed with cv=fail" "is told"
printf '%s\n' "$out" >failed
like "$out" "ARC-Seal: i=5; a=rsa-sha256; cv=fail;" "and said so in the seal"
is "$(mailauth -j -z zone.txt failed |
	jq -r '.arc.sets[4] | .message_signature, .cv' | tr '\n' ' ')" \
	"none fail " "set 5"
run seal failed
is "$code $out" "2 " "nothing follows cv=fail"
like "$err" "RFC 8617 5.1" "and why"

# --- what somebody else has found
run seal --results 'mx.example; dkim=pass header.d=shop.example; spf=fail' \
	mail.eml
like "$out" "ARC-Authentication-Results: i=1; mx.example; dkim=pass header.d" \
	"--results"
run seal --results "mx.example; none ($(head -c 990 /dev/zero | tr '\0' x))" \
	mail.eml
is "$code $out" "2 " "--results that is no line of a mail"
run seal --results 'Authentication-Results: mx.example; none' mail.eml
like "$out" "Results: i=1; mx.example; none" "as a field"
for text in 'spf=pass' 'mx.example; spf=' 'i=2; mx.example; spf=pass' ''; do
	run seal --results "$text" mail.eml
	is "$code $out" "2 " "no results: '$text'"
done

# --- no answer is no verdict
run mailauth seal -k "$key" -s s -d list.example -z dead.txt now
is "$code $out" "3 " "a key that cannot be asked for: not sealed"
like "$err" "not judged" "and why"

for i in 5 6 7; do
	seal -q now >next
	mv next now
done
is "$(chain <now)" "pass 7" "a chain of seven"
i=7
while [ $i -lt 50 ]; do
	seal -q now >next
	mv next now
	i=$((i + 1))
done
is "$(chain <now)" "pass 50" "a chain of fifty"
run seal now
is "$code $out" "2 " "and no set more"
run seal -k "$key" -s t mail.eml
is "$code $err" "2 mailauth: seal takes one key" "one key"
done_testing
