#!/bin/sh
# golden.t - whole reports, as a person reads them, in colour and without.
#
# What is wanted stands in tests/cli/golden, one file a situation, in colour.
# UPDATE=1 writes the files anew: read what has changed before it is kept.
. "$(dirname "$0")/lib.sh"
golden=$PWD/tests/cli/golden
cd "$mail" || exit 1
at=2026-11-24T10:00:00Z
stripped="s/$esc\\[[0-9;]*m//g"

# golden NAME ARG...: mailauth with these, at a fixed time
golden() {
	name=$1
	shift
	case $1 in
	explain | lint | domain) mailauth "$@" --color=always >"$tmp/color" 2>&1 ;;
	*) mailauth "$@" --color=always --at $at >"$tmp/color" 2>&1 ;;
	esac
	case $1 in
	explain | lint | domain) mailauth "$@" >"$tmp/plain" 2>&1 ;;
	*) mailauth "$@" --at $at >"$tmp/plain" 2>&1 ;;
	esac
	sed -i '/DNS questions, .* ms/d; /^mailauth: not confined: /d' \
		"$tmp/color" "$tmp/plain"
	sed "$stripped" "$tmp/color" >"$tmp/stripped"
	[ -z "${UPDATE:-}" ] || cp "$tmp/color" "$golden/$name"
	diff "$golden/$name" "$tmp/color" >"$tmp/diff" 2>&1
	result $? "$name" "$(cat "$tmp/diff")" "tests/cli/golden/$name"
	cmp -s "$tmp/stripped" "$tmp/plain"
	result $? "$name, without colour" "$(cat "$tmp/plain")" "the same"
}

# change NAME SED FILE: a message made of one of ours
change() {
	sed "$2" "$3" >"$tmp/$1.eml"
	cd "$tmp" || exit 1
	golden "$1" -z "$zone" -z "$tmp/more" "$1.eml"
	cd "$mail" || exit 1
}

# message NAME DOMAIN: a plain one, from 192.0.2.1
message() {
	printf 'From: Ann <ann@%s>\nMessage-ID: <1@%s>\nDate: %s\n\nHi\n' \
		"$2" "$2" "Tue, 24 Nov 2026 10:00:00 +0000" >"$tmp/$1.eml"
	cd "$tmp" || exit 1
	golden "$1" -z "$tmp/more" -i 192.0.2.1 -e mx.ok.example \
		-f "ann@$2" "$1.eml"
	cd "$mail" || exit 1
}

cat >"$tmp/more" <<'END'
mx.ok.example. A 192.0.2.1
ok.example. TXT "v=spf1 ip4:192.0.2.1 -all"
no-dmarc.example. TXT "v=spf1 ip4:192.0.2.1 -all"
two-dmarc.example. TXT "v=spf1 -all"
_dmarc.two-dmarc.example. TXT "v=DMARC1; p=none"
_dmarc.two-dmarc.example. TXT "v=DMARC1; p=reject"
comma.example. TXT "v=spf1 -all"
_dmarc.comma.example. TXT "v=DMARC1; p=reject, rua=mailto:d@comma.example"
policy.example. TXT "v=spf1 -all"
_dmarc.policy.example. TXT "v=DMARC1; p=quarantin; rua=mailto:d@policy.example"
version.example. TXT "v=spf1 -all"
_dmarc.version.example. TXT "v=dmarc1; p=reject"
escaped.example. TXT "v=spf1 -all"
_dmarc.escaped.example. TXT "v=DMARC1; p=reject\\; rua=mailto:d@escaped.example"
doubled.example. TXT "v=spf1 -all"
_dmarc.doubled.example.doubled.example. TXT "v=DMARC1; p=reject"
misplaced.example. TXT "v=spf1 -all" "v=DMARC1; p=reject"
at-domain.example. TXT "v=spf1 -all"
at-domain.example. TXT "v=DMARC1; p=reject"
mail.strict.example. TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.strict.example. TXT "v=DMARC1; p=reject; aspf=s"
shop.test. TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.shop.example. TXT "v=DMARC1; p=reject"
slow.example. TXT "v=spf1 include:gone.slow.example -all"
_dmarc.slow.example. TXT "v=DMARC1; p=reject"
twice.example. TXT "v=spf1 ip4:192.0.2.1 -all"
twice.example. TXT "v=spf1 mx -all"
_dmarc.twice.example. TXT "v=DMARC1; p=reject"
typo.example. TXT "v=spf1 a:mail.typo.example-all"
_dmarc.typo.example. TXT "v=DMARC1; p=reject"
;!gone.slow.example. TXT TIMEOUT
END

for file in *.eml; do
	golden "sample-${file%.eml}" -z zone "$file"
done
for file in unaligned list-arc3 temperror; do
	golden "verbose-$file" -v -z zone "$file.eml"
done

for name in ok no-dmarc two-dmarc comma policy version escaped doubled \
	at-domain slow twice typo; do
	message "record-$name" "$name.example"
done
printf 'From: a@strict.example\n\nHi\n' >"$tmp/strict.eml"
cd "$tmp" || exit 1
golden strict -z "$tmp/more" -i 192.0.2.1 -f a@mail.strict.example strict.eml
cd "$mail" || exit 1
change footer '$a\
-- \
the list' pass.eml
change subject 's/^Subject: /Subject: [EXTERNAL] /' pass.eml
change from-two 's/^From: .*/From: a@rosewood.example, b@mailer.example\r/' pass.eml
change no-from '/^From: /d' pass.eml
change display 's/^From: "Rosewood Books"/From: "boss@bank.example"/' pass.eml

golden spf-pass spf -z zone -i 192.0.2.10 -f orders@rosewood.example
golden spf-fail spf -z zone -i 192.0.2.99 -f orders@rosewood.example
golden spf-verbose spf -v -z zone -i 192.0.2.10 -f orders@rosewood.example
golden spf-twice spf -z "$tmp/more" -i 192.0.2.1 -f a@twice.example
golden lines -z zone pass.eml unaligned.eml two-from.eml
golden domain-good domain -z zone -S oct25,may23 rosewood.example
golden domain-verbose domain -v -z zone -S oct25 --ptr rosewood.example
golden domain-bad domain -z ../cli/domain.zone -S s1,s2 bad.example
golden domain-missing domain -z zone nosuch.example
golden explain explain change-footer
golden lint-zone lint -f ../cli/lint/shop.zone
golden lint-bare lint 'v=spf1 a:mail.shop.test-all ip4:10.0.0.256' \
	'v=STSv1 id=2026-11-24' 'v=TLSRPTv1; rua=tls@shop.test' \
	'v=BIMI1; l=http://shop.test/logo.png'
golden lint-guide lint -d shop.test \
	'v=spf1 ip4:xxx.xxx.xxx.xxx include:YOUR_PROVIDER -all' \
	'v=DMARC1; p=none; rua=mailto:<address>'
golden lint-fine lint -v 'v=spf1 mx -all'
golden lint-start lint 'v=spf1 ip4:192.0.2.1 -all'
is "$(find "$golden" -type f | wc -l | tr -d ' ')" "$((tests / 2))" \
	"no file is left over"
done_testing
