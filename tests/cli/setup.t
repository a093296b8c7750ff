#!/bin/sh
# setup.t - from an empty directory and a domain to a message that passes.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
cd "$tmp" || exit 1

printf 'From: Ann <ann@shop.example>\nDate: %s\n\nHi\n' \
	'Tue, 24 Nov 2026 10:00:00 +0000' >mail.eml

# --- as the README tells it
run mailauth keygen -d shop.example -s s1
is "$code" 0 "a key"
run mailauth setup --ip 192.0.2.10 -k s1.private -s s1 shop.example
is "$code$err" 0 "records"
printf '%s\n' "$out" >zone
run mailauth lint -q -f zone
is "$code" 0 "lint finds no error in them"
run mailauth domain -q -z zone -S s1 shop.example
is "$code" 0 "nor does domain"
mailauth sign -k s1.private -s s1 -d shop.example mail.eml >signed.eml
run mailauth -j -z zone -i 192.0.2.10 -f ann@shop.example signed.eml
is "$(printf '%s\n' "$out" | jq -r '[.verdict, .spf.result, .dkim[0].result,
	.dmarc.policy] | join(" ")')" "pass pass pass none" "the message passes"
if command -v nsd-checkzone >/dev/null; then
	{
		echo 'shop.example. 300 IN SOA a. b. 1 1 1 1 1'
		echo 'shop.example. 300 IN NS ns.shop.example.'
		cat zone
	} >full
	is "$(nsd-checkzone shop.example full)" "zone shop.example is ok" \
		"a name server takes them"
fi
if python3 -c 'import dkim' 2>/dev/null; then
	is "$(python3 - <<'END'
import re, dkim
text = open('zone').read()
record = re.search(r's1\._domainkey[^(]*\(([^)]*)\)', text).group(1)
record = ''.join(re.findall(r'"([^"]*)"', record)).encode()
print(dkim.verify(open('signed.eml', 'rb').read(),
                  dnsfunc=lambda name, timeout=5: record))
END
)" True "dkimpy lets it pass, too"
fi

# --- who sends
record() { # of that name, in what comes on stdin
	sed -n "s/^$1\. IN TXT \"\(.*\)\"\$/\1/p"
}
spf() {
	mailauth setup "$@" shop.example | record shop.example
}
is "$(spf --ip 192.0.2.1)" "v=spf1 ip4:192.0.2.1 ~all" "an address"
is "$(spf --ip ::ffff:192.0.2.1 --ip ::ffff:198.51.100.0/120)" \
	"v=spf1 ip4:192.0.2.1 ip4:198.51.100.0/24 ~all" "IPv4 as IPv6"
is "$(spf --ip 192.0.2.1 --hard)" "v=spf1 ip4:192.0.2.1 -all" "--hard"
is "$(spf --host mail.shop.example --hard)" \
	"v=spf1 a:mail.shop.example -all" "a host"
is "$(spf --mx --hard)" "v=spf1 mx -all" "its MX hosts"
is "$(spf --service google --service microsoft --ip 2001:db8::/32)" \
	"v=spf1 ip6:2001:db8::/32 include:_spf.google.com \
include:spf.protection.outlook.com ~all" "services"
is "$(mailauth setup --service google shop.example | grep -c keygen)" 0 \
	"a service makes its own keys"
run mailauth setup --never shop.example
is "$(printf '%s\n' "$out" | record shop.example)" "v=spf1 -all" "--never"
like "$out" "^shop.example. IN MX 0 \.\$" "a null MX"
like "$out" "p=reject; sp=reject; np=reject" "all is rejected"
is "$(printf '%s\n' "$out" | grep -c rua=)" 0 "no reports, which none would take"
is "$(mailauth setup --never -r d@a.example shop.example | grep -c rua=)" 1 \
	"unless another domain does"
printf '%s\n' "$out" | mailauth lint -q -
is "$?" 0 "lint finds no error in that"
run mailauth setup --mx -r d@reports.example --mta-sts --tls-rpt bücher.example
like "$out" "^_dmarc.xn--bcher-kva.example. IN TXT \"v=DMARC1; p=none; rua=ma" \
	"a name that is not ASCII"
like "$out" "^; xn--bcher-kva.example._report._dmarc.reports.example. IN TXT \
\"v=DMARC1\"\$" "reports for another domain need its consent"
is "$(mailauth setup --mx -r mailto:d@bücher.example shop.example |
	record _dmarc.shop.example)" \
	"v=DMARC1; p=none; rua=mailto:d@xn--bcher-kva.example" \
	"an address as it is pasted, its domain in A-labels"
like "$out" "v=STSv1; id=[0-9]*;" "--mta-sts"
like "$out" "v=TLSRPTv1; rua=mailto:d@reports.example" "--tls-rpt"
run mailauth setup --for postfix-opendkim -s s1 shop.example
like "$out" "^s1._domainkey.shop.example shop.example:s1:/etc/opendkim/" \
	"KeyTable"
like "$out" "^\*@shop.example s1._domainkey.shop.example\$" "SigningTable"
unlike "$out" "-s was not given" "a selector that is given"
like "$(mailauth setup --for postfix-opendkim shop.example)" \
	"^# -s was not given: the selector is taken to be s1" "one that is not"
run mailauth setup --for postfix-opendkim -k s1.private -s s1 shop.example
like "$out" "^s1._domainkey.shop.example shop.example:s1:$PWD/s1.private\$" \
	"the key of -k in KeyTable"
like "$out" "chown opendkim $PWD/s1.private" "where it is"
is "$(printf '%s\n' "$out" | sed -n '/^s1.*TXT/,/)/p')" \
	"$(mailauth keygen --from-key s1.private -d shop.example -s s1 |
		grep -v '^;')" "and its record"
mailauth keygen -q -d shop.example -s e1 -a ed25519
run mailauth setup --mx -k s1.private -s s1 -k e1.private -s e1 shop.example
is "$code$err" 0 "two keys"
printf '%s\n' "$out" >two
is "$(grep -c '^[se]1._domainkey.shop.example. IN TXT' two)" 2 "both records"
like "$out" "mailauth domain -S s1,e1 shop.example" "and both selectors"
run mailauth lint -q -f two
is "$code" 0 "lint finds no error in them"
run mailauth setup --for postfix-opendkim -k s1.private -s s1 \
	-k "$PWD/e1.private" -s e1 shop.example
is "$(printf '%s\n' "$out" | grep -c "shop.example:[se]1:$PWD/[se]1.private\$")" \
	2 "two lines of KeyTable"
like "$out" "^MultipleSignatures" "which must be allowed"

# --- what lint says below a record
run mailauth setup --ip 198.51.0.0/16 --ip 10.1.2.3/8 -s s1 -k s1.private \
	shop.example
like "$out" "^; warning: the record allows 16,.* \(list only the networks\$" \
	"a warning"
like "$out" "^; note: .10.1.2.3/8. names the whole network" "a note"
unlike "$out" "nothing is blocked \(" "not what was chosen"
is "$(printf '%s\n' "$out" | grep '^;' | awk 'length > 80')" "" "80 columns"
unlike "$(mailauth setup --never shop.example)" "^; (note|warning):" "--never"

run mailauth setup --for postfix-opendmarc shop.example
like "$out" "TrustedAuthservIDs" "opendmarc.conf"

# --- asked for on a terminal
if script -qec true /dev/null >/dev/null 2>&1; then
	printf '192.0.2.1, nonsense\n192.0.2.7 2001:db8::1\n\ny\ngoogle\n\n' |
		script -qec "'$MAILAUTH' setup shop.example >asked" /dev/null \
			>dialog
	is "$(record shop.example <asked)" "v=spf1 ip4:192.0.2.1 ip4:192.0.2.7 \
ip6:2001:db8::1 mx include:_spf.google.com ~all" "the answers"
	like "$(cat dialog)" "nonsense: not an address" "what will not do"
	like "$(cat dialog)" "setup --ip 192.0.2.1 --ip 192.0.2.7 --ip \
2001:db8::1 --service google --mx shop.example" "the answers as options"
	printf '\n\n\n\n\n' |
		script -qec "'$MAILAUTH' setup shop.example" /dev/null >dialog
	like "$(cat dialog)" "nothing is printed" "no answer"
	printf '192.0.2.1\n' |
		script -qec "'$MAILAUTH' setup shop.example" /dev/null >dialog
	like "$(cat dialog)" "nothing is printed" "answers that end"
fi

# --- what will not do
refuses "nobody" "who sends" setup shop.example </dev/null
refuses "no domain" "needs a domain" setup --mx
refuses "two domains" "one domain" setup --mx a.example b.example
refuses "no name" "not a domain" setup --mx 'a b'
refuses "a tag in the name" "not a domain" setup --mx 'a.b"; x'
refuses "never and yet" "nobody sends" setup --never --mx shop.example
refuses "never and TLS" "no mail is taken" setup --never --tls-rpt shop.example
refuses "an address for a host" "for --ip" setup --host 192.0.2.1 shop.example
refuses "a host for an address" "for --host" setup --ip mail.a.example \
	shop.example
refuses "a service" "not one of amazonses, " setup --service nemo shop.example
refuses "its other name" "did you mean 'google'" setup --service gmail shop.example
refuses "two keys of one name" "of its own" setup --mx -k a -s a -k b -s A \
	shop.example
refuses "two keys, one name" "each key" setup --mx -k a -s a -k b shop.example
refuses "five keys" "four keys" setup --mx -k a -s a -k b -s b -k c -s c \
	-k d -s d -k e -s e shop.example
refuses "a second key that is not there" "No such file" setup --mx \
	-k s1.private -s s1 -k nowhere -s s2 shop.example
refuses "a key for who signs nothing" "signs nothing" setup \
	--for postfix-opendmarc -s s1 shop.example
refuses "a key for KeyTable that has no name" "KeyTable" setup \
	--for postfix-opendkim -s s1 -k - shop.example <s1.private
cp s1.private 's 1:private'
refuses "a name KeyTable cannot have" "KeyTable" setup --for postfix-opendkim \
	-s s1 -k 's 1:private' shop.example
refuses "a key alone" "its selector" setup --mx -k s1.private shop.example
refuses "a selector alone" "its key" setup --mx -s s1 shop.example
refuses "no address" "not an address" setup --ip 1.2.3 shop.example
refuses "an unknown service" "did you mean 'google'" setup --service goggle \
	shop.example
refuses "no mail address" "not a" setup --mx -r 'a,b@c.example' shop.example
refuses "a scheme twice" "not a" setup --mx -r mailto:mailto:a@b.example \
	shop.example
refuses "no such key" "No such file" setup --mx -s s1 -k nowhere shop.example
for s in 'a"b' 'a;b' 'a\b' "a'b" '*' '$(id)' 'a,b'; do
	refuses "selector $s" "not a selector" setup --mx -s "$s" \
		-k s1.private shop.example
	refuses "selector $s for a server" "not a selector" setup \
		--for postfix-opendkim -s "$s" shop.example
done
done_testing
