#!/bin/sh
# The same message gets the same verdict from the zone file, from a real name
# server that serves it, and from the answers saved on the way.
set -u
mailauth=${MAILAUTH:-$PWD/mailauth}
. tests/dns/nsd.sh
tmp=$(mktemp -d) || exit 1
trap 'nsd_stop; rm -rf "$tmp"' EXIT

if ! nsd_start tests/mail/zone; then
	echo '1..0 # SKIP nsd is not installed'
	exit 0
fi

n=0 status=0
# what a file lacks is one thing with -z and another with a server
facts='del(.time, .file, (.findings[] |
	select(.code == "dns-zone-gap" or .code == "bulk-ptr-missing" or
		.code == "bulk-unresolvable" or .code == "dns-no-domain")))'
for file in tests/mail/*.eml; do
	# failures on purpose are beyond an honest name server
	case $file in */dns-trouble.eml | */temperror.eml | */key-servfail.eml)
		continue ;;
	esac
	"$mailauth" -z tests/mail/zone -j "$file" | jq -S "$facts" >"$tmp/zone"
	"$mailauth" -s "127.0.0.1:$NSD_PORT" --save-dns "$tmp/saved" -j \
		"$file" | jq -S "$facts" >"$tmp/nsd"
	"$mailauth" -z "$tmp/saved" -j "$file" | jq -S "$facts" >"$tmp/replay"
	for way in nsd replay; do
		n=$((n + 1))
		if [ -s "$tmp/zone" ] && cmp -s "$tmp/zone" "$tmp/$way"; then
			echo "ok $n - ${file##*/} by $way"
		else
			echo "not ok $n - ${file##*/} by $way"
			diff "$tmp/zone" "$tmp/$way" | sed 's/^/# /'
			status=1
		fi
	done
done

# the two identities wait for the DNS together
n=$((n + 1))
"$mailauth" spf -s "127.0.0.1:$NSD_PORT" -i 192.0.2.10 -f a@rosewood.example \
	-e mail.rosewood.example --trace 2>"$tmp/trace" >"$tmp/report"
if awk 'NR <= 2 { print $2, $4 }' "$tmp/trace" | tr '\n' ' ' |
	grep -qx 'ask rosewood.example ask mail.rosewood.example '; then
	echo "ok $n - both identities are asked for at once"
else
	echo "not ok $n - both identities are asked for at once"
	sed 's/^/# /' "$tmp/trace"
	status=1
fi
echo "1..$n"
exit $status
