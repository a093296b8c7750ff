#!/bin/sh
# report_limits.t - mailauth report: much of something, and what must not be
# harmed.
. "$(dirname "$0")/lib.sh"

# record COUNT RESULT FROM [REASON]
record() {
	printf '<record><row><source_ip>192.0.2.1</source_ip><count>%s</count>' \
		"$1"
	printf '<policy_evaluated><disposition>none</disposition>'
	printf '<dkim>%s</dkim><spf>%s</spf>%s</policy_evaluated></row>' \
		"$2" "$2" "${4:+<reason><type>$4</type></reason>}"
	printf '<identifiers><header_from>%s</header_from></identifiers>' "$3"
	printf '<auth_results/></record>\n'
}
# report BEGIN END: records from standard input
report() {
	printf '<feedback><report_metadata><org_name>mx.example</org_name>'
	printf '<report_id>%s</report_id><date_range><begin>%s</begin>' "$1" "$1"
	printf '<end>%s</end></date_range></report_metadata>' "$2"
	printf '<policy_published><domain>shop.example</domain><p>none</p>'
	printf '</policy_published>\n'
	cat
	printf '</feedback>\n'
}

# --- numbers

most=9223372036854775807
for i in 0 1; do
	{
		for _ in 1 2 3; do
			record $most pass shop.example
			record $most fail shop.example forwarded
		done
	} | report $((1780272000 + i * 86400)) $((1780358399 + i * 86400)) \
		>"$tmp/most$i.xml"
done
run mailauth report -v "$tmp/most0.xml" "$tmp/most1.xml"
unlike "$out" 'report-unknown' 'sums that are full: no source is unknown'
like "$out" '^  2026-06-01 18,446,744,073,709,551,615 100\.0 % #' \
	'numbers that are too long for their column'
record 7 pass shop.example | report 4102444800 4102531199 >"$tmp/late.xml"
run mailauth report -v "$tmp/late.xml"
unlike "$err" 'milliseconds' 'a report of the year 2100'
like "$out" ' on 2100-01-01' 'is one of that year'
record 7 pass shop.example | report 1780272000 1780272000 >"$tmp/moment.xml"
run mailauth report "$tmp/moment.xml"
like "$out" '  7 on 2026-06-01; ' 'a period of one moment, at midnight'
report 1780272000 1780358399 </dev/null >"$tmp/none.xml"
run mailauth report "$tmp/none.xml"
like "$out" '^  reports   1 report without records$' 'no records, no share'

# --- too little of something

gzip -c "$tmp/late.xml" | head -c 200 >"$tmp/cut.gz"
refuses 'a gzip file that ends before any text' \
	'the gzip data end too early' report "$tmp/cut.gz"

# --- many of something

{
	record 3 pass shop.example
	awk 'BEGIN { for (i = 0; i < 20100; i++)
		print "<record><row><source_ip>192.0.2.1</source_ip><count>1" \
			"</count></row><identifiers><header_from>x" i \
			".example</header_from></identifiers></record>" }'
	record 4 pass shop.example
} | report 1780272000 1780358399 >"$tmp/from.xml"
run mailauth report -v --by from "$tmp/from.xml"
like "$(printf '%s\n' "$out" | grep '^  shop')" '^  shop\.example +7 ' 'more names in From than are kept apart'
awk 'BEGIN { for (i = 0; i < 40000; i++) {
	printf "From r@mx.example Mon Jun  1 00:00:00 2026\nA: b\n\n"
	printf "<feedback><report_metadata><date_range><begin>%d</begin>",
		1780272000 + i
	printf "</date_range></report_metadata><policy_published><domain>"
	printf "%s.example</domain></policy_published></feedback>\n\n",
		i % 2 ? "shop" : "d" i
} }' >"$tmp/box"
run timeout 60 "$MAILAUTH" report "$tmp/box"
exit_is 0 'a box of 40,000 reports without number about 20,001 domains'
like "$out" '^  reports   20,000 reports ' 'all of which count'

# --- an mbox in an archive, of which the first mail is not all

printf 'From a@b Mon Jun  1 00:00:00 2026\nA: b\n\n' |
	cat - "$tmp/late.xml" | gzip >"$tmp/box.gz"
refuses 'an mbox in an archive' 'mbox in an archive: unpack it' \
	report "$tmp/box.gz"

# --- a page over something else

cp "$tmp/late.xml" "$tmp/again.xml"
refuses '--html *.xml' 'which is no page' \
	report --html "$tmp/again.xml" "$tmp/late.xml"
cmp -s "$tmp/late.xml" "$tmp/again.xml"
result $? 'the report is still there' changed unchanged
run mailauth report -q --html "$tmp/page.html" "$tmp/late.xml"
exit_is 0 'a page'
run mailauth report -q --html "$tmp/page.html" "$tmp/late.xml"
exit_is 0 'over an older one'

# --- mails with more than one failure report

{
	printf 'From: r@mx.example\nMIME-Version: 1.0\n'
	printf 'Content-Type: multipart/report; report-type=feedback-report; '
	printf 'boundary=b\n\n'
	for ip in 192.0.2.1 192.0.2.2 192.0.2.3; do
		printf -- '--b\nContent-Type: message/feedback-report\n\n'
		printf 'Feedback-Type: auth-failure\nSource-IP: %s\n\n' $ip
		[ $ip = 192.0.2.2 ] || printf -- '--b\nContent-Type: %s\n\n%s\n' \
			message/rfc822 'Subject: a message'
	done
	printf -- '--b--\n'
} >"$tmp/failures.eml"
run mailauth report -j "$tmp/failures.eml"
is "$(printf '%s\n' "$out" | jq -r '.source.ip + " " + .message.subject')" \
	"$(printf '192.0.2.1 a message\n192.0.2.2 \n192.0.2.3 a message')" \
	'three failure reports in a mail'

done_testing
