# lib.sh - what the tests of the command line share.  TAP on stdout.
#
#	run mailauth -q x.eml       then $out, $err (texts) and $code are set
#	is "$out" "text" "name"     like "$out" "ERE" "name"
#	exit_is 2 "name"            unlike "$out" "ERE" "name"
#	done_testing                last

unset NO_COLOR CLICOLOR_FORCE
MAILAUTH=${MAILAUTH:-./mailauth}
cd "$(dirname "$0")/../.." || exit 1
case $MAILAUTH in /*) ;; *) MAILAUTH=$PWD/$MAILAUTH ;; esac
mail=$PWD/tests/mail
zone=$mail/zone
tmp=$(mktemp -d "${TMPDIR:-/tmp}/mailauth-cli.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
tests=0 bad=0
tab=$(printf '\t')
esc=$(printf '\033')

mailauth() {
	"$MAILAUTH" "$@"
}

run() {
	"$@" >"$tmp/.out" 2>"$tmp/.err"
	code=$?
	out=$(cat "$tmp/.out") err=$(cat "$tmp/.err")
}

result() { # 0 or 1, name, got, wanted
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
		return
	fi
	bad=$((bad + 1))
	echo "not ok $tests - $2"
	printf 'got:    %s\nwanted: %s\n' "$3" "$4" | sed 's/^/# /'
}

skip() { # what cannot be tried here
	tests=$((tests + 1))
	echo "ok $tests # SKIP $1"
}

is() {
	[ "$1" = "$2" ]
	result $? "$3" "$1" "$2"
}

like() {
	printf '%s\n' "$1" | grep -Eq -e "$2"
	result $? "$3" "$1" "/$2/"
}

unlike() {
	! printf '%s\n' "$1" | grep -Eq -e "$2"
	result $? "$3" "$1" "not /$2/"
}

exit_is() {
	[ "$code" -eq "$1" ]
	result $? "$2" "exit $code, stderr: $err" "exit $1"
}

# refuses NAME WORD ARGUMENT...: mailauth writes nothing, ends with 2, and what
# it says has WORD in it.
refuses() {
	_refused=$1 _word=$2
	shift 2
	run mailauth "$@"
	is "$code $out" "2 " "$_refused: nothing is written"
	like "$err" "$_word" "$_refused: and why"
}

done_testing() {
	echo "1..$tests"
	[ "$bad" -eq 0 ]
	exit $?
}
