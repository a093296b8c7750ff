#!/bin/sh
# The examples of the manual page work as they stand there, and the page names
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
# zone is given.
cat >"$work/mailauth" <<END
#!/bin/sh
case " \$* " in
' lint '* | *' -z '* | *' --from-json '*) ;;
*) set -- -z '$top/tests/mail/zone' "\$@" ;;
esac
exec '$mailauth' "\$@"
END
printf '#!/bin/sh\n[ -s "$1" ]\n' >"$work/deliver"
chmod +x "$work/mailauth" "$work/deliver"
cp tests/mail/pass.eml "$work/message.eml"
for folder in maildir/cur maildir/new mail; do
	mkdir -p "$work/$folder"
	cp tests/mail/pass.eml "$work/$folder/1"
	cp tests/mail/pass.eml "$work/$folder/2"
done

sed -n '/^\.Sh EXAMPLES/,/^\.Sh STANDARDS/s/^\.Dl \$ //p' man/mailauth.1 \
	>"$work/examples"
while read -r command; do
	(cd "$work" && PATH=$work:$PATH sh -c "$command") >"$work/out" 2>&1
	result "$command" $?
	grep -qx 'mailauth:.*' "$work/out" && sed 's/^/# /' "$work/out"
done <"$work/examples"
[ "$n" -ge 4 ]
result 'the page has examples' $?

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

"$mailauth" --help >"$work/help"
"$mailauth" spf --help >>"$work/help"
for option in $(grep -oE -- '--[a-z][a-z0-9-]+' "$work/help" | sort -u); do
	grep -q -- "Fl -${option#--}" man/mailauth.1 ||
		grep -qF -- " -${option#--}" man/mailauth.1
	result "the page has $option" $?
done

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

mandoc -T lint -W warning man/mailauth.1 >"$work/out" 2>&1
result 'mandoc finds nothing wrong' $?

"$mailauth" explain --mdoc >"$work/findings"
cmp -s "$work/findings" man/mailauth-findings.7
result 'the manual of the findings is that of the catalogue (make manual)' $?

# --- the page of lint

cat >"$work/example.zone" <<'END'
$ORIGIN example.com.
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"
END
cat >"$work/dig" <<'END'
#!/bin/sh
echo '; <<>> DiG <<>>'
echo '_dmarc.example.com. 300 IN TXT "v=DMARC1; p=none; rua=mailto:a@example.com"'
END
chmod +x "$work/dig"
sed -n 's/^\.Dl \$ //p' man/mailauth-lint.1 >"$work/examples"
while read -r command; do
	(cd "$work" && PATH=$work:$PATH sh -c "$command") >"$work/out" 2>&1
	result "$command" $?
	grep -qx 'mailauth:.*' "$work/out" && sed 's/^/# /' "$work/out"
done <"$work/examples"
"$mailauth" lint --help >"$work/help"
for option in $(grep -oE -- '--[a-z][a-z0-9-]+' "$work/help" | sort -u); do
	grep -q -- "Fl -${option#--}" man/mailauth-lint.1 ||
		grep -qF -- " -${option#--}" man/mailauth-lint.1
	result "the page of lint has $option" $?
done
sed -n '/^\.Ss JSON/,/^\.Sh/p' man/mailauth-lint.1 >"$work/json"
missing=$("$mailauth" lint -j 'p=none' 'v=STSv1;' |
	jq -r 'paths[] | strings' | sort -u | while read -r key; do
	grep -qw -- "$key" "$work/json" || echo "$key"
done)
[ -z "$missing" ]
result "the page of lint has every key of -j" $?
mandoc -T lint -W warning man/mailauth-lint.1 >"$work/out" 2>&1
result 'mandoc finds nothing wrong in it' $?

lines=$("$mailauth" --help | wc -l)
[ "$lines" -le 24 ] && [ "$("$mailauth" --help | wc -L)" -le 80 ]
result '--help fits one screen' $?

echo "1..$n"
exit $status
