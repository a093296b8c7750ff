#!/bin/sh
# records.t - mistakes in SPF and DMARC records, and the first finding of each.
. "$(dirname "$0")/lib.sh"
records=$PWD/tests/cli/records
cd "$tmp" || exit 1

cat >base <<'END'
_spf.vendor.example. TXT "v=spf1 ip4:198.51.100.0/24 -all"
a.example. TXT "v=spf1 -all"
b.example. TXT "v=spf1 -all"
broken.example. TXT "v=spf1 ipp4:1.2.3.4 -all"
mail.vendor.example. A 198.51.100.7
vendor.example. TXT "x"
d.test. MX 10 mail.vendor.example.
END
for i in 1 2 3 4 5 6 7 8 9 10 11; do
	echo "$i.w.example. A 198.51.100.7"
done >>base
printf 'From: a@d.test\nDate: Tue, 24 Nov 2026 10:00:00 +0000\n' >m.eml
printf 'Message-ID: <1@d.test>\n\nHi\n' >>m.eml

# The first that has no cause; of DMARC records the first about DMARC, since
# the message passes by SPF.
first='[.findings[] | select(.cause == null) | .code | select(test($of))][0]'
while IFS='|' read -r kind want record; do
	case $kind in '#'*) continue ;; esac
	text=$(printf '%s\n' "$record" | sed 's/[\\"]/\\&/g')
	cp base zone
	if [ "$kind" = spf ]; then
		printf 'd.test. TXT "%s"\n' "$text" >>zone
		run mailauth spf -z zone -j -i 203.0.113.5 -f x@d.test \
			-e mx.d.test
		of=.
	else
		printf 'd.test. TXT "v=spf1 ip4:192.0.2.1 -all"\n' >>zone
		printf '_dmarc.d.test. TXT "%s"\n' "$text" >>zone
		run mailauth -z zone -j -i 192.0.2.1 -f x@d.test \
			-e mx.d.test m.eml
		of='^dmarc-(?!spf-only)'
	fi
	is "$(printf '%s\n' "$out" | jq -r --arg of "$of" "$first")" "$want" \
		"$record"
done <"$records"
done_testing
