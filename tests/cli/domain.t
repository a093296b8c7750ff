#!/bin/sh
# domain.t - what `mailauth domain` shows of a domain, and how it ends.
. "$(dirname "$0")/lib.sh"
top=$PWD
. tests/dns/nsd.sh
trap 'nsd_stop; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

mailauth keygen -q -d good.example -s s1
{
	mailauth setup --ip 192.0.2.10 --mx --hard -k s1.private -s s1 \
		--mta-sts --tls-rpt -r r@good.example good.example
	cat <<'END'
good.example. IN MX 10 mx.good.example.
mx.good.example. IN A 192.0.2.20
20.2.0.192.in-addr.arpa. IN PTR mx.good.example.
bad.example. IN TXT "v=spf1 include:nowhere.example -all"
bad.example. IN TXT "v=spf1 mx -all"
bad.example. IN MX 10 mx.bad.example.
_dmarc.bad.example. IN TXT "v=DMARC1; p=none; rua=mailto:r@good.example"
never.example. IN TXT "v=spf1 -all"
never.example. IN MX 0 .
_dmarc.never.example. IN TXT "v=DMARC1; p=reject; rua=mailto:r@never.example"
;!slow.example. TXT SERVFAIL
;!slow.example. MX SERVFAIL
END
} >zone
domain() {
	mailauth domain -z zone "$@"
}

run domain -S s1 --ptr good.example
is "$code$err" 0 "what setup has printed is clean"
like "$out" "^OK  *good.example|^FINE  *good.example" "and said so"
like "$out" "MX .* ok .*10 mx.good.example 192.0.2.20" "MX"
like "$out" "SPF .* ok .*1 of 10 lookups, 0 void" "SPF"
like "$out" "DKIM .* ok .*s1: rsa-2048" "DKIM"
like "$out" "DMARC .* p=none" "DMARC"
like "$out" "MTA-STS .* ok .*v=STSv1" "MTA-STS"
like "$out" "TLS-RPT .* ok .*v=TLSRPTv1" "TLS-RPT"
is "$(printf '%s\n' "$out" | awk 'length > 80')" "" "in 80 columns"

run domain bad.example
is "$code" 1 "errors"
like "$out" "^error\[spf-multiple-records\]" "two SPF records"
like "$out" "^error\[mx-no-address\]" "an MX without address"
like "$out" "dmarc-rua-unauthorized" "reports nobody has agreed to"
run domain never.example
is "$code" 0 "a domain that never sends"
run domain nowhere.example
is "$code" 1 "a domain that is not there"
like "$out" "dns-no-domain" "and said so"
run domain slow.example
is "$code" 3 "no answer is no verdict"
run domain good.example bad.example slow.example
is "$code" 3 "of several the worst"
is "$(printf '%s\n' "$out" | grep -cE '^[A-Z]+ +(good|bad|slow)\.example')" 3 \
	"each has its table"
run domain -q bad.example
is "$code$out$err" 1 "-q"
run domain --strict good.example
is "$code" 0 "--strict: notes do not count"
run domain --strict -S s1 bücher.example
is "$code" 1 "a name that is not ASCII"

# --- selectors
run domain -S nope,s1 good.example
like "$out" "nope: no key" "one of several selectors"
is "$code" 1 "is an error"
printf 'From: a@good.example\n\nx\n' |
	mailauth sign -q -k s1.private -s s1 -d good.example >signed.eml
like "$(domain --from-message signed.eml good.example)" "s1: rsa-2048" \
	"--from-message"
like "$(domain --guess good.example)" "DKIM .*s1: rsa-2048" "--guess"

# --- JSON
run domain -j -S s1 good.example never.example
is "$(printf '%s\n' "$out" | jq -r .domain | tr '\n' ' ')" \
	"good.example never.example " "an object a line"
is "$(printf '%s\n' "$out" | head -n 1 | jq -c '[.schema, .exists, .errors,
	.mx.hosts[0].name, .spf.lookups, .dkim[0].key_bits, .dmarc.policy]')" \
	'[1,true,0,"mx.good.example",1,2048,"none"]' "and what is in it"

# --- a name server says the same
cd "$top" || exit 1
if nsd_start "$tmp/zone" 2>"$tmp/.nsd"; then
	for name in good bad never; do
		"$MAILAUTH" domain -j -S s1 -z "$tmp/zone" $name.example |
			jq -S 'del(.time)' >"$tmp/one"
		"$MAILAUTH" domain -j -S s1 -s "127.0.0.1:$NSD_PORT" \
			$name.example | jq -S 'del(.time)' >"$tmp/two"
		is "$(diff "$tmp/one" "$tmp/two")" "" "$name, from nsd"
	done
else
	skip "nsd is not installed"
fi
cd "$tmp" || exit 1

# --- what will not do
refuses "no domain" "domain" domain -z zone
refuses "no name" "not a" domain -z zone 'a b'
refuses "no such zone" "No such file" domain -z nowhere good.example
refuses "no such message" "No such file" domain -z zone --from-message none \
	good.example
refuses "no selector" "elector" domain -z zone -S 'a b' good.example
done_testing
