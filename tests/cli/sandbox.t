#!/bin/sh
# sandbox.t - a confined program says what one that is not would say, and it is
# confined while it reads.  What it may not do is in tests/unit/test_sandbox.c.
. "$(dirname "$0")/lib.sh"
. tests/dns/nsd.sh
trap 'nsd_stop; rm -rf "$tmp"' EXIT
top=$PWD
cd "$tmp" || exit 1

# same NAME COMMAND [WORD...]: stdin for both is the file `input`; both may
# leave a file `made`, from which a first line with the time is taken.
one_way() {
	rm -f made
	run mailauth "$@" <input
	printf '%s\n%s\n%s' "$code" "$out" "$err" |
		sed '/^mailauth: not confined: /d
			s/"time":{[^}]*}//; s/[0-9]* ms//'
	[ ! -e made ] || sed '1s/saved by.*//' made
}
same() {
	what=$1 verb=$2
	shift 2
	one_way "$verb" --no-sandbox "$@" >free
	one_way "$verb" "$@" >confined
	cmp -s free confined && [ "$(head -n 1 confined)" != 2 ]
	result $? "$what" "$(cat confined)" "$(cat free)"
}

# --- files to read, a file to write

mkdir -p box/new box/cur
cp "$mail"/pass*.eml box/new
for file in "$mail"/*.eml; do
	echo 'From - Tue Nov 24 10:00:00 2026'
	cat "$file"
	echo
done >mbox
printf '%s\0' "$mail/pass.eml" "$mail/list-arc3.eml" >names
cp "$mail/pass.eml" input
same "a mail from a pipe" check -v -z "$zone" --at 2025-10-14
same "a mailbox" check -1 -z "$zone" --summary mbox
same "two workers" check -1 -J2 -z "$zone" mbox box "$mail/unaligned.eml"
same "JSON" check -j -z "$zone" "$mail/body-changed.eml"
same "a list of names" check -1 -z "$zone" --files0-from names
same "--save-dns" check -q -z "$zone" --save-dns made
[ -s made ]
result $? "--save-dns: there is a file"
same "--annotate" check --annotate -z "$zone"
"$mail/make-big" 3000000 >input
same "--annotate, and a large message" check --annotate -z "$zone"
is "$(wc -c <input | tr -d ' ')" \
	"$(mailauth --annotate -z "$zone" <input | sed 1,/header.from/d |
	wc -c | tr -d ' ')" "all of it"
TMPDIR=$tmp same "in TMPDIR" check --annotate -z "$zone"
mailauth -j -z "$zone" mbox >lines.json
same "--from-json" check --from-json lines.json

# --- the other commands

k=$mail/keys/test-only-list.pem
when="-t 1790000000"
same "sign" sign -k "$k" -s s -d rosewood.example $when
same "seal" seal -k "$k" -s s -d list.example $when -z "$zone" -m mx.example
same "spf" spf -v -z "$zone" -i 192.0.2.10 -f a@rosewood.example \
	--at 2025-10-14
same "domain" domain -z "$zone" -S oct25 rosewood.example
echo 'v=spf1 -all' >input
same "lint" lint -
same "explain" explain dkim-body-changed

# --- reports: archives, a page, names

report() {
	cat <<'EOF'
<?xml version="1.0"?><feedback><report_metadata><org_name>mx.example</org_name>
<email>r@mx.example</email><report_id>1</report_id><date_range>
<begin>1780272000</begin><end>1780358399</end></date_range></report_metadata>
<policy_published><domain>shop.example</domain><p>none</p></policy_published>
<record><row><source_ip>192.0.2.10</source_ip><count>3</count><policy_evaluated>
<disposition>none</disposition><dkim>pass</dkim><spf>pass</spf>
</policy_evaluated></row><identifiers><header_from>shop.example</header_from>
</identifiers><auth_results><spf><domain>shop.example</domain>
<result>pass</result></spf></auth_results></record></feedback>
EOF
}
mkdir reports
report | gzip >reports/one.xml.gz
report | sed 's/<report_id>1/<report_id>2/' >two.xml
python3 -m zipfile -c reports/two.zip two.xml
same "reports" report -v reports
like "$out" '2 reports' "both were read"
report >input
same "a report from a pipe" report
same "--html and --ptr" report --html made --ptr -z "$zone" reports
like "$(cat made)" '</html>' "--html: a page"
{ echo '<!DOCTYPE html>'; seq 100000; } >made
mailauth report -q --html made reports
is "$(tail -n 1 made)" "</html>" "--html: what was there is gone"
{ echo '<!DOCTYPE html>'; seq 10; } >made
mailauth report -q --html made "$mail/none.xml" 2>noise
like "$(cat made)" '^<!DOCTYPE' "--html: a page of nothing"

# --- the network

if nsd_start "$zone"; then
	us=127.0.0.1:$NSD_PORT
	cp "$mail/pass.eml" input
	same "a name server" check -j -s "$us"
	same "and two workers" check -1 -J2 -s "$us" mbox box
	same "domain and its servers" domain -s "$us" -S oct25 rosewood.example
	same "names of sources" report --ptr -s "$us" reports
else
	skip "nsd is not installed"
fi

# --- is it on?

mkfifo slow
status_of() { # FIELD PID: of all its threads, each value once
	cat "/proc/$2"/task/*/status 2>noise | sed -n "s/^$1:$tab//p" | sort -u
}
until_true() { # COMMAND...: for five seconds
	left=50
	until "$@" || [ $left -eq 0 ]; do
		sleep 0.1
		left=$((left - 1))
	done
}
is_on() {
	[ "$(status_of Seccomp $pid)" = 2 ]
}
watch() { # NAME WORD...: what it says of itself while it waits
	what=$1
	shift
	"$MAILAUTH" "$@" <slow >noise 2>&1 &
	pid=$!
	exec 9>slow
	until_true is_on
	is "$(status_of Seccomp $pid) $(status_of NoNewPrivs $pid)" "2 1" "$what"
	exec 9>&-
	wait $pid
}
run mailauth spf -v -z "$zone" -i 192.0.2.10 -f a@rosewood.example
case $err in
'')
	if [ -r /proc/self/status ]; then
		watch "a check is confined" -z "$zone"
		watch "a signer is confined" sign -k "$k" -s s -d list.example
		watch "a reader of reports is confined" report
		watch "and a linter" lint -
	else
		skip "there is no /proc"
	fi ;;
*) like "$err" '^mailauth: not confined: ' "-v says that it is not" ;;
esac

# --- the keeper of --save-dns

cp "$mail/pass.eml" input
run sh -c 'trap "" CHLD; exec "$1" -qz "$2" --save-dns kept input' - \
	"$MAILAUTH" "$zone"
[ "$code" -eq 0 ] && [ -s kept ]
result $? "who ignores SIGCHLD gets his file"
rm -f kept
is_clean() {
	! ls -A | grep -q '^\.mailauth-'
}
has_begun() { # and has a keeper
	! is_clean && [ "$(cat /proc/$pid/task/$pid/children)" ]
}
"$MAILAUTH" -qz "$zone" --save-dns kept - <slow &
pid=$!
exec 9>slow
until_true has_begun
kill -KILL $pid
wait $pid 2>noise
exec 9>&-
until_true is_clean
is "$(ls -A | grep -E '^\.mailauth-|^kept')" "" "after kill -9 nothing is left"

done_testing
