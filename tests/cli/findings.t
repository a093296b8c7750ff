#!/bin/sh
# findings.t - what is found in the file itself, and how findings are shown.
. "$(dirname "$0")/lib.sh"
cd "$mail" || exit 1

codes() { # FILE: the codes of its findings
	mailauth -j -z zone "$1" | jq -r '.findings[].code'
}
has() { # FILE, code, name
	like "$(codes "$1")" "^$2\$" "$3"
}
hasnt() {
	unlike "$(codes "$1")" "^$2\$" "$3"
}

{ echo "From x@y Tue Oct 14 09:12:04 2025"; cat pass.eml; } >"$tmp/mbox"
has "$tmp/mbox" input-mbox "an mbox line"
hasnt pass.eml input-mbox "no mbox line"
{ echo; cat pass.eml; } >"$tmp/junk"
has "$tmp/junk" input-junk-before "an empty line before the message"
hasnt pass.eml input-junk-before "nothing before it"
cr=$(printf '\r')
sed "/^$cr$/,\$d" pass.eml >"$tmp/head"
has "$tmp/head" input-headers-only "no body"
hasnt pass.eml input-headers-only "a body"
{ cat "$tmp/head"; echo "no field"; sed -n "/^$cr$/,\$p" pass.eml; } \
	>"$tmp/broken"
has "$tmp/broken" msg-header-broken "a line that is no field"
hasnt pass.eml msg-header-broken "only fields"
{ printf 'X-Long: '; head -c 1000 /dev/zero | tr '\0' x; printf '\r\n'
	cat pass.eml; } >"$tmp/long"
has "$tmp/long" msg-line-long "a line over 998 octets"
hasnt pass.eml msg-line-long "no such line"

run mailauth explain dmarc-unaligned-esp
exit_is 0 "explain"
like "$(echo $out)" "^error\[dmarc-unaligned-esp\]: .* = fix: at" \
	"says what it means, and what to do"
run mailauth explain "error[dmarc-list]: the list"
exit_is 0 "explain: as a report shows it"
run mailauth explain
is "$code $(echo "$out" | grep -c '^[a-z]')" \
	"0 $(grep -c '^FINDING(' ../../include/mailauth/findings/*.def |
		awk -F: '{ n += $2 } END { print n }')" "explain: all of them"
run mailauth explain dmarc-unalined-esp nothing-like-it
is "$code $err" "2 mailauth: no finding 'dmarc-unalined-esp', did you mean \
'dmarc-unaligned-esp'?
mailauth: no finding 'nothing-like-it'; 'mailauth explain' lists them" \
	"explain: no such code"

# --- what would be much work

{ sed '/^DKIM-Signature/,$d' pass.eml
	sed -n '/^DKIM-Signature/,/^From/p' pass.eml | sed '$d' | awk '
		/h=from : to/ { sub(/h=.*/, "h=from :")
			for (i = 0; i < 3000; i++) $0 = $0 "\r\n from:" }
		{ print }'
	awk 'BEGIN { while (i++ < 3000) print "From: a@rosewood.example" }'
	for name in Cc Reply-To Author; do
		printf '%s: %0150000d\n' $name 0
	done
	echo; echo text; } >"$tmp/from.eml"
run mailauth -q -z zone "$tmp/from.eml"
quiet=$code
run mailauth -z zone "$tmp/from.eml"
is "$code $err" "$quiet " "thousands of signed From fields"
{ for i in 0 1 2 3 4; do for k in 0 1 2 3 4 5 6 7 8 9; do
	sed -n '/^DKIM-Signature/,/^From/p' pass.eml | sed -e '$d' \
		-e "s/bh=..../bh=AA$i$k/"
done; done
	echo "From: a@rosewood.example"; echo
	awk 'BEGIN { while (i++ < 2000000) print "a" }'; } >"$tmp/lines.eml"
(ulimit -t 15; mailauth -z zone "$tmp/lines.eml") >/dev/null 2>&1
is $? 1 "millions of short lines"

# --- records made to keep us busy

hostile() { # NAME, start, what is repeated, end, name of the test
	{
		echo '_dmarc.hostile.example. TXT "v=DMARC1; p=reject"' |
			grep -v "^$1\\."
		awk -v name="$1" -v start="$2" -v s="$3" -v end="$4" 'BEGIN {
			printf "%s. TXT ( \"%s\"\n", name, start
			for (n = 0; n < 60000; n += length(s) + 1)
				printf "\"%s\"\n", s
			printf "\"%s\" )\n", end }'
	} >"$tmp/hostile.zone"
	(ulimit -t 4; mailauth -z "$tmp/hostile.zone" -i 192.0.2.1 \
		-f a@hostile.example "$tmp/hostile.eml") >/dev/null 2>&1
	is $? 1 "$5"
}
printf 'From: a@hostile.example\n\nhello\n' >"$tmp/hostile.eml"
hostile hostile.example 'v=spf1 ' a '' "SPF: a word of many strings"
hostile hostile.example 'v=spf1 x=a' +all '' "SPF: terms without spaces"
hostile _dmarc.hostile.example 'v=DMARC1; p=none; x=y' '  ' z \
	"DMARC: many blanks"
hostile _dmarc.hostile.example 'v=DMARC1; p=none; x=y' ' ,' z \
	"DMARC: many commas"

# --- how many

# forged signatures must not crowd out what else is wrong
{
	echo "From: a@rosewood.example"
	awk 'BEGIN { while (i++ < 40)
		print "DKIM-Signature: v=1; a=rsa-sha256; d=rosewood.example;\n" \
			" s=oct25; h=from; b=AAAA;\n" \
			" bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }'
	printf '\nhello\n'
} >"$tmp/forged.eml"
forged=$(mailauth -j -i 203.0.113.99 -f a@rosewood.example -z zone \
	"$tmp/forged.eml" | jq -r '.findings[].code')
for code in dkim-body-changed dmarc-no-pass spf-not-authorized; do
	like "$forged" "^$code\$" "40 signatures: $code is told"
done

run mailauth -z zone unaligned.eml
n=$(echo "$out" | grep -c '^\(error\|warning\|note\)\[')
is "$((n <= 3))" 1 "three at most"
run mailauth -v -z zone unaligned.eml
is "$(echo "$out" | grep -c '^\(error\|warning\|note\)\[')" \
	"$(codes unaligned.eml | wc -l)" "-v: all of them"
run mailauth -z zone --color=always unaligned.eml
like "$out" "$esc\[31merror\[dmarc-unaligned-esp\]$esc\[0m: " "in colour"
is "$(grep -o '"[a-z0-9*-]\{1,4\}"' ../../src/findings/order.c)" "" \
	"no pattern is too short for matches() to look at"

done_testing
