#!/bin/sh
# report.t - mailauth report: what receivers say.
. "$(dirname "$0")/lib.sh"

# report FILE ORG ID DAY ROW...: a report; a row is "IP COUNT DKIM SPF DOMAIN".
report() {
	_file=$1 _org=$2 _id=$3 _day=$4
	shift 4
	{
		printf '<?xml version="1.0"?>\n<feedback><report_metadata>'
		printf '<org_name>%s</org_name><email>r@mx.example</email>' "$_org"
		printf '<report_id>%s</report_id><date_range><begin>%s</begin>' \
			"$_id" $((1780272000 + _day * 86400))
		printf '<end>%s</end></date_range></report_metadata>' \
			$((1780358399 + _day * 86400))
		printf '<policy_published><domain>shop.example</domain>'
		printf '<p>none</p></policy_published>\n'
		for _row; do
			set -- $_row
			printf '<record><row><source_ip>%s</source_ip>' "$1"
			printf '<count>%s</count><policy_evaluated>' "$2"
			printf '<disposition>none</disposition><dkim>%s</dkim>' "$3"
			printf '<spf>%s</spf></policy_evaluated></row>' "$4"
			printf '<identifiers><header_from>shop.example'
			printf '</header_from></identifiers><auth_results><spf>'
			printf '<domain>%s</domain><result>pass</result>' "$5"
			printf '</spf></auth_results></record>\n'
		done
		printf '</feedback>\n'
	} >"$_file"
}
value() { # jq expression, of the first object
	printf '%s\n' "$out" | head -n 1 | jq -r "$1"
}

mkdir "$tmp/in"
for day in 0 1 2 3 4 5 6; do
	report "$tmp/in/a$day.xml" mx.example "a$day" "$day" \
		'192.0.2.1 100 pass pass shop.example' \
		'2001:db8::25 20 pass fail em.mailer.example' \
		'203.0.113.9 3 fail fail evil.example'
done
report "$tmp/in/b.xml" post.example b 0 \
	'198.51.100.7 40 fail fail em.sendgrid.net'

# --- the answer

run mailauth report "$tmp/in"
exit_is 1 'an error was found'
like "$out" '^PROBLEM  shop\.example: not yet: p=quarantine' 'the answer first'
like "$out" '\(40 of 880\) of the messages' 'what would be lost'
like "$out" '^  messages  901 on 7 days, 2026-06-01 to 2026-06-07; 93\.2 % pass' \
	'how much, and when'
like "$out" '^  reports   8 reports by mx\.example, post\.example$' 'by whom'
like "$out" '^  198\.51\.100\.7 +40  fail   unaligned  none' 'the worst first'
like "$out" '^  192\.0\.2\.1 +700  pass   aligned    aligned' 'the best last'
like "$out" 'passes for em\.sendgrid\.net' 'who vouches'
like "$out" 'dmarc-unaligned-esp' 'the service'
like "$out" 'report-unknown-source.*21 messages from 1 source' 'unknown sources'
like "$out" '^  2026-06-01 +163 ' 'a time line'
like "$out" '^  2026-06-07 +123   97\.6 % ' 'to the last day'
[ "$(printf '%s\n' "$out" | awk 'length > 80' | wc -l)" -eq 0 ]
result $? 'no line is longer than 80' "$out" '80 columns'

run mailauth report -q "$tmp/in"
is "$code $out" '1 ' '-q: the exit code alone'
run mailauth report --color always "$tmp/in"
like "$out" "^$esc\[31mPROBLEM" 'colour'

# --- tables

run mailauth report --by reporter "$tmp/in"
like "$out" '^  mx\.example +861 ' '--by reporter'
run mailauth report --by network "$tmp/in"
like "$out" '^  2001:db8::/48 +140 ' '--by network, IPv6'
like "$out" '^  203\.0\.113\.0/24 +21  fail' '--by network, IPv4'
run mailauth report --by day "$tmp/in"
like "$out" '^  2026-06-01 +163 ' '--by day'
run mailauth report --by from "$tmp/in"
like "$out" '^  shop\.example +901 ' '--by from'
refuses 'another word for --by' "did you mean 'reporter'" report --by reporters x
refuses 'two formats' 'exclude' report -j --csv "$tmp/in"

# --- order and duplicates

run mailauth report "$tmp/in"/a*.xml "$tmp/in/b.xml"
first=$out
run mailauth report "$tmp/in/b.xml" $(ls -r "$tmp/in"/a*.xml)
is "$out" "$first" 'in whatever order'
run mailauth report "$tmp/in"/*.xml "$tmp/in/b.xml"
is "$out" "$first" 'a file that is named twice is read once'

cp "$tmp/in/b.xml" "$tmp/again.xml"
run mailauth report -j "$tmp/in/b.xml" "$tmp/again.xml"
is "$(printf '%s\n' "$out" | jq -r .kind | sort | uniq -c | tr -s ' ')" \
	"$(printf ' 1 aggregate\n 1 duplicate')" 'a duplicate is named'
is "$(printf '%s\n' "$out" | jq -r 'select(.kind == "duplicate") | .same')" \
	true 'and says the same'
run mailauth report "$tmp/in/b.xml" "$tmp/again.xml"
like "$out" '^  left out  1 that came once more' 'counted once'
like "$out" '^  messages  40 ' 'and not twice'
report "$tmp/other.xml" post.example b 0 '198.51.100.8 9 pass pass shop.example'
run mailauth report "$tmp/in/b.xml" "$tmp/other.xml"
like "$err" 'says other things' 'a report with the number of another'
like "$out" 'left out  1 with the number of another' 'is left out'

# --- forms

gzip -k "$tmp/in/b.xml" && mv "$tmp/in/b.xml.gz" "$tmp/b.xml.gz"
{
	printf 'From: r@post.example\nSubject: Report Domain: shop.example\n'
	printf 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n'
	printf -- '--x\nContent-Type: text/plain\n\nThis is a report.\n--x\n'
	printf 'Content-Type: application/gzip; name=r.xml.gz\n'
	printf 'Content-Transfer-Encoding: base64\n\n'
	base64 "$tmp/b.xml.gz"
	printf -- '--x--\n'
} >"$tmp/mail.eml"
for name in b.xml.gz mail.eml; do
	run mailauth report "$tmp/$name"
	like "$out" '^  messages  40 ' "$name"
done
run mailauth report <"$tmp/b.xml.gz"
like "$out" '^  messages  40 ' 'standard input'
printf '%s\0' "$tmp/in/a0.xml" "$tmp/in/a1.xml" |
	mailauth report -0 >"$tmp/list"
like "$(cat "$tmp/list")" '^  messages  246 ' '-0'
{
	printf 'From r@post.example Mon Jun  1 00:00:00 2026\n'
	cat "$tmp/mail.eml"
	printf '\nFrom x@post.example Mon Jun  1 00:00:00 2026\n'
	printf 'From: x@post.example\nSubject: no report\n\nHello\n'
} >"$tmp/box"
run mailauth report -j "$tmp/box"
is "$(value .file)" "$tmp/box:1" 'a message of a box'
is "$err" '' 'another without a report is nothing to worry about'
is "$(printf '%s\n' "$out" | jq -r 'select(.code) | .code + .file')" \
	"no-report$tmp/box:2" 'JSON has a word for it'
exit_is 1 'and the exit code is that of the others'
run mailauth report "$tmp/box"
like "$out" '^  left out  1 mail without a report' 'and so has the text'
run mailauth report -v "$tmp/box"
like "$err" "no report in .*box:2'" '-v names it'
printf 'From: x@post.example\nSubject: no report\n\nHello\n' >"$tmp/hello"
refuses 'a mail without a report, alone' "no report in .*hello'" \
	report "$tmp/hello"
cp "$tmp/hello" "$tmp/hello2"
refuses 'two of them' 'no report in any of 2 mails' \
	report "$tmp/hello" "$tmp/hello2"

# --- damage

head -c 900 "$tmp/in/a0.xml" >"$tmp/cut.xml"
run mailauth report -j "$tmp/cut.xml"
exit_is 2 'a report that ends too early'
like "$err" 'ends too early; whole records that are counted: 1' 'what of it counts'
refuses 'no such file' 'No such file' report "$tmp/none"
refuses 'an empty file' 'it is empty' report /dev/null
printf '<!DOCTYPE a [<!ENTITY b "c">]><feedback/>' >"$tmp/dtd.xml"
refuses 'a DTD' 'document type declaration' report "$tmp/dtd.xml"
printf '<html><body>x</body></html>' >"$tmp/page.xml"
refuses 'a page' 'no DMARC report, but <html>' report "$tmp/page.xml"
run mailauth report -j "$tmp/page.xml" "$tmp/in/b.xml"
exit_is 2 'one that cannot be read among others'
is "$(printf '%s\n' "$out" | jq -r '.code // .kind' | sort | tr '\n' ' ')" \
	'aggregate unreadable ' 'the others are read'

sed 's/<org_name>/<extra>1<\/extra>&/;s/post.example</Post \& Co</' \
	"$tmp/in/b.xml" >"$tmp/slips.xml"
run mailauth report "$tmp/slips.xml"
is "$err" '' 'slips are read'
like "$out" 'by Post & Co$' 'as they were meant'
run mailauth report -v "$tmp/slips.xml"
like "$err" '<extra> is not known' '-v says what was wrong'
like "$err" 'not written as entities' 'all of it'

# --- what is hostile

report "$tmp/evil.xml" "$(printf '\033[31mred')" 'x' 0 \
	'192.0.2.1 5 pass pass <script>alert(1)</script>' \
	'192.0.2.2 5 fail fail =cmd|x!A1'
sed -i 's|<script>alert(1)</script>|\&lt;script\&gt;alert(1)\&lt;/script\&gt;|' \
	"$tmp/evil.xml"
sed -i 's|<header_from>shop.example|<header_from>=cmd\&lt;script\&gt;|' \
	"$tmp/evil.xml"
run mailauth report -v --html "$tmp/page.html" "$tmp/evil.xml"
unlike "$out" "$esc" 'no escape sequence reaches the terminal'
unlike "$(cat "$tmp/page.html")" '<script' 'no script reaches the page'
like "$(cat "$tmp/page.html")" '=cmd&lt;script&gt;' 'but its text does'
run mailauth report --csv "$tmp/evil.xml"
like "$out" ',"'"'"'=cmd<script>",' 'a formula is text in CSV'
is "$(printf '%s\n' "$out" | head -n 1 | tr -d '\r' | cut -d, -f1-3)" \
	'file,org,report_id' 'CSV has titles'

# --- JSON

run mailauth report -j "$tmp/in/b.xml"
is "$(value '[.kind, .report.org, .report.begin, .policy.domain, .count] | tojson')" \
	'["aggregate","post.example",1780272000,"shop.example",40]' 'a record'
is "$(value '.source.ip + " " + .dmarc + " " + .auth.spf[0].domain')" \
	'198.51.100.7 fail em.sendgrid.net' 'and its results'

# --- names

cat >"$tmp/zone" <<'END'
1.2.0.192.in-addr.arpa. PTR mail.shop.example.
mail.shop.example. A 192.0.2.1
9.113.0.203.in-addr.arpa. PTR mail.bank.example.
mail.bank.example. A 192.0.2.77
END
run mailauth report --ptr -z "$tmp/zone" "$tmp/in"
like "$out" '^    mail\.shop\.example$' 'a name that leads back'
like "$out" '^    mail\.bank\.example \?' 'a name that does not'

# --- the page

run mailauth report --html "$tmp/page.html" "$tmp/in"
page=$(cat "$tmp/page.html")
like "$page" '^<!DOCTYPE html>' 'a page'
unlike "$page" '(src|href)=' 'it needs nothing from elsewhere'
like "$page" '<svg class="days"' 'a picture of the days'
like "$page" '<td class="key">198\.51\.100\.7</td>' 'the table'
like "$page" 'not yet: p=quarantine' 'the answer'
run mailauth report -q --html "$tmp/none/page.html" "$tmp/in"
exit_is 2 'a page that cannot be written'
like "$err" "cannot write .*none/page.html" 'and why'

# --- failure reports, TLS reports

cat >"$tmp/failure.eml" <<'END'
From: noreply@mx.example
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

A message failed.
--b
Content-Type: message/feedback-report

Feedback-Type: auth-failure
User-Agent: mx/1.0
Version: 1
Auth-Failure: dmarc
Identity-Alignment: none
Source-IP: 203.0.113.9
Delivery-Result: reject

--b
Content-Type: text/rfc822-headers

From: "Shop" <news@shop.example>
Subject: Your invoice
--b--
END
run mailauth report "$tmp/failure.eml"
like "$out" '203\.0\.113\.9' 'a failure report'
like "$out" 'Your invoice' 'and what it was about'
run mailauth report -j "$tmp/failure.eml"
is "$(value '.kind + " " + .source.ip + " " + .message.header_from')" \
	'failure 203.0.113.9 shop.example' 'a failure report as JSON'

cat >"$tmp/tls.json" <<'END'
{"organization-name":"mx.example","date-range":{"start-datetime":
"2026-06-01T00:00:00Z","end-datetime":"2026-06-01T23:59:59Z"},"report-id":"1",
"contact-info":"t@mx.example","policies":[{"policy":{"policy-type":"sts",
"policy-domain":"shop.example"},"summary":{"total-successful-session-count":97,
"total-failure-session-count":3},"failure-details":[{"result-type":
"certificate-expired","failed-session-count":3}]}]}
END
run mailauth report "$tmp/tls.json"
exit_is 1 'a TLS report with failures'
like "$out" 'certificate-expired' 'and why'
gzip -k "$tmp/tls.json"
run mailauth report -j "$tmp/tls.json.gz"
is "$(value '.kind + " " + (.failed | tostring)')" 'tls 3' \
	'a TLS report as JSON'

done_testing
