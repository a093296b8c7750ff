#!/bin/sh
# options.t - the command line: what is read, and what is said about the rest.
. "$(dirname "$0")/lib.sh"

# refused WORDS... -- MESSAGE: exit 2, this one line on stderr, silent stdout
refused() {
	words=
	while [ "$1" != --- ]; do
		words="$words $1"
		shift
	done
	# shellcheck disable=SC2086
	run mailauth $words </dev/null
	is "$code $out $err" "2  mailauth: $2" "refused:$words"
}

refused --nameservr 192.0.2.53 --- \
	"unknown option '--nameservr', did you mean '--nameserver'?"
refused -nameserver 192.0.2.53 --- \
	"unknown option '-nameserver', did you mean '--nameserver'?"
refused --colour=never --- "unknown option '--colour', did you mean '--color'?"
refused --client --- "unknown option '--client', did you mean '--client-ip'?"
refused --ver --- \
	"unknown option '--ver', did you mean '--verbose' or '--version'?"
refused --he --- \
	"unknown option '--he', did you mean '--header-limit', '--helo', '--header' or '--help'?"
refused --vers --- "unknown option '--vers', did you mean '--version'?"
refused spf --trust --- "unknown option '--trust', see 'mailauth spf --help'"
refused --xyzzy --- "unknown option '--xyzzy', see 'mailauth check --help'"
refused -jX --- "unknown option '-X', see 'mailauth check --help'"
refused spf -X --- "unknown option '-X', see 'mailauth spf --help'"
refused --json=yes --- "option '--json' takes no value"
refused --hop --- "option '--hop' needs a value: N"
refused -q -i --- "option '-i' needs a value: IP"
refused --received-spf --- "--received-spf goes with --header or --annotate, or with 'mailauth spf'"
refused spf --hop 2 --- "option '--hop' belongs to 'mailauth check'"

refused -i 300.1.1.1 --- "bad value '300.1.1.1' for '-i': not an IP address"
refused --client-ip=::g --- \
	"bad value '::g' for '--client-ip': not an IP address"
refused -f rosewood.example --- "bad value 'rosewood.example' for '-f': not a \
mail address (for a domain: postmaster@rosewood.example)"
refused -f rosewood --- "bad value 'rosewood' for '-f': not a mail address"
newline='
'
for option in -f -e -m; do
	run mailauth $option "a@b${newline}c.example" </dev/null
	is "$code $out $err" "2  mailauth: bad value 'a@b\\x0ac.example' for \
'$option': control bytes in it" "no newline in $option"
done
refused -s ns.example --- "bad value 'ns.example' for '-s': not an address of \
the form ADDR, ADDR:PORT or [V6]:PORT"
for server in 192.0.2.1:0 192.0.2.1:65536 '[::1' '[192.0.2.1]:53' '[::1]53' \
	192.0.2.1: ''; do
	run mailauth -s "$server" </dev/null
	exit_is 2 "no server: '$server'"
done
refused --timeout 0 --- "bad value '0' for '--timeout': must be more than 0"
refused --timeout 1e3 --- \
	"bad value '1e3' for '--timeout': not a number of seconds up to 3600"
refused --hop 0 --- \
	"bad value '0' for '--hop': not a line number, 1 being the newest"
refused --trust-relay 192.0.2.0/33 --- "bad value '192.0.2.0/33' for \
'--trust-relay': not a network (192.0.2.0/24) or host name"
refused --at noon --- "bad value 'noon' for '--at': not a time: Unix seconds, \
2026-11-24T10:00:00Z or 'received'"
refused --at 2026-02-30 --- "bad value '2026-02-30' for '--at': not a time: \
Unix seconds, 2026-11-24T10:00:00Z or 'received'"
refused spf --at received --- "bad value 'received' for '--at': not a \
time: Unix seconds or 2026-11-24T10:00:00Z"
refused --header-limit 4G --- "bad value '4G' for '--header-limit': not a \
size up to 64M, like 65536, 512K, 4M"
refused --dmarc=rfc7498 --- "bad value 'rfc7498' for '--dmarc': not rfc9989 \
or rfc7489, did you mean 'rfc7489'?"
refused --color=alwyas --- "bad value 'alwyas' for '--color': not auto, \
always or never, did you mean 'always'?"
refused spf --exit-style=spfqury --- "bad value 'spfqury' for \
'--exit-style': not spfquery, did you mean 'spfquery'?"

refused chekc --- "'chekc' is no file and no command, did you mean 'check'?"
refused spff --- "'spff' is no file and no command, did you mean 'spf'?"
refused SPF --- "'SPF' is no file and no command, did you mean 'spf'?"
refused help --- "'help' is no file and no command, did you mean '--help'?"
refused version --- \
	"'version' is no file and no command, did you mean '--version'?"
refused -q help --- "cannot open 'help': No such file or directory"
refused -j spf --- "the command 'spf' must be the first argument"
refused spf extra --- "'mailauth spf' takes no file: 'extra'"
refused no-such-file.eml --- \
	"cannot open 'no-such-file.eml': No such file or directory"
refused -- -j --- "cannot open '-j': No such file or directory"
refused -m --- "option '-m' needs a value: NAME"

run mailauth "--$esc[31m" </dev/null
is "$err" "mailauth: unknown option '--\\x1b[31m', see 'mailauth check --help'" \
	"an option cannot drive the terminal"

# what is read
for at in 1760436720 2025-10-14T10:12:00Z 2025-10-14T12:12:00+02:00 received
do
	run mailauth -q -z "$zone" --at $at "$mail/pass.eml"
	exit_is 0 "--at $at"
done
run mailauth --at=1500000000 -z "$zone" -q "$mail/expired.eml"
exit_is 0 "before its x= the signature counts"
run mailauth --at=2026-01-01T00:00:00Z -z "$zone" -q "$mail/expired.eml"
exit_is 1 "after it, it does not"

run mailauth -q -z "$zone" --at 2000-01-01 "$mail/expired.eml"
exit_is 0 "--at takes a date"
for ip in 2001:db8::1 '[2001:db8::1]' IPv6:2001:db8::1 '[IPv6:2001:db8::1]' \
	' 2001:db8::1 '; do
	run mailauth -z "$zone" -j -i "$ip" "$mail/pass.eml"
	is "$(printf %s "$out" | jq -r .client.ip)" 2001:db8::1 "an address: '$ip'"
done
run mailauth -z "$zone" -j -i ::ffff:192.0.2.1 "$mail/pass.eml"
is "$(printf %s "$out" | jq -r .client.ip)" 192.0.2.1 "an IPv4-mapped address"
run mailauth -qz"$zone" "$mail/pass.eml"
exit_is 0 "bundled letters, the last with its value attached"
run mailauth "$mail/pass.eml" --zone="$zone" -q
exit_is 0 "options may follow files"
run mailauth check -z "$zone" -q -- "$mail/pass.eml"
exit_is 0 "the command by name, and --"
run mailauth -z "$zone" -q --timeout .5 "$mail/pass.eml"
exit_is 0 "a timeout with nothing before the dot"
for null in '' '<>'; do
	run mailauth -z "$zone" -j -i 192.0.2.10 -e mail.rosewood.example \
		-f "$null" "$mail/pass.eml"
	is "$(printf %s "$out" | jq -rc '[.client.mail_from, .spf.domain,
		.client.source.mail_from]')" \
		'["","mail.rosewood.example","option"]' "null sender '$null'"
done
run mailauth -z "$zone" -j --sender '<a@rosewood.example>' "$mail/pass.eml"
is "$(printf %s "$out" | jq -r .client.mail_from)" a@rosewood.example \
	"--sender, and brackets around it"
run mailauth -z "$zone" -j --hop 1 "$mail/unaligned.eml"
is "$(printf %s "$out" | jq -r .client.ip)" 10.4.0.11 "--hop takes that line"
run mailauth -z "$zone" -j --trust-relay 198.51.100.0/24 --trust-relay \
	mx1.lindenhof.example "$mail/unaligned.eml"
exit_is 1 "--trust-relay takes networks and names"

# --help
for command in check spf; do
	run mailauth $command --help
	exit_is 0 "$command --help"
	is "$(echo "$out" | awk 'length > 80')" "" "$command: 80 columns"
	is "$(echo "$out" | awk 'END { print NR <= 23 }')" 1 "$command: a screen"
	is "$(echo "$out" | grep -n ' $')" "" "$command: no blanks at line ends"
done
run mailauth spf --help
like "$out" "^usage: mailauth spf -i IP \\[-f ADDR\\] \\[-e HELO\\]" "spf: -e alone will do"
unlike "$out" "from the message|'received'" "spf: no word of a message"
run mailauth -h
like "$out" "^usage: mailauth \\[check\\] " "-h is the help of check"
like "$out" "--nameserver" "made from the table"
run mailauth --version
like "$out" "^mailauth [0-9]+\\.[0-9]+\\.[0-9]+$" "--version"
run mailauth --help --nonsense
exit_is 0 "--help ends the command line"

done_testing
