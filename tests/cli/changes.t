#!/bin/sh
# Finding out what was changed: from files, from pipes, and when it is too much.
. tests/cli/lib.sh

lf() { tr -d '\r'; }
codes() { printf '%s\n' "$out" | jq -r '.findings[].code' | tr '\n' ' '; }
first() { printf '%s\n' "$out" | jq -r '.findings[0].code'; }
hint() { printf '%s\n' "$out" | jq -r '.findings[0].hint'; }

footer=$mail/body-changed.eml

run mailauth -z "$zone" -j "$footer"
is "$(first)" change-footer 'a footer, in a file'
is "$(printf '%s\n' "$out" | jq -r '.findings[0].basis')" proven 'it is proven'
lf <"$footer" >"$tmp/lf.eml"
run mailauth -z "$zone" -j "$tmp/lf.eml"
is "$(first)" change-footer 'with LF alone'

out=$(cat "$footer" | "$MAILAUTH" -z "$zone" -j)
is "$(first)" change-footer 'from a pipe'
out=$("$MAILAUTH" -z "$zone" -j <"$footer")
is "$(first)" change-footer 'from standard input that is a file'
out=$({ dd bs=1 count=100 of=/dev/null 2>/dev/null; "$MAILAUTH" -z "$zone" -j; } \
	<<END
$(head -c 100 /dev/zero | tr '\0' x)$(lf <"$footer")
END
)
is "$(first)" change-footer 'from a file that was read in part'
{ echo 'From alice Mon Jan  1 00:00:00 2024'; cat "$footer"; } >"$tmp/mbox"
run mailauth -z "$zone" -j "$tmp/mbox"
is "$(first)" change-footer 'from an mbox'

run mailauth -z "$zone" -1 "$footer"
like "$out" 'change-footer$' 'in one line'
run mailauth -z "$zone" -q "$footer"
is "$out$code" 1 'and nothing with -q'
run mailauth -z "$zone" "$footer"
like "$out" 'error\[change-footer\]: 3 lines were added at the end' 'in words'
unlike "$out" 'change-unexplained|dkim-body-changed' 'and no more than that'
is "$(printf '%s\n' "$out" | awk 'length > 80' | wc -l)" 0 'in 80 columns'

# too large to be kept
fill() { yes 'a line that makes the message longer than it should be' | head -c "$1"; }
{ cat "$footer"; fill 9000000; } >"$tmp/9m.eml"
out=$(cat "$tmp/9m.eml" | "$MAILAUTH" -z "$zone" -j)
is "$(first)" dkim-body-changed 'over 8 MiB from a pipe: not looked at'
like "$(hint)" 'as a file by name' 'which is said'
run mailauth -z "$zone" -j "$tmp/9m.eml"
unlike "$(hint)" 'by name' 'the same by name: looked at'
{ cat "$footer"; fill 34000000; } >"$tmp/34m.eml"
run mailauth -z "$zone" -j "$tmp/34m.eml"
is "$(first)" dkim-body-changed 'over 32 MiB: not looked at'
unlike "$(hint)" 'by name' 'and a name would not help'
like "$(codes)" change-unexplained 'nothing is claimed'

# large, and changed near the end

run mailauth -z "$zone" -j "$mail/pass.eml"
unlike "$(codes)" 'change-' 'of a pass nothing is said'

done_testing
