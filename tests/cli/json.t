#!/bin/sh
# json.t - the object of -j: its keys, their order, and hostile bytes.
. "$(dirname "$0")/lib.sh"
command -v jq >/dev/null || { echo "1..0 # skip jq is not installed"; exit 0; }
cd "$mail" || exit 1

field() {
	printf '%s\n' "$out" | jq -c "$1"
}

run mailauth -j -z zone pass.eml
exit_is 0 "pass"
is "$(printf '%s\n' "$out" | wc -l | tr -d ' ')" 1 "one line"
is "$(field 'keys_unsorted')" '["schema","file","verdict","client","from",'\
'"spf","spf_helo","dkim","arc","dmarc","dnssec","recorded","dkim2","findings","time"]' "keys"
is "$(field '.client | keys_unsorted')" \
	'["ip","helo","mail_from","source"]' "client"
is "$(field '.client.source')" '{"ip":"received:1","helo":"received:1",'\
'"mail_from":"return-path"}' "client.source"
is "$(field .from)" '{"address":"orders@rosewood.example",'\
'"domain":"rosewood.example"}' "from"
is "$(field .spf)" '{"result":"pass","scope":"mfrom",'\
'"domain":"rosewood.example","mechanism":"ip4:192.0.2.0/28",'\
'"explanation":null,"lookups":0,"void_lookups":0,'\
'"reason":"192.0.2.10 matched ip4:192.0.2.0/28"}' "spf"
is "$(field '.spf_helo | [.result, .scope, .domain]')" \
	'["pass","helo","mail.rosewood.example"]' "spf_helo"
is "$(field '.dkim[0]')" '{"result":"pass","domain":"rosewood.example",'\
'"selector":"oct25","identity":"@rosewood.example",'\
'"algorithm":"rsa-sha256","key_bits":2048,"body_hash":"pass",'\
'"header_hash":"pass","aligned":true,"testing":false,"expires":null,'\
'"unsigned_bytes":0,"reason":null}' "dkim"
run mailauth -j -z zone revoked.eml
is "$(field '.dkim[0] | [.key_bits, .body_hash, .header_hash]')" \
	'[null,"pass",null]' "what is not known of a key is null"
run mailauth -j -z zone pass.eml
is "$(field .arc)" \
	'{"result":"none","reason":null,"oldest_pass":0,"sets":[],"override":null}' "arc"
is "$(field '.dmarc | del(.reason)')" '{"result":"pass",'\
'"domain":"rosewood.example","policy_domain":"rosewood.example",'\
'"organizational_domain":"rosewood.example","policy":"reject",'\
'"disposition":"none","method":"treewalk",'\
'"record":"v=DMARC1; p=reject; sp=quarantine; '\
'rua=mailto:dmarc@rosewood.example","alignment":{"spf":true,"dkim":true},'\
'"rfc7489":{"result":"pass","organizational_domain":"rosewood.example",'\
'"policy_domain":"rosewood.example","policy":"reject"}}' "dmarc"
is "$(field .dnssec)" '{"spf":false,"dkim":[false],"dmarc":false}' "dnssec"
is "$(field '.findings[] | select(.code == "spf-ip-guessed") |
	[.code, .severity, .basis]')" \
	'["spf-ip-guessed","note","seen"]' "findings"
is "$(field '.time | keys_unsorted')" '["dns_ms","dns_queries","passes"]' time

run mailauth -j -z zone -i 192.0.2.10 -e mail.rosewood.example \
	-f orders@rosewood.example pass.eml
is "$(field '[[.findings[].code | select(. == "spf-ip-guessed")],
	.client.source.ip]')" '[[],"option"]' \
	"a client that is given is not guessed"
run mailauth -j -z zone list-arc3.eml
is "$(field '[.arc.result, (.arc.sets | length), .arc.oldest_pass]')" \
	'["pass",3,2]' "an ARC chain"
is "$(field '.arc.sets[0] | keys_unsorted')" '["instance","seal",'\
'"message_signature","domain","selector","cv","claims","saw"]' "an ARC set"
run mailauth -j -z zone unaligned.eml
is "$(field '.dmarc | [.result, .policy, .disposition]')" \
	'["fail","quarantine","quarantine"]' "what the policy asks for"
run mailauth -j -z zone --dmarc=rfc7489 pass.eml
is "$(field .dmarc.method)" '"psl"' "--dmarc=rfc7489 is the verdict"
run mailauth -j -z zone *.eml
is "$(field .verdict | wc -l | tr -d ' ')" \
	"$(ls ./*.eml | wc -l | tr -d ' ')" "JSON Lines"
run mailauth -jq -z zone pass.eml
is "$out" "" "-q is stronger than -j"

# bytes that are not UTF-8, and NUL
printf 'Return-Path: <a\377\200@rosewood.example>\nFrom: "x\001" <\303\244b@x.example>\nDKIM-Signature: v=1; a=rsa-sha256; d=\300\257.example; s=\000s; h=from; bh=x; b=x\n\nx\n' \
	>"$tmp/bytes"
run mailauth -j -z zone "$tmp/bytes"
is "$(printf '%s\n' "$out" | jq -r .schema)" 1 "hostile bytes: still JSON"
printf '%s\n' "$out" >"$tmp/json"
iconv -f UTF-8 -t UTF-8 "$tmp/json" >/dev/null 2>&1
is $? 0 "hostile bytes: still UTF-8"
cp pass.eml "$tmp/$(printf 'a\377b')"
run mailauth -j -z zone "$tmp/$(printf 'a\377b')"
like "$(field .file)" 'a\\\\xffb"$' "a file name that is not UTF-8"

# a terminal takes U+009B for ESC [, and JSON allows it in a string
printf 'From: a@b.example\nDKIM-Signature: v=1; d=\302\23331m\177; s=s\n\nx\n' \
	>"$tmp/c1.eml"
run mailauth -j -z zone "$tmp/c1.eml"
like "$out" 'xc2.*x9b31m.*x7f' "U+009B is written out"
is "$(printf '%s' "$out" | LC_ALL=C tr -cd '\177-\377')" "" \
	"no control characters of 8 bits, no DEL"
printf 'From: a@b.example\nDKIM-Signature: v=1; d=\342\200\256x\330\234; s=s\n\nx\n' \
	>"$tmp/bidi.eml"
run mailauth -j -z zone "$tmp/bidi.eml"
like "$out" 'xe2.*x80.*xaex.*xd8.*x9c' "U+202E and its like are written out"

done_testing
