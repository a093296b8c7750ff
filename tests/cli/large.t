#!/bin/sh
# large.t - what large messages, and many that wait, take of the memory.
. "$(dirname "$0")/lib.sh"
build=${MAILAUTH_BUILD:-build}
cost=$PWD/$build/tests/bench/cost
faulty=$PWD/$build/tests/dns/faulty
cd "$tmp" || exit 1

# A sanitizer has its own ways with memory.
measured=true
if grep -q __asan_init "$MAILAUTH" || grep -q __tsan_init "$MAILAUTH"; then
	measured=false
fi

peak() { # of mailauth with these arguments, in KiB
	"$cost" "$MAILAUTH" "$@" 2>"$tmp/.err" | cut -d' ' -f3
}

at_most() { # got, limit, name
	if $measured; then
		[ "$1" -le "$2" ]
		result $? "$3" "$1 KiB" "at most $2 KiB"
	else
		skip "$3: not with a sanitizer"
	fi
}

told() { # of each message, on stdin: all but what differs from run to run
	jq -c 'del(.time, .dns) | .file |= sub("^-$"; "box")'
}

# --- changed in transit: the body is looked at once more
from='From a@oldmill.example Tue Oct 14 10:12:00 2025'
mkdir files
for i in 1 2 3 4 5 6; do
	{
		tr -d '\r' <"$mail/pass.eml"
		yes "This is line $i of a long footer, put below by a list." |
			head -n $((45000 + i))
	} >files/$i
	{ echo "$from"; cat files/$i; echo; } >>box
done
one=$(mailauth -j -J1 -z "$zone" files | told)
is "$(printf '%s\n' "$one" | grep -c '"dkim-body-changed"')" 6 \
	"six large messages that were changed"
is "$(mailauth -j -J4 -z "$zone" files | told)" "$one" "by many workers"
one=$(mailauth -j -J1 -z "$zone" box | told)
is "$(printf '%s\n' "$one" | grep -c '"dkim-body-changed"')" 6 "and in an mbox"
is "$(mailauth -j -J4 -z "$zone" box | told)" "$one" "by many workers"
for workers in 1 4; do
	# shellcheck disable=SC2002
	is "$(cat box | mailauth -j -J$workers -z "$zone" - | told)" "$one" \
		"in a pipe, -J$workers"
done
first=$(peak -j -J1 -z "$zone" files)
at_most "$(peak -j -J8 -z "$zone" files)" $((first + 12000)) \
	"eight workers hold one of them at a time"
at_most "$(peak -j -J8 -z "$zone" box)" $((first + 12000)) "of an mbox too"

# too large to be looked at: said all the same, of a pass too
{
	tr -d '\r' <"$mail/pass.eml"
	yes "This is a line of a footer that is longer than any other." |
		head -n 600000
} >huge
run mailauth -j -z "$zone" huge
is "$(printf '%s\n' "$out" | jq -r '.verdict + " " + .dkim[0].result +
	" " + ([.findings[].code] | map(select(. == "dkim-body-changed")) |
	join(" "))')" "pass fail dkim-body-changed" "a body that is too large"
rm -f huge

# --- nothing is answered: what waits is held
mkfifo alive
"$faulty" silent <alive >port &
exec 9>alive
left=100
while [ ! -s port ] && [ $left -gt 0 ]; do
	left=$((left - 1))
	sleep 0.05
done
silent="-s 127.0.0.1:$(cat port) --timeout 1"

# shellcheck disable=SC2086
one=$(mailauth -j -J1 $silent box | told)
is "$(printf '%s\n' "$one" | grep -c '"verdict":"temperror"')" 6 \
	"six large messages without an answer"
# shellcheck disable=SC2002,SC2086
is "$(cat box | mailauth -j -J4 $silent - | told)" "$one" "the same in a pipe"
# shellcheck disable=SC2002,SC2086
at_most "$(cat box | peak -j -J1 $silent -)" $((first + 8500)) \
	"of what waits in a pipe little is kept"

# --- many small ones
mkdir many
i=0
while [ $i -lt 400 ]; do
	sed "s/rosewood\.example/d$i.example/g" "$mail/pass.eml" >many/$i
	i=$((i + 1))
done
# shellcheck disable=SC2086
first=$(peak -J1 $silent many/1)
for workers in 1 2; do
	# shellcheck disable=SC2086
	at_most "$(peak -J$workers --in-flight 400 $silent many)" \
		$((first + 400 * 28)) "four hundred that wait, -J$workers"
done

exec 9>&-
wait
done_testing
