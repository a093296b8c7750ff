#!/bin/sh
# arc.t - what the sealers of a message saw, and what trust in them changes.
. "$(dirname "$0")/lib.sh"
cd "$mail" || exit 1

run mailauth -j -z zone list-arc3.eml
is "$(printf %s "$out" | jq -c '.arc.override')" null "nobody is trusted by default"
is "$(printf %s "$out" | jq -c '[.arc.sets[].saw | .authserv_id, .dkim, .dmarc]')" \
	'["lists.gardeners.example","pass","pass","mail.federation.example","fail","fail","fwd.alumni.example","pass","fail"]' \
	"the claims of each set are read"
is "$(printf %s "$out" | jq -r '.arc.sets[1].saw.results[] |
	select(.method == "spf").properties["smtp.mailfrom"]')" \
	talk-bounces@lists.gardeners.example "with their properties"

all="--trust-sealer gardeners.example --trust-sealer Federation.Example
	--trust-sealer alumni.example"
run mailauth -z zone $all list-arc3.eml
exit_is 1 "trust does not change the verdict"
like "$(echo $out)" "trust in its sealers would let it pass: gardeners.example \(set 1\) saw SPF pass, aligned with brightwater.example" \
	"all sealers are trusted"
run mailauth -j -z zone $all list-arc3.eml
is "$(printf %s "$out" | jq -c '[.verdict, .arc.override.justified]')" \
	'["fail",true]' "JSON says the same"
run mailauth -z zone --trust-sealer gardeners.example list-arc3.eml
like "$(echo $out)" "changes nothing: alumni.example \(set 3\) is not one" \
	"one that is not trusted is enough"
run mailauth -z zone --trust-sealer x.example pass.eml
exit_is 0 "a pass stays one"
like "$out" "changes nothing: DMARC does not fail" "nothing to override"
run mailauth -z zone --trust-sealer x.example unaligned.eml
like "$out" "changes nothing: there is no ARC chain" "no chain"
run mailauth -z zone --trust-sealer 192.0.2.1 pass.eml
exit_is 2 "an address seals nothing"

# a set that is taken out
awk '/^[^ \t]/ { out = /^ARC-[A-Za-z-]*: i=2;/ } !out' list-arc3.eml \
	>"$tmp/gap.eml"
run mailauth -v -z zone "$tmp/gap.eml"
like "$out" "^    seal: missing$" "-v says which seal is missing"
like "$out" "^    verified: seal not checked, message signature not checked$" \
	"what is malformed is not checked"

# what counts is what the sealer saw, aligned by us
sed 's/d=brightwater.example/d=elsewhere.example/;
	s/mailfrom=alice@brightwater/mailfrom=alice@elsewhere/' \
	list-arc.eml >"$tmp/claims.eml"
run mailauth -z zone --trust-sealer gardeners.example "$tmp/claims.eml"
like "$(echo $out)" "changes nothing: the ARC chain is broken" \
	"claims are under the seal"

{ echo "DKIM2-Signature: i=1; m=1; d=rosewood.example"; cat pass.eml; } \
	>"$tmp/dkim2.eml"
run mailauth -z zone "$tmp/dkim2.eml"
exit_is 0 "DKIM2 does not count"
like "$out" "DKIM2 is present: a draft, not evaluated" "it is shown"
run mailauth -j -z zone "$tmp/dkim2.eml"
is "$(printf %s "$out" | jq -c .dkim2)" '{"present":true,"evaluated":false}' \
	"DKIM2 in JSON"
done_testing
