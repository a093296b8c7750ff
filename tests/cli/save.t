#!/bin/sh
# One file of answers serves all messages of a run: a name server that changes
# its mind meanwhile must not make the replay differ from what was said.
. "$(dirname "$0")/lib.sh"

cat >"$tmp/server" <<'END'
import socket, struct, sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(('127.0.0.1', 0))
server.settimeout(20)
print(server.getsockname()[1], flush=True)
policies, asked = ('reject', 'quarantine', 'none'), 0
while True:
    try:
        data, peer = server.recvfrom(4096)
    except socket.timeout:
        sys.exit()
    end = data.index(b'\0', 12) + 5
    answers = b''
    if data[12:].startswith(b'\x06_dmarc\x04here'):
        text = b'v=DMARC1; p=' + policies[asked % 3].encode()
        asked += 1
        answers = (b'\xc0\x0c' + struct.pack('>HHIH', 16, 1, 0, len(text) + 1)
                   + bytes([len(text)]) + text)
    flags = 0x8180 if answers else 0x8183
    server.sendto(data[:2] + struct.pack('>HHHHH', flags, 1, bool(answers), 0, 0)
                  + data[12:end] + answers, peer)
END
python3 "$tmp/server" >"$tmp/port" &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$tmp"' EXIT
left=100
until [ -s "$tmp/port" ]; do
	sleep 0.1
	left=$((left - 1))
	[ $left -gt 0 ] || exit 1
done

for i in 1 2 3; do
	printf 'From: a@here.example\nSubject: %d\n\nx\n' $i >"$tmp/$i.eml"
done
facts='[.verdict, .dmarc.policy] | join(" ")'
cd "$tmp" || exit 1
said=$(mailauth -s "127.0.0.1:$(cat port)" --save-dns saved -j 1.eml 2.eml \
	3.eml | jq -r "$facts")
again=$(mailauth -z saved -j 1.eml 2.eml 3.eml | jq -r "$facts")
is "$(grep -c '^_dmarc\.here' saved)" 1 "an answer is written once"
like "$said" "^fail reject" "the server was asked"
is "$again" "$said" "the replay says the same"
is "$(printf '%s\n' "$said" | sort -u | wc -l | tr -d ' ')" 1 \
	"what was saved is what later messages are told"

# all the mail there is, twice
cd "$mail" || exit 1
said=$(mailauth -z zone --save-dns "$tmp/all" -j ./*.eml ./*.eml |
	jq -c 'del(.time)')
is "$(mailauth -z "$tmp/all" -j ./*.eml ./*.eml | jq -c 'del(.time)')" "$said" \
	"the replay of many"
is "$(sort "$tmp/all" | uniq -d)" "" "no line is there twice"
# interrupted: what was done is told, and what was asked is saved
mkfifo "$tmp/slow"
{ printf 'pass-lf.eml\0unaligned.eml\0'; exec sleep 20; } >"$tmp/slow" &
feeder=$!
# a shell has SIGINT ignored by what it runs behind it
python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' \
	"$MAILAUTH" -z zone --summary -1 --save-dns "$tmp/part" \
	--files0-from "$tmp/slow" >"$tmp/cut" 2>"$tmp/cut.err" &
pid=$!
left=50
until grep -q unaligned "$tmp/cut" || [ $left -eq 0 ]; do
	sleep 0.1
	left=$((left - 1))
done
kill -INT $pid
wait $pid
is "$?" 130 "SIGINT: the exit code"
kill $feeder 2>/dev/null
wait $feeder 2>/dev/null
like "$(cat "$tmp/cut")" "2 messages" "the totals"
is "$(mailauth -1 -z "$tmp/part" pass-lf.eml unaligned.eml)" \
	"$(head -n 2 "$tmp/cut")" "the answers"
is "$(ls -A "$tmp" | grep -c '^\.mailauth')" 0 "and nothing is left behind"

mailauth -z zone --save-dns "$tmp/once" -j ./*.eml >"$tmp/.once"
cmp -s "$tmp/once" "$tmp/all"
result $? "mail that comes twice adds nothing"
done_testing
