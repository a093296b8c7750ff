#!/bin/sh
# annotate.t - the verdict as header fields: --header, --annotate, and what
# others have recorded.
. "$(dirname "$0")/lib.sh"
cd "$mail" || exit 1
us=mx.local.example

# --- the fields

run mailauth -z zone -m $us --header pass.eml
exit_is 0 "--header: the exit code stays that of the verdict"
is "$out" "Authentication-Results: $us;
 spf=pass smtp.mailfrom=rosewood.example;
 dkim=pass header.d=rosewood.example header.i=@rosewood.example header.s=oct25
 header.a=rsa-sha256 header.b=Qp+qrstL;
 arc=none;
 dmarc=pass header.from=rosewood.example" "--header: the field"
run mailauth -z zone -m $us --header --received-spf unaligned.eml
exit_is 1 "--header: not authenticated"
like "$out" "^Received-SPF: pass \(domain em.mailer.example" "--received-spf"
like "$out" "^Authentication-Results: $us;" "with the other"
run mailauth -z zone -m 'a"b' --header pass.eml
like "$out" '^Authentication-Results: "a\\"b";' "a name that must be quoted"
run mailauth -z zone -m "$(printf 'b\303\274cher.example')" --header pass.eml
like "$out" '^Authentication-Results: xn--bcher-kva.example;' "a U-label"
run mailauth -z zone -m "$(printf '\303.example')" --header pass.eml
exit_is 2 "what is not UTF-8 is no name"
for f in pass.eml unaligned.eml; do
	mailauth -z zone -m $us --header $f
	[ $f = unaligned.eml ] || echo
done >"$tmp/each"
run mailauth -z zone -m $us --header pass.eml unaligned.eml
is "$out" "$(cat "$tmp/each")" "several files: an empty line between them"
grep -v -e '^Received' -e '^Return-Path' -e "^$tab" pass.eml >"$tmp/bare.eml"
run mailauth -z zone -m $us --header --received-spf "$tmp/bare.eml"
unlike "$out" "spf=|Received-SPF" "no client: no SPF result"
no_field() { # WHY OPTIONS...
	why=$1
	shift
	run mailauth -z zone -m $us --header --received-spf "$@" "$tmp/bare.eml"
	is "$err" "mailauth: no Received-SPF field: $why" "and it is said: $*"
}
no_field "no client address (give -i IP -f SENDER)"
no_field "no client address (give -i IP)" -f a@b.example
no_field "no envelope sender (give -f SENDER)" -i 192.0.2.10
no_field "null sender, and no HELO name (give -e NAME)" -i 192.0.2.10 -f ''
run mailauth -z zone -m $us --header --hop 9 pass.eml
is "$err" "mailauth: there is no Received line 9 in 'pass.eml'" \
	"--hop beyond the last line"
run mailauth -z zone -m $us --header none.eml pass.eml
is "$code $(echo "$out" | head -1)" "2 Authentication-Results: $us;" \
	"no empty line for a file without a field"

# --- usage

for two in "--header -j" "--annotate --header" "--annotate -q" "--header -v" \
	"--annotate -1"; do
	run mailauth -z zone $two pass.eml
	is "$code ${err%%--*}" "2 mailauth: choose one of " "$two"
	is "$out" "" "$two: nothing is printed"
done
run mailauth -z zone --received-spf pass.eml
is "$code $err" "2 mailauth: --received-spf goes with --header or --annotate, \
or with 'mailauth spf'" "--received-spf alone"
run mailauth -z zone --annotate pass.eml pass.eml
is "$code $err" "2 mailauth: --annotate writes one message: name one file" \
	"--annotate of two"

# --- the message

# annotate FILE: the output in $tmp/new, its new field cut off in $tmp/rest
annotate() {
	run mailauth -z zone -m $us --annotate "$1"
	cp "$tmp/.out" "$tmp/new"
	awk 'cut == 0 && NR > 1 && !/^[ \t]/ { cut = 1 } cut' "$tmp/new" \
		>"$tmp/rest"
}

same() { # file, file, name
	cmp "$1" "$2" >"$tmp/cmp" 2>&1
	result $? "$3" "$(cat "$tmp/cmp")" "no difference"
}

for f in *.eml; do
	annotate "$f"
	same "$tmp/rest" "$f" "$f: all else stays, byte for byte"
	is "$(mailauth -z zone -j "$f" | jq -c '[.verdict, .spf, .dkim]')" \
		"$(mailauth -z zone -j "$tmp/new" |
			jq -c '[.verdict, .spf, .dkim]')" \
		"$f: its verdict stays"
done
cr=$(printf '\r')
annotate pass-lf.eml
is "$(grep -c "$cr" "$tmp/new")" 0 "LF stays LF"
annotate pass.eml
is "$(grep -c "$cr$" "$tmp/new")" "$(wc -l <"$tmp/new")" "CRLF stays CRLF"

mailauth -z zone -m $us --annotate <pass.eml >"$tmp/piped"
same "$tmp/piped" "$tmp/new" "from standard input"
{ echo "From orders@rosewood.example Tue Oct 14 09:12:04 2025"
	cat pass.eml; } >"$tmp/mbox"
run mailauth -z zone -m $us --annotate "$tmp/mbox"
is "$(sed -n 1p "$tmp/.out")" "$(sed -n 1p "$tmp/mbox")" "an mbox line stays first"
sed 1d "$tmp/.out" >"$tmp/cut"
same "$tmp/cut" "$tmp/new" "the rest of the mbox"
{ printf '\357\273\277'; cat pass.eml; } >"$tmp/bom.eml"
run mailauth -z zone -m $us --annotate "$tmp/bom.eml"
{ printf '\357\273\277'; cat "$tmp/new"; } >"$tmp/want"
same "$tmp/.out" "$tmp/want" "a byte order mark stays first"
printf 'From: a@rosewood.example' >"$tmp/short.eml"
run mailauth -z zone -m $us --annotate "$tmp/short.eml"
is "$(tail -n 1 "$tmp/.out")" "From: a@rosewood.example" \
	"a message of one unfinished line"

# more than fits in memory, and NUL and lone CR in it
{ cat pass.eml; head -c 3000000 /dev/zero; printf '\rx\r'; } >"$tmp/big.eml"
annotate "$tmp/big.eml"
mailauth -z zone -m $us --annotate "$tmp/big.eml" >"$tmp/big.new"
tail -c "$(wc -c <"$tmp/big.eml")" "$tmp/big.new" >"$tmp/big.rest"
same "$tmp/big.rest" "$tmp/big.eml" "three megabytes"

# --- forged fields

forge() { # the fields on top of pass.eml
	{ printf "$1"; cat pass.eml; } >"$tmp/forged.eml"
	annotate "$tmp/forged.eml"
	same "$tmp/rest" pass.eml "$2"
}
forge "Authentication-Results: $us; dmarc=pass\n" "a forged field goes"
forge "Authentication-Results: $us;\n dmarc=pass;\n\tdkim=pass\n" "folded"
forge "Authentication-results : MX.local.EXAMPLE. 1 (x); none\n" "disguised"
forge "Authentication-Results:\n (c) \"$us\";\n none\nAuthentication-Results: $us\n" \
	"several"
forge "X-Junk: x\rAuthentication-Results: $us; dmarc=pass\n" "behind a CR"
forge "X: x\rAuthentication-Results:\r $us; dmarc=pass\n" "folded by a CR"
forge "Authentication-Results: mx.\n local . example; none\n" "blanks around dots"
forge "Authentication-Results: mx(x;\\)).local.example; none\n" "a comment in it"
forge 'Authentication-Results: "mx".local.example; none\n' "half in quotes"
forge "Authentication-Results: mx.lo\0cal.example; none\n" "NUL in it"
forge "Authentication-Results: mx.lo\rcal.example; none\n" "a CR in it"
forge "Authentication-Results: \302\240$us; none\n" "behind a wide blank"
forge "Authentication-Results: \240$us; none\n" "behind one of Latin-1"
forge "Authentication-Results: =?utf-8?b?bXgubG9jYWwuZXhhbXBsZQ==?=; none\n" \
	"encoded"
{ sed "/^$cr$/,\$d" pass.eml; echo "Authentication-Results: $us; none"
	sed -n "/^$cr$/,\$p" pass.eml; } >"$tmp/forged.eml"
annotate "$tmp/forged.eml"
same "$tmp/rest" pass.eml "the last field of the header section"
{ printf "From x\rAuthentication-Results: $us; dmarc=pass\n"
	cat pass.eml; } >"$tmp/forged.eml"
run mailauth -z zone -m $us --annotate "$tmp/forged.eml"
is "$code$out" 2 "in the mbox line"
{ echo "Authentication-Results: mx.other.example; dmarc=pass"
	cat pass.eml; } >"$tmp/other.eml"
annotate "$tmp/other.eml"
same "$tmp/rest" "$tmp/other.eml" "those of others stay"
{ sed "/^$cr$/,\$d" pass.eml; echo "no field"
	echo "Authentication-Results: $us; dmarc=pass"
	sed -n "/^$cr$/,\$p" pass.eml; } >"$tmp/broken.eml"
annotate "$tmp/broken.eml"
is "$(tr -d '\r' <"$tmp/rest" | grep -n -e '^$' -e '^no field' | head -n 2 |
	cut -d: -f2 | tr '\n' ,)" ",no field," \
	"what is body to us is body to the next reader"
{ sed "/^$cr$/,\$d" pass.eml; printf '\nX: y\r\n'
	echo "Authentication-Results: $us; dmarc=pass"; } >"$tmp/mixed.eml"
annotate "$tmp/mixed.eml"
is "$(grep -n -e "^$cr*$" "$tmp/rest" | cut -d: -f2)" "$cr" \
	"an empty line of LF among CRLF becomes CRLF"
printf 'From x\rAuthentication-Results: %s; dmarc=pass\n' $us |
	cat - pass.eml >"$tmp/hidden.eml"
run mailauth -z zone -m $us --annotate "$tmp/hidden.eml"
is "$code$out" 2 "a field hidden in an mbox line"

# --- nothing is written when it fails

{ cat "$tmp/mbox"; echo; cat "$tmp/mbox"; } >"$tmp/two.mbox"
run mailauth -z zone --annotate "$tmp/two.mbox"
is "$code$out" 2 "an mbox of two"
run mailauth -z zone --annotate /nowhere.eml
is "$code$out" 2 "no file"
if [ -e /dev/full ]; then
	mailauth -z zone --annotate pass.eml >/dev/full 2>"$tmp/.err"
	is $? 2 "a full disk"
fi
# the end of the message is still in a buffer when the disk is full
{ cat pass.eml; head -c 1048500 /dev/zero; } >"$tmp/full.eml"
(
	trap '' XFSZ
	ulimit -f 1
	mailauth -z zone --annotate "$tmp/full.eml" 2>"$tmp/.err"
	echo $? >&2
) 2>"$tmp/.code" | wc -c >"$tmp/.count"
is "$(cat "$tmp/.code") $(tr -d ' ' <"$tmp/.count")" "2 0" "no room for a copy"
TMPDIR=/nowhere mailauth -z zone --annotate "$tmp/full.eml" \
	>"$tmp/.out" 2>"$tmp/.err"
is "$? $(cat "$tmp/.out" "$tmp/.err")" "2 mailauth: cannot keep a copy of the \
message: No such file or directory" "TMPDIR"

# --- what was recorded

{
	echo "Authentication-Results: mx1.lindenhof.example; spf=pass"
	echo " smtp.mailfrom=rosewood.example; dkim=fail (body)"
	echo " header.d=rosewood.example; dmarc=pass"
	echo "Authentication-Results: dkim=none (no signature); action=none"
	cat pass.eml
} >"$tmp/recorded.eml"
run mailauth -j -z zone "$tmp/recorded.eml"
is "$(printf %s "$out" | jq -c '.recorded[0] | [.authserv_id, .spf, .dkim, .dmarc,
	.arc, .hop, .differs]')" \
	'["mx1.lindenhof.example","pass","fail","pass",null,1,["dkim"]]' \
	"JSON: what was recorded, and what differs"
is "$(printf %s "$out" | jq -c '.recorded[1] | [.authserv_id, .dkim, .differs]')" \
	'[null,"none",["dkim"]]' "without a name"
is "$(printf %s "$out" | jq -r '.recorded[0].results[1].properties["header.d"]')" \
	rosewood.example "with properties"
is "$(mailauth -j -z zone pass.eml | jq -c .recorded)" "[]" "nothing recorded"
run mailauth -v -z zone "$tmp/recorded.eml"
like "$(echo $out)" "Authentication-Results at Received line 1 claims: mx1.lindenhof.example saw spf=pass smtp.mailfrom=rosewood.example; dkim=fail .*not as today: DKIM" \
	"-v shows it"
exit_is 0 "and it changes nothing"
done_testing
