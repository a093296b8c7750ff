#!/bin/sh
# samples.sh - do other people's programs judge our sample messages as we do?
#
# Compared are pass and no pass of each DKIM signature (OpenDKIM, dkimpy,
# Mail::DKIM) and the ARC result (dkimpy, Mail::DKIM).  Why a signature does
# not pass is not compared: every program has words of its own.
#
# These programs ask the system's name server on port 53.  So they run in a
# network and mount namespace of their own, where that is an nsd on loopback
# with the zone of the samples.  Where the kernel refuses one, dkimpy is called
# as a library with a resolver that reads the zone, and the others are skipped.
#
# Known of the programs:
# - opendkim-testmsg reads stdin, LF or CRLF, and passes when any signature
#   does; so it gets the message with one signature at a time.  "No signature"
#   is an error for it.  Lines longer than 998 octets it cuts.
# - dkimverify raises an exception where a body hash or an expiry is wrong, and
#   fails for an index that is too high: only exit code 0 counts.
# - arcverify always exits with 0; its result is in what it prints.
# - x= is held against the true clock by all of them.  Lines of tests/mail/
#   expect with options (--at) are compared with dkimpy only, as a library, its
#   clock set.
# - The zone's failures (`;!NAME TYPE SERVFAIL`) are comments for nsd, so the
#   programs see a name that does not exist.  It is no pass either way.
set -u
cd "$(dirname "$0")/../.." || exit 1
mailauth=${MAILAUTH:-./mailauth}
zone=tests/mail/zone
PATH=$PATH:/usr/sbin:/sbin

# Differences that are our reading of the RFCs: file, program, why.
deliberate () {
	case $1:$2 in
	two-from.eml:OpenDKIM | two-from.eml:dkimpy)
		# RFC 6376 5.4.2: what is signed is the lowest From field, and
		# it verifies.  That the upper one is not signed is a matter of
		# DMARC (RFC 9989 11.5, verdict permerror).  OpenDKIM refuses
		# the message as malformed (RFC 6376 8.15), dkimpy hashes one
		# From field more than h= names.
		why="RFC 6376 5.4.2: the lowest From field is the signed one" ;;
	*) return 1 ;;
	esac
}

# --- into the namespace --------------------------------------------------

loopback_up='
import fcntl, socket, struct
UP, RUNNING, SIOCSIFFLAGS = 1, 64, 0x8914
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), SIOCSIFFLAGS,
            struct.pack("16sh14x", b"lo", UP | RUNNING))'

name_server () {
	. tests/dns/nsd.sh
	[ -n "$NSD" ] || return 1
	/usr/bin/python3 -c "$loopback_up" || return 1
	NSD_DIR=$(mktemp -d) NSD_PORT=53
	nsd_zone "$zone" >"$NSD_DIR/root.zone"
	nsd_conf >"$NSD_DIR/nsd.conf"
	echo 'nameserver 127.0.0.1' >"$NSD_DIR/resolv.conf"
	mount --bind "$NSD_DIR/resolv.conf" /etc/resolv.conf || return 1
	: >"$NSD_DIR/log"
	"$NSD" -d -c "$NSD_DIR/nsd.conf" >>"$NSD_DIR/log" 2>&1 &
	NSD_PID=$!
	nsd_wait && return 0
	sed 's/^/# nsd: /' "$NSD_DIR/log"
	return 1
}

case ${1-} in
'')	if unshare -rnm true 2>/dev/null; then
		exec unshare -rnm "$0" namespace
	elif unshare -nm true 2>/dev/null; then
		exec unshare -nm "$0" namespace
	fi
	echo "# no network namespace here: dkimpy as a library only"
	alone=yes ;;
namespace)
	alone=
	trap 'nsd_stop' EXIT
	trap 'exit 1' INT TERM HUP
	if ! name_server; then
		echo "# no name server in the namespace: dkimpy as a library only"
		alone=yes
	fi ;;
library)
	alone=yes ;;
*)	echo "usage: samples.sh [library]" >&2
	exit 2 ;;
esac

# --- the programs --------------------------------------------------------

have () {
	command -v "$1" >/dev/null
}

yes_no () {
	if "$@" >/dev/null 2>&1; then echo pass; else echo no; fi
}

# The message on stdin with its Nth DKIM-Signature only.
only_signature () {
	LC_ALL=C awk -v only="$1" '
	body { print; next }
	/^\r?$/ { body = 1; print; next }
	!/^[ \t]/ {
		signature = tolower($0) ~ /^dkim-signature[ \t]*:/
		if (signature) n++
	}
	!signature || n == only { print }'
}

opendkim_says () {      # FILE N
	only_signature "$2" <"$1" >"$tmp/one.eml"
	yes_no opendkim-testmsg <"$tmp/one.eml"
}

dkimpy_says () {        # FILE N
	yes_no dkimverify --index $(($2 - 1)) <"$1"
}

# Prints "dkim RESULT" for each signature, then "arc RESULT".
dkimpy_library='
import logging, re, sys, types
from email.utils import parsedate_to_datetime
import dkim
logging.disable(logging.CRITICAL)
zone, path, clock = sys.argv[1:]
text = open(zone, encoding="ascii").read()
text = re.sub(r"(?m)^;.*\n", "", text)
text = re.sub(r"\(([^)]*)\)", lambda m: m[1].replace("\n", " "), text)
txt = {}
for line in text.splitlines():
    m = re.match(r"(\S+)\s+TXT\s+(\".*)", line)
    if m:
        strings = re.findall(r"\"([^\"]*)\"", m[2])
        txt.setdefault(m[1].lower(), "".join(strings).encode())
def ask(name, timeout=0):
    return txt.get(name.decode().lower())
message = open(path, "rb").read()
if clock == "received":
    top = re.search(rb"\nReceived:.*?;([^;]*?)\r?\n(?![ \t])", message, re.S)
    now = parsedate_to_datetime(top[1].decode().strip()).timestamp()
    dkim.time = types.SimpleNamespace(time=lambda: now)
checker = dkim.DKIM(message)
for i in range(sum(n.lower() == b"dkim-signature" for n, _ in checker.headers)):
    try:
        print("dkim", "pass" if dkim.DKIM(message).verify(i, ask) else "no")
    except dkim.DKIMException:
        print("dkim no")
print("arc", (dkim.ARC(message).verify(ask)[0] or b"fail").decode())'

mail_dkim='
use Mail::DKIM::Verifier;
use Mail::DKIM::ARC::Verifier;
binmode STDIN;
my $message = join "", <STDIN>;
$message =~ s/\r?\n/\r\n/g;
my $dkim = Mail::DKIM::Verifier->new;
$dkim->PRINT($message);
$dkim->CLOSE;
my $ed25519 = eval { require Mail::DKIM::Algorithm::ed25519_sha256 };
for ($dkim->signatures) {
	print "dkim ", $_->result eq "pass" ? "pass"
		: $_->algorithm =~ /^ed25519/ && !$ed25519 ? "lacking"
		: "no", "\n";
}
my $arc = Mail::DKIM::ARC::Verifier->new;
$arc->PRINT($message);
$arc->CLOSE;
print "arc ", $arc->result, "\n";'

# --- comparing -----------------------------------------------------------

passed=0 failed=0

compare () {            # FILE PROGRAM WHAT OURS THEIRS
	if [ "$4" = "$5" ]; then
		passed=$((passed + 1))
	elif [ "$5" = lacking ]; then
		echo "# skip: $1: $3: this $2 has no Ed25519"
	elif [ "$3" != ARC ] && deliberate "$1" "$2"; then
		echo "# skip: $1: $2 differs by intent, $3: $5 ($why)"
	else
		echo "not ok - $1: $3: $2 says $5, we say $4"
		failed=$((failed + 1))
	fi
}

# The results of a program that prints all of them at once.
compare_all () {        # FILE PROGRAM OURS THEIRS
	compare "$1" "$2" "number of signatures" "$(grep -c '^dkim' "$3")" \
		"$(grep -c '^dkim' "$4")"
	i=0
	while read -r kind ours; do
		i=$((i + 1))
		what="DKIM signature $i"
		[ "$kind" = dkim ] || what=ARC
		compare "$1" "$2" "$what" "$ours" \
			"$(sed -n "${i}s/^$kind //p" "$4")"
	done <"$3"
}

compare_programs () {   # FILE OURS
	name=${1##*/} i=0
	while read -r kind ours; do
		[ "$kind" = dkim ] || continue
		i=$((i + 1))
		if have opendkim-testmsg; then
			theirs=$(opendkim_says "$1" "$i")
			if [ "$theirs" = no ] && [ -n "$no_ed25519" ] &&
				grep -q 'a=ed25519' "$tmp/one.eml"; then
				theirs=lacking
			fi
			compare "$name" OpenDKIM "DKIM signature $i" \
				"$ours" "$theirs"
		fi
		have dkimverify && compare "$name" dkimpy \
			"DKIM signature $i" "$ours" "$(dkimpy_says "$1" "$i")"
	done <"$2"
	if [ "$i" -eq 0 ]; then # nothing may pass where we see nothing
		have opendkim-testmsg && compare "$name" OpenDKIM DKIM no \
			"$(yes_no opendkim-testmsg <"$1")"
		have dkimverify && compare "$name" dkimpy DKIM no \
			"$(yes_no dkimverify <"$1")"
	fi
	have arcverify && compare "$name" dkimpy ARC \
		"$(sed -n 's/^arc //p' "$2")" \
		"$(arcverify <"$1" 2>/dev/null |
			sed -n "s/.*cv=b'\([a-z]*\)'.*/\1/p; s/.*cv=None.*/fail/p")"
	if [ -n "$perl" ]; then
		perl -e "$mail_dkim" <"$1" >"$tmp/theirs" 2>"$tmp/error" ||
			sed 's/^/# Mail::DKIM: /' "$tmp/error"
		compare_all "$name" Mail::DKIM "$2" "$tmp/theirs"
	fi
}

compare_library () {    # FILE OURS CLOCK
	/usr/bin/python3 -c "$dkimpy_library" "$zone" "$1" "$3" \
		>"$tmp/theirs" 2>"$tmp/error" ||
		sed 's/^/# dkimpy: /' "$tmp/error"
	compare_all "${1##*/}" dkimpy "$2" "$tmp/theirs"
}

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"; [ -z "${NSD_DIR-}" ] || nsd_stop' EXIT
if [ ! -x "$mailauth" ]; then
	echo "samples.sh: $mailauth is not built" >&2
	exit 1
fi

library=yes
/usr/bin/python3 -c 'import dkim' 2>/dev/null || library=
[ -n "$library" ] || echo "# skip: dkimpy as a library is not installed"
no_ed25519='' perl=
if [ -z "$alone" ]; then
	for program in opendkim-testmsg dkimverify arcverify; do
		have $program || echo "# skip: $program is not installed"
	done
	perl=yes
	perl -MMail::DKIM::ARC::Verifier -e 1 2>/dev/null || {
		perl=
		echo "# skip: Mail::DKIM is not installed"
	}
	# a build without Ed25519 does not have the word in its library
	lib=$(ldd "$(command -v opendkim-testmsg)" 2>/dev/null |
		awk '/libopendkim/ { print $3 }')
	[ -z "$lib" ] || grep -q ed25519 "$lib" || no_ed25519=yes
else
	echo "# skip: OpenDKIM, Mail::DKIM: they ask a name server on port 53"
fi

# shellcheck disable=SC2034 # the verdicts are for other tests
while read -r file verdict spf dkim arc domain policy options; do
	case $file in '' | '#'*) continue ;; esac
	path=tests/mail/$file
	# shellcheck disable=SC2086 # options are words
	"$mailauth" -z "$zone" -j $options "$path" >"$tmp/json" 2>"$tmp/error"
	if ! jq -r '(.dkim[].result
			| "dkim " + if . == "pass" then "pass" else "no" end),
		"arc " + .arc.result' "$tmp/json" >"$tmp/ours" 2>&1 ||
		! grep -q '^arc [a-z]' "$tmp/ours"; then
		echo "not ok - $file: no verdict"
		sed 's/^/# /' "$tmp/error" "$tmp/ours"
		failed=$((failed + 1))
		continue
	fi
	clock=now
	[ -z "$options" ] || clock=${options#--at=}
	if [ "$clock" != now ]; then
		echo "# skip: $file: only dkimpy's library takes a clock ($options)"
	elif [ -z "$alone" ]; then
		compare_programs "$path" "$tmp/ours"
		continue
	fi
	[ -z "$library" ] || compare_library "$path" "$tmp/ours" "$clock"
done <tests/mail/expect

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
