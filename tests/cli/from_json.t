#!/bin/sh
# from_json.t - lines of -j added up: the cause is what -1 shows.
. "$(dirname "$0")/lib.sh"
command -v jq >/dev/null || { echo "1..0 # skip jq is not installed"; exit 0; }
cd "$mail" || exit 1

sum() {
	mailauth --from-json "$@"
}

row='.summary.rows[] | "\(.verdict) \(.example) \(.cause // "-") \(.count)"'

mkdir "$tmp/odd"
printf '%b' '\0320\0317\0021\0340\0241\0261\0032\0341' >"$tmp/odd/outlook.msg"
: >"$tmp/odd/empty"
agree() { # file, options
	file=$1
	shift
	line=$(mailauth -1 -z zone "$@" "$file" 2>/dev/null |
		awk '{ print $1, $2, $5, 1 }' | sort)
	run mailauth -j -z zone "$@" "$file"
	is "$(printf '%s\n' "$out" | sum -j | jq -r "$row" | sort)" "$line" \
		"${file##*/} $*"
}
for file in *.eml "$tmp"/odd/* "$tmp/missing"; do
	agree "$file"
done
# of these -j looks at the body, and -1 does not
for file in body-changed.eml header-changed.eml list-arc.eml; do
	agree "$file" -i 203.0.113.130 -f a@brightwater.example
done

mailauth -j -z zone ./*.eml >"$tmp/all"
run sum <"$tmp/all"
exit_is 3 "the exit code of all"
is "$(printf '%s\n' "$out" | head -n 1)" \
	"$(wc -l <"$tmp/all" | tr -d ' ') messages" "all are counted"
is "$err" "" "and nothing is said"
run mailauth -q -z zone ./*.eml
exit_is 3 "as of many files"

# in two parts, and one of them added up already
head -n 9 "$tmp/all" >"$tmp/1"
tail -n +10 "$tmp/all" >"$tmp/2"
sum -j <"$tmp/1" >"$tmp/1.sum"
sum -j <"$tmp/all" >"$tmp/all.sum"
run sum -j <<END
$(cat "$tmp/1.sum" "$tmp/2")
END
is "$out" "$(cat "$tmp/all.sum")" "a summary and lines make a summary"
is "$(cat "$tmp/2" "$tmp/1.sum" | sum -j |
	jq -c 'del(.summary.rows[].example)')" \
	"$(jq -c 'del(.summary.rows[].example)' "$tmp/all.sum")" \
	"in any order"

run sum -j <<END
$(cat "$tmp/1")
this is no JSON
$(cat "$tmp/2")
{"schema":1}
END
exit_is 2 "lines of something else"
is "$out" "$(cat "$tmp/all.sum")" "the others count"
is "$err" "mailauth: standard input, line 10: not a line of mailauth -j \
(and 1 more)" "where the first was"

# what is about checks
for option in "-z zone" -J2 "--nameserver 192.0.2.1" "--in-flight=2" -1 -v -0 \
	"--files0-from x" --trace "-i 192.0.2.1" "--at received"; do
	# shellcheck disable=SC2086
	run sum $option "$tmp/all"
	typed=$(echo "${option%%[ =]*}" | cut -c1-2)
	case $option in --*) typed=${option%%[ =]*} ;; esac
	is "$code $out $err" "2  mailauth: --from-json only adds up what was \
checked, without $typed" "with $option"
done
run sum --summary -q --color never "$tmp/all"
is "$code$out$err" 3 "with those that have a meaning"

# interrupted: the sum so far
mkfifo "$tmp/slow" "$tmp/begun"
{ cat "$tmp/1"; echo >"$tmp/begun"; exec sleep 20; } >"$tmp/slow" &
feeder=$!
# a shell has SIGINT ignored by what it runs behind it
python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' \
	"$MAILAUTH" -j --from-json "$tmp/slow" >"$tmp/cut" 2>"$tmp/cut.err" &
pid=$!
cat "$tmp/begun" >"$tmp/.begun"
sleep 1
kill -INT $pid
wait $pid
is "$?" 130 "SIGINT: the exit code"
kill $feeder
wait $feeder 2>"$tmp/.killed"
is "$(jq -c '.summary | [.messages, .interrupted]' "$tmp/cut")" '[9,true]' \
	"what was read is added up"
is "$(cat "$tmp/cut.err")" "mailauth: interrupted before the end of the files" \
	"and it is said"
run sum "$tmp/cut" "$tmp/2"
is "$(printf '%s\n' "$out" | head -n 1)" \
	"$(wc -l <"$tmp/all" | tr -d ' ') messages (interrupted: there may be more)" \
	"which is passed on"

# SPF alone has results of its own, and no file
run mailauth spf -j -z zone -i 203.0.113.99 -f orders@rosewood.example
is "$(printf '%s\n' "$out" | sum -j | jq -c '.summary.rows[0] |
	[.cause == null, .example, .count]')" '[false,null,1]' "SPF alone"

# on a terminal with few columns
if script -qec true /dev/null >/dev/null 2>&1; then
	for width in 40 55 62 71 80; do
		widest=$(script -qec "stty cols $width; '$MAILAUTH' --summary \
			--color=never --from-json '$tmp/all'" /dev/null |
			tr -d '\r' | awk '
			length > n { n = length } END { print n + 0 }')
		[ "$widest" -gt 20 ] && [ "$widest" -le "$width" ]
		result $? "$width columns are enough" "$widest" "$width"
	done
fi

done_testing
