#!/bin/sh
# bad_dns.t - name servers that misbehave: the right word, in bounded time and
# memory.  The modes are those of tests/dns/faulty.c.
. "$(dirname "$0")/lib.sh"
faulty=${MAILAUTH_BUILD:-build}/tests/dns/faulty
[ -x "$faulty" ] || { echo "1..0 # SKIP $faulty is not built"; exit 0; }

mkfifo "$tmp/alive"
"$faulty" <"$tmp/alive" >"$tmp/port" 8>&- &
server=$!
exec 8>"$tmp/alive"
trap 'exec 8>&-; wait "$server"; rm -rf "$tmp"' EXIT
left=100
while [ ! -s "$tmp/port" ] && [ $left -gt 0 ]; do
	left=$((left - 1))
	sleep 0.05
done
port=$(cat "$tmp/port")

# MODE: SPF of a sender there, the verdict on a mail from there, the exit code.
# An address space of 1 GB is more than any answer may cost.
mode() {
	_spf=$2 _dmarc=$3 _code=$4
	printf 'From: a@%s.example\nSubject: x\n\nx\n' "$1" >"$tmp/mail"
	_begun=$(date +%s)
	run sh -c "$limit"'; exec "$@"' - "$MAILAUTH" -j \
		-s "127.0.0.1:$port" --timeout "${timeout:-2}" -i 192.0.2.1 \
		-f "a@$1.example" "$tmp/mail"
	_took=$(($(date +%s) - _begun))
	is "$(printf '%s\n' "$out" | jq -r '.spf.result + " " + .verdict') $code" \
		"$_spf $_dmarc $_code" "$1"
	[ "$_took" -le 4 ]
	result $? "$1: in time" "$_took s" "4 s"
}
limit='ulimit -v 1000000'
case ${MAILAUTH_BUILD:-build} in
*asan*) limit=: ;; # its shadow takes terabytes
esac

#    mode          SPF       verdict   exit
mode ok            none      none      1
mode nodata        none      none      1
mode nxdomain      none      none      1
mode servfail      temperror temperror 3
mode refused       temperror temperror 3
mode notimp        temperror temperror 3
mode garbage       temperror temperror 3
mode tooshort      temperror temperror 3
mode wrongid       temperror temperror 3
mode wrongquestion temperror temperror 3
mode badrdata      temperror temperror 3
mode cut           temperror temperror 3
mode loop          temperror temperror 3
mode pointer       temperror temperror 3
mode ahead         temperror temperror 3
mode cnames        temperror temperror 3
mode truncated     none      none      1
mode notcp         temperror temperror 3
mode large         fail      none      1
mode many          permerror none      1
mode silent        temperror temperror 3
timeout=1
mode drip          temperror temperror 3
timeout=0.5
mode late          temperror temperror 3

# --- bytes at random

i=0
while [ $i -lt 40 ]; do
	printf 'From: a@noise.n%d.example\nSubject: x\n\nx\n' $i >"$tmp/n$i.eml"
	i=$((i + 1))
done
run mailauth -j -J1 -s "127.0.0.1:$port" --timeout 2 -i 192.0.2.1 \
	-f a@noise.example "$tmp"/n*.eml
is "$(printf '%s\n' "$out" | jq -r .verdict |
	grep -cE '^(none|temperror|permerror|pass|fail)$')" 40 \
	'40 mails, answers at random'
[ "$code" -le 3 ]
result $? 'and no crash' "$code $err" 'an exit code'

done_testing
