#!/bin/sh
# domain.t - mailauth domain: what a domain publishes.
. "$(dirname "$0")/lib.sh"
. tests/dns/nsd.sh
trap 'nsd_stop; rm -rf "$tmp"' EXIT

cat >"$tmp/zone" <<'END'
good.example. MX 10 mx1.good.example.
good.example. MX 20 mx2.good.example.
mx1.good.example. A 192.0.2.1
mx1.good.example. AAAA 2001:db8::1
mx2.good.example. A 192.0.2.2
1.2.0.192.in-addr.arpa. PTR mx1.good.example.
good.example. TXT "v=spf1 mx include:_spf.vendor.example -all"
_spf.vendor.example. TXT "v=spf1 ip4:198.51.100.0/24 -all"
_dmarc.good.example. TXT "v=DMARC1; p=reject; rua=mailto:d@good.example,mailto:d@rua.example"
rua.example. MX 10 mx1.good.example.
good.example._report._dmarc.rua.example. TXT "v=DMARC1;"
s1._domainkey.good.example. TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_mta-sts.good.example. TXT "v=STSv1; id=20261124"
_smtp._tls.good.example. TXT "v=TLSRPTv1; rua=mailto:t@good.example"
default._bimi.good.example. TXT "v=BIMI1; l=https://good.example/l.svg; a=https://good.example/c.pem"
bad.example. MX 10 mx.bad.example.
bad.example. MX 10 192.0.2.7.
bad.example. TXT "v=spf1 a:mail.bad.example-all"
_dmarc.bad.example. TXT "v=DMARC1; p=quarantin; rua=mailto:d@rua.example"
s1._domainkey.bad.example. TXT "v=DKIM1; p=MIIB*"
_mta-sts.bad.example. TXT "v=STSv1;"
weak.example. MX 10 mx1.good.example.
weak.example. TXT "v=spf1 ?all"
_dmarc.weak.example. TXT "v=DMARC1; p=none; rua=mailto:d@weak.example"
sub.good.example. A 192.0.2.9
two.example. A 192.0.2.1
_dmarc.two.example. TXT "v=DMARC1; p=none"
_dmarc.two.example. TXT "v=DMARC1; p=reject"
_mta-sts.two.example. TXT "v=STSv1; id=1"
_mta-sts.two.example. TXT "v=STSv1; id=2"
_smtp._tls.two.example. TXT "v=TLSRPTv1; rua=mailto:LONG@two.example"
circle.example. CNAME round.example.
round.example. CNAME circle.example.
loop.example. A 192.0.2.1
loop.example. TXT "v=spf1 include:loop.example -all"
evil.example. MX 10 mx\027[31m.evil.example.
evil.example. TXT "v=spf1 -all \027[31m"
xn--bcher-kva.example. MX 0 .
xn--bcher-kva.example. TXT "v=spf1 -all"
_dmarc.xn--bcher-kva.example. TXT "v=DMARC1; p=reject; rua=mailto:d@good.example"
xn--bcher-kva.example._report._dmarc.good.example. TXT "v=DMARC1"
END
sed -i "s/LONG/$(printf %0200d 0 | tr 0 a)/" "$tmp/zone"
cat >"$tmp/slow" <<'END'
slow.example. MX 10 mx1.good.example.
;!slow.example. TXT TIMEOUT
END
domain() {
	run mailauth domain -z "$tmp/zone" -z "$tmp/slow" "$@"
}
value() { # jq expression, of the first object
	printf '%s\n' "$out" | head -n 1 | jq -r "$1"
}

# --- exit codes

domain -S s1 good.example
exit_is 0 "a domain in order"
like "$out" "^OK  good.example: nothing wrong was found" "and said so"
domain bad.example
exit_is 1 "errors"
domain weak.example
exit_is 0 "warnings"
domain --strict weak.example
exit_is 1 "warnings with --strict"
domain slow.example
exit_is 3 "a question without an answer"
like "$out" "^UNKNOWN  slow.example" "and said so"
domain -j none.example
exit_is 1 "no such domain"
is "$(value '"\(.exists) \(.findings[0].code)"')" "false dns-no-domain" \
	"dns-no-domain"
domain good.example bad.example slow.example
exit_is 3 "3 beats 1"
like "$out" "^PROBLEM  bad.example" "all are looked at"
domain good.example a@b.example slow.example
exit_is 2 "2 beats 3"
like "$err" "^mailauth: bad domain 'a@b.example': a mail address" \
	"no domain: an address"
like "$out" "^UNKNOWN  slow.example" "what comes after it is looked at"
domain -q bad.example
is "$code$out$err" 1 "-q"
domain
is "$code $err" "2 mailauth: domain needs a name: mailauth domain example.org" \
	"no domain"
domain https://good.example/
exit_is 2 "a URL"
domain a..example
exit_is 2 "no name"
for name in 192.0.2.1 '[192.0.2.1]' 2001:db8::1; do
	domain "$name"
	is "$code ${err##*: }" "2 an IP address; give the name of the domain" \
		"no domain: $name"
done
domain good.example,weak.example
is "$code ${err##*: }" \
	"2 not a domain name; several have blanks between them" "a list"
for name in good.example:25 '*.good.example' '"good.example"' 'a;b.example'; do
	domain "$name"
	is "$code ${err##*: }" "2 not a domain name" "no domain: $name"
done

# --- what is shown

domain -S s1 --ptr -v good.example
for line in "MX +ok +10 mx1.good.example: 192.0.2.1 \(mx1.good.example\)" \
	"SPF +ok +-all; 2 of 10 lookups, 0 void; 256 addresses by ip4:" \
	"DKIM +ok +s1: ed25519" "DMARC +ok +p=reject" \
	"rua to mailto:d@rua.example, which agrees to it" \
	"BIMI +ok" "v=TLSRPTv1; rua=mailto:t@good.example"; do
	like "$out" "$line" "$line"
done
is "$(printf '%s\n' "$out" | awk 'length > 80' | grep -v 'v=')" "" \
	"80 columns"
domain -j -S s1,s2 -S s3 good.example
is "$(value '[.dkim[] | .selector + " " + .state] | join(",")')" \
	"s1 ok,s2 problem,s3 problem" "-S: a list, and again"
domain -j --guess good.example
is "$(value '[.dkim[].selector] | join(",")')" s1 "--guess: only what is there"
domain --guess weak.example
like "$out" "DKIM +none +no key at [0-9]+ common" "--guess: none"
domain good.example
like "$out" "DKIM +- +no selector" "no selector"
domain -j sub.good.example
is "$(value '"\(.dmarc.policy_domain) \(.dmarc.policy_tag)"')" \
	"good.example p" "the policy of the organization"
domain -j bücher.example
is "$(value '"\(.domain) \(.mx.null) \(.mx.state)"')" \
	"xn--bcher-kva.example true ok" "a U-label, and a null MX"
exit_is 0 "which is in order"
domain -v evil.example
unlike "$out" "$esc" "nothing drives the terminal"
domain -j evil.example
unlike "$out" "$esc" "nor in JSON"
domain -j good.example a@b.example
is "$(printf '%s\n' "$out" | jq -r .error | tail -n 1)" \
	"a mail address; give what is behind the @" "-j: no domain"

# --- selectors of a message

printf 'DKIM-Signature: v=1; a=rsa-sha256; d=%s; s=%s; h=from; bh=x; b=x\n' \
	good.example s1 sub.good.example s2 other.example s3 good.example s1 \
	>"$tmp/m.eml"
printf 'From: a@good.example\n\nHi\n' >>"$tmp/m.eml"
domain -j --from-message "$tmp/m.eml" good.example
is "$(value '[.dkim[].name] | join(",")')" \
	"s1._domainkey.good.example,s2._domainkey.sub.good.example" \
	"--from-message: at or below the domain, once"
domain --from-message "$tmp/none.eml" good.example
is "$code ${err%%:*}" "2 mailauth" "a message that is not there"
domain --from-message "$tmp/zone" good.example
exit_is 2 "what is no message"
awk 'BEGIN { for (i = 0; i < 3000; i++) print "DKIM-Signature: v=1; " \
	"a=rsa-sha256; d=good.example; s=x" i "; h=from; bh=x; b=x"
	print "From: a@good.example\n\nHi" }' >"$tmp/many.eml"
domain -j --from-message "$tmp/many.eml" good.example
is "$(value .selectors_tried)" 64 "thousands of signatures"
domain -S "$(seq -s , 1 65)" good.example
exit_is 2 "65 selectors"
like "$err" "more than 64 selectors" "and said so"
for name in a..b '*' '"s1"' 's1;s2' s1._domainkey s1._domainkey.good.example \
	_domainkey -s1; do
	domain -S "$name" good.example
	is "$code$out" 2 "no selector: $name"
done
domain -j -S "$(seq -s , 1 20)" good.example
is "$(value '"\([.dkim[].state] | unique) \(.errors) \(.findings_left_out)"')" \
	'["problem"] 20 8' "more missing keys than are listed"
domain -S "$(seq -s , 1 20)" good.example
like "$out" "^PROBLEM  good.example: 20 errors" "all are counted"
like "$out" "^\+8 more of the same kind, left out" "and said to be more"
domain gone.good.example
like "$out" "^error.dns-no-domain" "a note does not hide an error"
domain loop.example
is "$(printf '%s\n' "$out" | grep -c '^error')" 1 "what follows is not shown"
like "$out" "^PROBLEM  loop.example: 1 error, 1 warning" "nor counted"
domain -v loop.example
like "$out" "^PROBLEM  loop.example: 2 errors, 1 warning" "but with -v"

# --- what would be much work

awk 'BEGIN {
	for (i = 0; i < 300; i++) {
		print "big.example. MX 10 mx" i ".big.example."
		print "mx" i ".big.example. A 192.0.2." i % 250
		if (i >= 200 && i < 250)
			print "mx0.big.example. A 192.0.2." 449 - i - 200
		rua = rua (i ? "," : "") "mailto:a@r" i ".example"
	}
	printf "_dmarc.big.example. TXT (\"v=DMARC1; p=none; rua=\"\n"
	for (; rua != ""; rua = substr(rua, 201))
		print "\"" substr(rua, 1, 200) "\""
	print ")"
	printf "big.example. TXT (\"v=spf1\"\n"
	for (i = 0; i < 200; i++) print "\" include:i" i ".big.example\""
	print ")"
	for (i = 0; i < 200; i++)
		print "i" i ".big.example. TXT \"v=spf1 " \
			"include:i" (i + 1) % 200 ".big.example " \
			"include:i" (i + 7) % 200 ".big.example -all\""
}' >"$tmp/big"
run mailauth domain -z "$tmp/big" --guess --ptr -j big.example
is "$((code == 1 || code == 3))$err" 1 "a hostile zone ends"
is "$(value '.mx.hosts[0] | "\(.addresses[7].ip) \(.left_out)"')" \
	"192.0.2.7 42" "the lowest addresses"
is "$(value '"\(.mx.hosts | length) \(.mx.left_out) \(.dmarc.reports | length) \(.dmarc.left_out)"')" \
	"10 290 20 280" "with bounded counts"
run mailauth domain -z "$tmp/big" big.example
like "$out" "^ +- +\+280 more report addresses, not looked at" "and said so"

awk 'BEGIN {
	print "big.example. TXT \"v=spf1 -all\""
	for (i = 0; i < 10; i++) {
		print "big.example. MX 10 m" i ".big.example."
		for (k = 0; k < 8; k++) {
			print "m" i ".big.example. A 203.0." i "." k
			for (l = 0; l < 10; l++)
				print k "." i ".0.203.in-addr.arpa. PTR n" \
					i "-" k "-" l ".big.example."
		}
	}
}' >"$tmp/names"
run mailauth domain -z "$tmp/names" --ptr -j big.example
is "$code $(value '"\(.state) \(.spf.state) \(.mx.hosts[9].state)"')" \
	"3 unknown ok unknown" "names of addresses take nothing from the rest"
domain -j -S s1 two.example
is "$(value '.dmarc.state + " " + .mta_sts.state')" "problem problem" "two each"
domain two.example
like "$out" "DMARC +problem +several records at _dmarc.two.example" "so it says"
like "$out" "^ +a+\.\.$" "a long record is cut"
domain -v two.example
like "$out" "aaaa@two.example" "with -v it is not"
domain circle.example
is "$code$(printf '%s\n' "$out" | grep -c '^warning.dns-broken')" 31 \
	"CNAMEs in a circle"

# --- the same from a name server, and from what was saved

facts='del(.findings[] | select(.code == "dns-zone-gap"))'
if nsd_start "$tmp/zone"; then
	for name in good bad weak sub.good evil xn--bcher-kva; do
		domain -j --guess -S s1 "$name.example"
		printf '%s\n' "$out" | jq -S "$facts" >"$tmp/1"
		first=$code
		run mailauth domain -j --guess -S s1 -s "127.0.0.1:$NSD_PORT" \
			--save-dns "$tmp/saved" "$name.example"
		printf '%s\n' "$out" | jq -S "$facts" >"$tmp/2"
		second=$code
		run mailauth domain -j --guess -S s1 -z "$tmp/saved" \
			"$name.example"
		printf '%s\n' "$out" | jq -S "$facts" >"$tmp/3"
		is "$first $(diff "$tmp/1" "$tmp/2")" "$second " \
			"$name.example by nsd"
		is "$first $(diff "$tmp/1" "$tmp/3")" "$code " \
			"$name.example from what was saved"
	done
	run mailauth domain -s "127.0.0.1:$NSD_PORT" --guess --trace \
		good.example
	is "$(printf '%s\n' "$err" | awk '$2 == "answer" { exit }
		$2 == "ask" { n++ } END { print (n >= 38) }')" 1 \
		"all is asked for at once"
else
	skip "nsd is not installed"
fi

done_testing
