#!/bin/sh
# The examples of the manual pages work as they stand there, and a page names
# every option that --help knows.
set -u
mailauth=${MAILAUTH:-$PWD/mailauth}
top=$PWD
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0 status=0

result() { # result NAME STATUS
	n=$((n + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		status=1
	fi
}

# In the examples the network is the shipped zone: a wrapper adds it, unless a
# zone is given, or the command takes none.
cat >"$work/mailauth" <<END
#!/bin/sh
command=\$1
if [ "\$1" = domain ] || [ "\$1" = report ]; then
	shift
	case " \$* " in
	*' -z '*) ;;
	*) set -- -z '$top/tests/mail/zone' "\$@" ;;
	esac
	exec '$mailauth' "\$command" "\$@"
fi
case " \$* " in
*' -z '* | *' --from-json '* | ' keygen '* | ' sign '* | ' setup '* | ' lint '*) ;;
*) set -- -z '$top/tests/mail/zone' "\$@" ;;
esac
exec '$mailauth' "\$@"
END
printf 'From: Ann <ann@shop.example>\nDate: %s\n\nHello\n' \
	'Tue, 24 Nov 2026 10:00:00 +0000' >"$work/mail.eml"
printf '#!/bin/sh\n[ -s "$1" ]\n' >"$work/deliver"
chmod +x "$work/mailauth" "$work/deliver"
cp tests/mail/pass.eml "$work/message.eml"
for folder in maildir/cur maildir/new mail; do
	mkdir -p "$work/$folder"
	cp tests/mail/pass.eml "$work/$folder/1"
	cp tests/mail/pass.eml "$work/$folder/2"
done

mkdir "$work/reports"
cat >"$work/reports/1.xml" <<'END'
<feedback><report_metadata><org_name>mx.example</org_name>
<report_id>1</report_id></report_metadata><policy_published>
<domain>rosewood.example</domain><p>none</p></policy_published><record><row>
<source_ip>192.0.2.10</source_ip><count>1</count><policy_evaluated>
<dkim>pass</dkim><spf>pass</spf></policy_evaluated></row></record></feedback>
END

# What the page of lint looks at.
cat >"$work/example.zone" <<'END'
$ORIGIN example.com.
@ MX 10 mx
@ TXT "v=spf1 mx -all"
mx A 192.0.2.1
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"
END
cat >"$work/dig" <<'END'
#!/bin/sh
echo '; <<>> DiG <<>>'
echo '_dmarc.example.com. 300 IN TXT "v=DMARC1; p=none; rua=mailto:a@example.com"'
END
chmod +x "$work/dig"
echo rosewood.example mailer.example >"$work/domains"

for page in man/*.1; do
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh STANDARDS/p' "$page"
done | awk '
	/^\.Dl \$ / { if (line) print line; line = substr($0, 7) }
	/^\.Dl \\ / { # it goes on
		gsub(/\\ /, "")
		sub(/ *\\e$/, "", line)
		line = line " " substr($0, 5)
	}
	END { print line }' | sed 's/\\(dq/"/g' >"$work/examples"
while read -r command; do
	(cd "$work" && PATH=$work:$PATH sh -c "$command") >"$work/out" 2>&1
	result "$command" $?
	grep -qx 'mailauth:.*' "$work/out" && sed 's/^/# /' "$work/out"
done <"$work/examples"
[ "$n" -ge 4 ]
result 'the pages have examples' $?

# The work spread over processes; there "all" has the lines of one run.
sed -n '/^\.Sh MANY/,/^\.Sh ENV/p' man/mailauth.1 |
	sed -n '/^\.Bd/,/^\.Ed/{/^\./d;s/\\e/\\/g;p;}' >"$work/spread"
if command -v parallel >/dev/null; then
	(cd "$work" && PATH=$work:$PATH sh ./spread) >"$work/out" 2>&1
	result 'spread with GNU parallel' $?
	(cd "$work" && ./mailauth -j mail | jq -c 'del(.time)') >"$work/one"
	jq -c 'del(.time)' "$work/all" | cmp -s - "$work/one" &&
		grep -q '^2 messages' "$work/out"
	result 'spread: the same as one run' $?
	jq -r 'select(.verdict == "pass") | .file' "$work/all" |
		grep -qx mail/2
	result 'spread: jq finds files' $?
fi

options_of() { # PAGE COMMAND...: every option of their --help
	page=$1
	shift
	for command; do "$mailauth" "$command" --help; done >"$work/help"
	for option in $(grep -oE -- '--[a-z][a-z0-9-]+' "$work/help" | sort -u)
	do
		grep -q -- "Fl -${option#--}" "man/$page" ||
			grep -qF -- " -${option#--}" "man/$page"
		result "$page has $option" $?
	done
}
options_of mailauth.1 check spf
options_of mailauth-keygen.1 keygen
options_of mailauth-lint.1 lint
options_of mailauth-domain.1 domain
options_of mailauth-setup.1 setup
options_of mailauth-sign.1 sign seal
options_of mailauth-report.1 report

sed -n '/^\.Ss JSON/,/^\.Sh/p' man/mailauth.1 >"$work/json"
{
	"$mailauth" -z tests/mail/zone -j tests/mail/list-arc3.eml
	"$mailauth" spf -z tests/mail/zone -j -i 192.0.2.1 -f a@b.example
	"$mailauth" -j none.eml 2>"$work/err"
} | jq -r 'del(.spf.tree[]?, .spf_helo.tree[]?,
	.arc?.sets[]?.saw.results[]?.properties,
	.recorded[]?.results[]?.properties) | paths[] | strings' | sort -u \
	>"$work/keys"
missing=$(while read -r key; do
	grep -qw -- "$key" "$work/json" || echo "$key"
done <"$work/keys")
[ -z "$missing" ] && [ -s "$work/keys" ]
result "the page has every key of -j" $?
echo "$missing" | sed -n 's/./# &/p'

# In 80 columns; a command that is cut in two does something else.
sed -n 's/^\.D[l1] //p' man/*.1 | sed 's/\\(dq/"/g;s/\\\([ e]\)/\1/g' |
	awk 'length > 67' >"$work/out"
[ ! -s "$work/out" ]
result 'no example is longer than its line' $?
sed 's/^/# /' "$work/out"

mandoc -T lint -W warning man/*.1 >"$work/out" 2>&1
result 'mandoc finds nothing wrong' $?

"$mailauth" explain --mdoc >"$work/findings"
cmp -s "$work/findings" man/mailauth-findings.7
result 'the manual of the findings is that of the catalogue (make manual)' $?

# --- the page of domain

sed -n '/^\.Ss JSON/,/^\.Sh/p' man/mailauth-domain.1 >"$work/json"
missing=$("$mailauth" domain -j -z tests/mail/zone -S oct25 --ptr \
	rosewood.example a@b 2>"$work/err" |
	jq -r 'paths[] | strings' | sort -u | while read -r key; do
		grep -qw -- "$key" "$work/json" || echo "$key"
	done)
[ -z "$missing" ]
result "the page of domain has every key of -j" $?
echo "$missing" | sed -n 's/./# &/p'

# --- the page of lint

sed -n '/^\.Ss JSON/,/^\.Sh/p' man/mailauth-lint.1 >"$work/json"
missing=$("$mailauth" lint -j 'p=none' 'v=STSv1;' |
	jq -r 'paths[] | strings' | sort -u | while read -r key; do
	grep -qw -- "$key" "$work/json" || echo "$key"
done)
[ -z "$missing" ]
result "the page of lint has every key of -j" $?
lines=$("$mailauth" --help | wc -l)
[ "$lines" -le 24 ] && [ "$("$mailauth" --help | wc -L)" -le 80 ]
result '--help fits one screen' $?

echo "1..$n"
exit $status
