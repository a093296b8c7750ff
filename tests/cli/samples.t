#!/bin/sh
# Every shipped message gets the verdict that tests/mail/expect lays down, from
# the zone and again from the answers that the first run has saved.
set -u
mailauth=${MAILAUTH:-$PWD/mailauth}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0 status=0

ok() { # ok WANT GOT NAME; * matches anything
	n=$((n + 1))
	case $2 in
	$1) echo "ok $n - $3" ;;
	*)
		echo "not ok $n - $3"
		echo "# want: $1"
		echo "# got:  $2"
		status=1
		;;
	esac
}

facts='[.verdict, .spf.result,
	(if .dkim == [] then "none" else [.dkim[].result] | join(",") end),
	.arc.result, (.dmarc.domain // "-"),
	(if .dmarc.policy == null or .dmarc.policy == "" then "-"
		else .dmarc.policy end)] | join(" ")'

while read -r file verdict spf dkim arc domain policy options; do
	case $file in '' | '#'*) continue ;; esac
	set -f
	want="$verdict $spf $dkim $arc $domain $policy"
	# shellcheck disable=SC2086
	got=$("$mailauth" -z tests/mail/zone --save-dns "$work/saved" $options \
		-j "tests/mail/$file" | jq -r "$facts")
	ok "$want" "$got" "$file $options"
	again=$("$mailauth" -z "$work/saved" $options -j "tests/mail/$file" |
		jq -r "$facts")
	ok "$got" "$again" "$file $options, replayed"
	set +f
done <tests/mail/expect

echo "1..$n"
exit $status
