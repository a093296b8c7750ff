#!/bin/sh
# resolver.t - source_from_resolver against nsd and a server that misbehaves.

build=${MAILAUTH_BUILD:-build}
here=$(dirname "$0")
ask=$build/tests/dns/ask
tmp=$(mktemp -d "${TMPDIR:-/tmp}/mailauth-dns.XXXXXX") || exit 1
. "$here/nsd.sh"

faulty_pids=
stop () {
	nsd_stop
	# the servers end when their stdin does
	exec 8>&- 9>&-
	for pid in $faulty_pids; do wait "$pid" 2>/dev/null; done
	rm -rf "$tmp"
}
trap stop EXIT
trap 'exit 1' INT TERM HUP

n=0
ok () {         # what
	n=$((n + 1))
	echo "ok $n - $1"
}
not_ok () {     # what, details on stdin
	n=$((n + 1))
	echo "not ok $n - $1"
	sed 's/^/# /'
}
is () {         # got wanted what
	if [ "$1" = "$2" ]; then
		ok "$3"
	else
		printf 'got    %s\nwanted %s\n' "$1" "$2" | not_ok "$3"
	fi
}
at_most () {    # ms limit what
	if [ "$1" -le "$2" ]; then
		ok "$3"
	else
		echo "took $1 ms, not $2" | not_ok "$3"
	fi
}
at_least () {
	if [ "$1" -ge "$2" ]; then
		ok "$3"
	else
		echo "took $1 ms only, not $2" | not_ok "$3"
	fi
}

# --- against nsd, and the same from the zone file -------------------------

{
	cat "$here/example.zone"
	printf 'large\tTXT'
	i=0
	while [ $i -lt 30 ]; do
		printf ' "'; printf '%0200d' $i; printf '"'
		i=$((i + 1))
	done
	echo
	i=0
	while [ $i -lt 300 ]; do
		echo "n$i A 192.0.2.$((i % 250 + 1))"
		i=$((i + 1))
	done
} >"$tmp/zone"

cat >"$tmp/questions" <<'EOF'
TXT example.com
MX example.com
AAAA example.com
A mail.example.com
AAAA mail.example.com
TXT MAIL.Example.COM
A alias.example.com
CNAME alias.example.com
A chain1.example.com
TXT chain1.example.com
TXT out.example.com
MX out.example.com
TXT gone.example.com
A empty.example.com
MX empty.example.com
TXT strings.example.com
TXT escapes.example.com
TXT x.y.z.example.com
TXT y.z.example.com
TXT z.example.com
TXT a.z.example.com
TXT any.wild.example.com
MX two.labels.wild.example.com
A any.wild.example.com
A host.wild.example.com
TXT host.wild.example.com
TXT below.host.wild.example.com
TXT wild.example.com
A deep.sub.wild.example.com
TXT sub.wild.example.com
TXT *.wild.example.com
TXT under.dot.example.com
TXT a\b.example.com
TXT nothing.example.com
TXT com
TXT missing
PTR 1.2.0.192.in-addr.arpa
PTR 5.2.0.1.0.0.2.ip6.arpa
PTR 9.2.0.192.in-addr.arpa
TXT caa.example.com
TXT srv.example.com
TXT large.example.com
EOF

if nsd_start "$tmp/zone"; then
	server=127.0.0.1:$NSD_PORT
	$ask -s $server -o "$tmp/saved" - <"$tmp/questions" >"$tmp/net" 2>&1
	$ask -z "$tmp/zone" - <"$tmp/questions" >"$tmp/file" 2>&1
	$ask -z "$tmp/saved" - <"$tmp/questions" >"$tmp/replayed" 2>&1
	is "$(wc -l <"$tmp/net" | tr -d ' ')" \
		"$(wc -l <"$tmp/questions" | tr -d ' ')" 'all are answered'
	if diff "$tmp/net" "$tmp/file" >"$tmp/diff"; then
		ok 'nsd and the zone file agree'
	else
		not_ok 'nsd and the zone file agree' <"$tmp/diff"
	fi
	if diff "$tmp/net" "$tmp/replayed" >"$tmp/diff"; then
		ok 'what was saved replays'
	else
		not_ok 'what was saved replays' <"$tmp/diff"
	fi
	is "$($ask -s $server TXT large.example.com |
		awk '{ print NF }')" 34 'a TXT record that needs TCP'
	is "$($ask -s $server TXT 'x y.example.com' TXT nothing.example.com)" \
		"TXT x y.example.com: NXDOMAIN
TXT nothing.example.com: NXDOMAIN" 'a blank in a name'

	i=0
	while [ $i -lt 300 ]; do
		echo "A n$i.example.com"
		i=$((i + 1))
	done >"$tmp/many"
	is "$($ask -s $server - <"$tmp/many" | grep -c ': found')" 300 \
		'300 questions at once'
	is "$($ask -m 5 -f -s $server - <"$tmp/many" | grep -c ': found')" \
		1500 'the same by five messages, while a sixth gives up'
	is "$($ask -w 8 -f -s $server - <"$tmp/many" | grep -c ': found')" \
		2400 'the same by eight threads, which share a source'
	nsd_stop
else
	ok 'nsd # SKIP not installed, or it does not start'
fi

# --- against servers that misbehave ---------------------------------------

# Starts one; its port is in $port.  fd 8 and 9 hold the servers alive.
mkfifo "$tmp/alive" "$tmp/alive2"
"$build/tests/dns/faulty" <"$tmp/alive" >"$tmp/port" 8>&- 9>&- &
faulty_pids="$!"
exec 8>"$tmp/alive"
"$build/tests/dns/faulty" silent <"$tmp/alive2" >"$tmp/port2" 8>&- 9>&- &
faulty_pids="$faulty_pids $!"
exec 9>"$tmp/alive2"
left=100
while [ ! -s "$tmp/port" ] || [ ! -s "$tmp/port2" ]; do
	left=$((left - 1))
	[ $left -gt 0 ] || { echo 'Bail out! faulty does not start'; exit 1; }
	sleep 0.05
done
faulty=127.0.0.1:$(cat "$tmp/port")
dead=127.0.0.1:$(cat "$tmp/port2")

one () {        # mode wanted [option...]
	mode=$1 wanted=$2
	shift 2
	is "$($ask "$@" -s $faulty TXT "$mode.example")" \
		"TXT $mode.example: $wanted" "$mode"
}

refused='refused or no server reachable'
one ok 'found ttl=60 "ok"'
one asked 'found ttl=60 "ad edns"'
one secure 'found AD ttl=60 "ok"'
one nodata 'no data'
one nxdomain NXDOMAIN
one servfail SERVFAIL
one refused "$refused"
one notimp "$refused"
one yxdomain "$refused"
one noedns 'found ttl=60 "ok"'
one badrdata 'broken answer'
one cut 'broken answer'
one loop 'broken answer'
one truncated 'found ttl=60 "ok"'
one notcp "$refused"
one silent timeout -t 600
one wrongid timeout -t 600
one wrongquestion timeout -t 600
one second 'found ttl=60 "ok"' -t 2000
# current c-ares says at once what 1.18 waits for
for mode in garbage tooshort; do
	case $($ask -t 600 -s $faulty TXT $mode.example) in
	*": timeout" | *": broken answer") ok $mode ;;
	*) $ask -t 600 -s $faulty TXT $mode.example | not_ok $mode ;;
	esac
done

is "$($ask -s 127.0.0.1:1 TXT ok.example)" "TXT ok.example: $refused" \
	'nobody listens'
is "$($ask -s $faulty TXT some.onion)" 'TXT some.onion: NXDOMAIN' \
	'.onion is not asked for'

# --- time ------------------------------------------------------------------

ms=$($ask -T -t 800 -s $dead TXT a.example TXT b.example 2>&1 >"$tmp/out")
is "$(grep -c ': timeout' "$tmp/out")" 2 'a dead server'
at_least "$ms" 500 '... is given its time'
at_most "$ms" 1500 '... and no more'
ms=$($ask -T -w 3 -t 800 -s $dead TXT a.example TXT b.example 2>&1 >"$tmp/out")
is "$(grep -c ': timeout' "$tmp/out")" 6 '... by threads that share a source'
at_least "$ms" 500 '... is given its time'
at_most "$ms" 1500 '... and no more'

ms=$($ask -T -t 4000 -q -s $dead -s $faulty TXT a.example TXT b.example \
	TXT c.example TXT d.example 2>&1 >"$tmp/out")
is "$(grep -c ': found' "$tmp/out")" 4 'the first server dead, the second not'
at_most "$ms" 2500 '... is waited for once'

# asked when 500 of 2000 ms are left, answered at the second try
is "$($ask -t 2000 -p -d 1500 -s $faulty TXT ok.example TXT second.example |
	tail -1)" 'TXT second.example: found ttl=60 "ok"' \
	'a late question gets two tries'
is "$($ask -t 300 -p -d 500 -s $faulty TXT ok.example TXT b.example |
	tail -1)" 'TXT b.example: timeout' 'nothing is asked after the deadline'

# --- what is known ----------------------------------------------------------

$ask -q -s $faulty TXT ok.x TXT ok.x TXT OK.x TXT servfail.x TXT servfail.x \
	>/dev/null
first=$($ask -s $faulty TXT count.a | sed 's/.*"\(.*\)"/\1/')
$ask -q -s $faulty TXT ok.x TXT ok.x TXT OK.x >/dev/null
second=$($ask -s $faulty TXT count.b | sed 's/.*"\(.*\)"/\1/')
is $((second - first)) 2 'what is known is not asked again'
$ask -m 8 -s $faulty TXT ok.y >/dev/null
third=$($ask -s $faulty TXT count.c | sed 's/.*"\(.*\)"/\1/')
is $((third - second)) 2 'equal questions are joined'
$ask -w 8 -s $faulty TXT ok.z TXT ok.y >/dev/null
fourth=$($ask -s $faulty TXT count.d | sed 's/.*"\(.*\)"/\1/')
is $((fourth - third)) 3 '... those of several threads, too'

# --- addresses ----------------------------------------------------------------

for bad in 127.0.0.1:x 127.0.0.1:0 127.0.0.1:65536 localhost '[::1' '[::1]x' \
	1.2.3 ''; do
	if $ask -s "$bad" TXT a >/dev/null 2>&1; then
		echo "accepted" | not_ok "server '$bad'"
	else
		ok "server '$bad' is refused"
	fi
done

echo "1..$n"
