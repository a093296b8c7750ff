#!/bin/sh
# lint.t - records before they are published: where they are read, how the
# outcome is told, and what hostile texts may cost.
. "$(dirname "$0")/lib.sh"
top=$PWD
cd "$tmp" || exit 1
dkim='v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='

# --- what every newcomer starts from

for record in 'v=spf1 ip4:192.0.2.1 -all' 'v=spf1 a:mail.example.com -all' \
	'v=spf1 mx -all' 'v=DMARC1;p=none;rua=mailto:dmarc@example.com'; do
	run mailauth lint --strict "$record"
	exit_is 0 "clean: $record"
	like "$out" '^FINE   (SPF|DMARC) record: ' "and told so: $record"
done

# --- where it is read

run mailauth lint 'v=spf1 mx -all'
is "$code $out" "0 FINE   SPF record: nothing to be said against it" \
	"an argument"
for args in '' - '-f -' '-f text'; do
	echo 'v=spf1 mx -all' >text
	# shellcheck disable=SC2086
	run mailauth lint $args <text
	is "$code $out" \
		"0 FINE   SPF record: nothing to be said against it" \
		"from '$args'"
done
run mailauth lint v=spf1 mx -all
is "$code $out" "0 FINE   SPF record: nothing to be said against it" \
	"without quotation marks, in the shell"
run mailauth lint -j v=spf1 mx '~all' "$dkim" 'b.test. TXT "v=spf1 a -all"'
is "$(echo "$out" | jq -r '.type + " " + .text')" \
	"spf v=spf1 mx ~all
dkim $dkim
spf v=spf1 a -all" "several arguments"
printf 'b.test.\tTXT\t"v=spf1 mx -all"\r\n; none\r\n\r\nb.test. A 192.0.2.1\r\n' \
	>crlf
run mailauth lint -j -f crlf
is "$(echo "$out" | jq -c '[.file, .line, .name, .type, .text, .errors]')" \
	'["crlf",1,"b.test","spf","v=spf1 mx -all",0]' "a file with CRLF"
printf '\357\273\277b.test. TXT "v=spf1 mx -all"\n' >bom
run mailauth lint -j -f bom
is "$(echo "$out" | jq -r .name)" b.test "a byte order mark"
run mailauth lint -t dkim 'p='
like "$out" '^WARN   DKIM key: .*dkim-key-revoked|dkim-key-revoked' "--type"
run mailauth lint -j -d b.test 'v=spf1 mx -all' "$dkim" 'v=STSv1; id=1'
is "$(echo "$out" | jq -r .name)" "b.test
SELECTOR._domainkey.b.test
_mta-sts.b.test" "--domain names bare texts"
run mailauth lint -j -d s._domainkey.b.test "$dkim"
is "$(echo "$out" | jq -r .name)" s._domainkey.b.test "the name of a key"

# --- the outcome

run mailauth lint 'v=spf1 mx'
is "$code $(echo "$out" | head -n 1)" "0 WARN   SPF record: 1 warning" \
	"a warning"
run mailauth lint --strict 'v=spf1 mx'
exit_is 1 "--strict"
run mailauth lint -q 'v=spf1 mxx -all'
is "$code$out$err" 1 "-q"
run mailauth lint 'v=spf1 a:mail.shop.test-all'
is "$code $(echo "$out" | sed -n '/[|^=]/p')" \
	"1    | v=spf1 a:mail.shop.test-all
   |                        ^^^^ put a space here
   = fix: put a space before \`-all\`
   = whole: v=spf1 a:mail.shop.test -all" "the place, and the whole record"
for args in hello ' '; do
	run mailauth lint "$args"
	is "$code $out" "2 " "nothing known: '$args'"
	like "$err" '^mailauth: .* is no record of a known type' "and told so"
done
run mailauth lint -f none
is "$code $err" "2 mailauth: cannot open 'none': No such file or directory" \
	"no such file"
run mailauth lint text
like "$err" "^mailauth: 'text' .*a file is given by -f" "a file as argument"
echo nothing >other
run mailauth lint 'v=spf1 mxx -all' -f other
is "$code $(echo "$out" | head -n 1)" "2 ERROR  SPF record: 1 error" \
	"2 beats 1, and all is looked at"
run mailauth lint </dev/null
exit_is 2 "an empty standard input"
run mailauth lint -t spff x
like "$err" "did you mean 'spf'" "a type that there is not"
run mailauth lint -d 'a..b' x
exit_is 2 "a domain that is none"
run mailauth lint -z x y
like "$err" "option '-z' belongs to 'mailauth check'" "no option of others"

# --- no key of findings is lost, and nothing drives the terminal

run mailauth lint -j 'v=spf1 mxx -all'
is "$(echo "$out" | jq -c '[.schema, .file, .line, .name, .errors, .warnings,
	.findings[0].code, .findings[0].corrected, .corrected, .zone]')" \
	'[1,null,null,null,1,0,"spf-unknown-mechanism","v=spf1 mx -all","v=spf1 mx -all",null]' \
	"-j"
printf 'v=spf1 a:\033[31m.test\377 -all\n"v=DMARC1;\\255\\027 p"\n\007.test. TXT "v=spf1 -all"\n' \
	>hostile
for args in -v -j; do
	run mailauth lint $args -f hostile
	unlike "$out$err" "$(printf '[\001-\010\013-\037\177-\377]')" \
		"control bytes are escaped ($args)"
done
run mailauth lint "$(printf 'x\033[31m')"
like "$err" 'x\\x1b\[31m' "and on standard error"

# --- what is no record

for name in shop.example shop.example. _dmarc.shop.example; do
	run mailauth lint "$name"
	is "$code ${err##*: }" "2 mailauth domain shop.example" "a name: $name"
done
run mailauth lint s1._domainkey.shop.example
is "$code ${err##*: }" "2 mailauth domain -S s1 shop.example" "that of a key"
: >a.file
run mailauth lint a.file
like "$err" "given by -f" "that of a file"
run mailauth keygen -q -d shop.example -s s1
openssl pkey -in s1.private -pubout >public.pem 2>/dev/null
for file in s1.private public.pem; do
	text=$(cat "$file") what="no record"
	[ $file = public.pem ] || what="never published"
	run mailauth lint "$text"
	is "$code$out" 2 "$file, its text"
	like "$err" "$what; mailauth keygen --from-key" "is said what it is"
	unlike "$err" "BEGIN|M[A-Z]" "and not shown"
	run mailauth lint -f "$file"
	like "$code $err" "^2 mailauth: '$file' is .*$what" "$file"
	unlike "$err" "BEGIN" "is not shown"
	run mailauth spf "$text"
	unlike "$err" "$(printf '%s\n' "$text" | sed -n 3p | cut -c 1-20)" \
		"nor as an option"
done

# --- what was pasted from a zone file, piece by piece

run mailauth lint -j -f "$top/tests/cli/lint/shop.zone"
is "$(echo "$out" | jq -r '"\(.line) " + ([.findings[] |
	select(.severity != "note").code] | join(" "))')" "3 spf-multiple-records
4 spf-multiple-records
6 record-unquoted record-final-dot
7 dns-name-underscore
8 dns-name-doubled record-joint-blank
10 record-final-dot
11 record-type
12 
13 record-zone-syntax
14 record-wrong-name" "a zone file"
# ... and with all that was mended it is clean, but for two of a kind
echo "$out" | jq -r 'select(.zone) | .zone' | sed '/dmarc.shop.*reject/d' \
	>mended
run mailauth lint --strict -f mended
exit_is 0 "mended"

# --- much of it

{
	printf '$ORIGIN %01000000d\n' 0
	for i in 1 2 3; do echo "a$i TXT \"v=spf1 -all\""; done
	printf '%01000d. TXT "v=spf1 -all"\n' 0
} >long
run mailauth lint -f long
is "$((code == 1 && ${#out} < 6000))" 1 "a name of a million octets"
is "$(printf '%s\n' "$out" | grep -c 'a name has 253 octets at most') $(
	printf '%s\n' "$out" | grep -c whole:)" "4 0" "and told so"

awk 'BEGIN { for (i = 0; i < 1200; i++) print "v=spf1 mx -all\n" }' >many
run mailauth lint -q -f many
like "$code $err" '^2 mailauth: too many records' "more than 1000"
head -c 1100000 /dev/zero | tr '\0' x >large
run mailauth lint -f large
like "$code $err" "^2 mailauth: cannot read 'large': too large" "over 1 MiB"
heavy() { # NAME, printf format of a line, lines
	awk -v "s=$2" -v "n=$3" 'BEGIN { for (i = 0; i < n; i++) printf s }' \
		>heavy
	(ulimit -t 20; mailauth lint -f heavy) >heavy.out 2>&1
	[ $? -le 2 ]
	result $? "in time: $1" "$(tail -n 1 heavy.out)" "exit 0, 1 or 2"
}
heavy "words" 'a=b ' 250000
heavy "terms" 'v=spf1 a:b.test,c.test;d-all ' 30000
heavy "tags" 'v=STSv1, id=1 , x = y ; ' 40000
heavy "quotes" '_dmarc.b.test. TXT "v=DMARC1\\; p=none\n' 25000
heavy "parentheses" 'b.test. TXT (\n' 80000
heavy "strings" '"v=spf1 " "mx " "-all"\n' 40000
heavy "brackets" '<a v=spf1 ' 100000
heavy "names" 'a.b.a.b.a.b.a.b. TXT "v=spf1 include:a.b"\n' 20000
heavy "keys" 'v=DKIM1; p=MIIB xxx... k=rsa;' 30000
done_testing
