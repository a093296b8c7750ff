#!/bin/sh
# keygen.t - keys and their records: files, modes, and what others make of them.
. "$(dirname "$0")/lib.sh"
. tests/dns/nsd.sh
trap 'nsd_stop; rm -rf "$tmp"' EXIT
PATH=$PATH:/usr/sbin:/sbin
dir=$tmp/keys
mkdir "$dir"
cd "$dir" || exit 1

ed25519() { # quick to make
	run mailauth keygen -d garden.example -a ed25519 "$@"
}

modes() {
	stat -c '%a %n' -- "$@" | tr '\n' ' '
}

# --- a pair ---------------------------------------------------------------

run mailauth keygen -d Garden.Example. -s Mail.2026
is "$code $err" "0 " "keygen"
is "$out" "Mail.2026.private  the private key (RSA, 2048 bits), for the signer alone
Mail.2026.txt      the record to publish in the DNS of garden.example

Next: see the record among all that the domain needs:
    mailauth setup -k Mail.2026.private -s Mail.2026 garden.example
publish them, and look:
    mailauth domain -S Mail.2026 garden.example
sign with the mail server, or by hand:
    mailauth sign -k Mail.2026.private -s Mail.2026 -d garden.example mail.eml
check a signed message, best one that arrived:
    mailauth message.eml" "tells what it wrote, and what comes next"
is "$(ls -A)" "Mail.2026.private
Mail.2026.txt" "two files, and nothing else"
is "$(openssl pkey -in Mail.2026.private -noout -text | sed -n 1p)" \
	"Private-Key: (2048 bit, 2 primes)" "OpenSSL reads the key"
is "$(openssl pkey -in Mail.2026.private -pubout | grep -v -- ---- | tr -d '\n')" \
	"$(tr -d '\n\t" ' <Mail.2026.txt | sed 's/.*;p=//; s/)$//')" \
	"p= is its public half"
is "$(awk 'length > 260' Mail.2026.txt)" "" "no string over 255 octets"
is "$(grep '^;' Mail.2026.txt | grep '"')" "" "no quotation mark in a comment"
like "$(cat Mail.2026.txt)" \
	'^Mail\.2026\._domainkey\.garden\.example\. IN TXT \($' "an absolute owner"

run mailauth keygen -q -d bücher.example -s schlüssel -a ed25519
is "$code$out$err" 0 "-q has no words"
like "$(cat xn--schlssel-95a.txt)" \
	'^xn--schlssel-95a\._domainkey\.xn--bcher-kva\.example\. IN TXT' "U-labels"
ed25519 -s flags -t -S -r
like "$(cat flags.txt)" '"v=DKIM1; k=ed25519; s=email; t=y:s; p=.{44}"' "-t -S -r"
like "$out" "without t=y" "-t is told of"
run mailauth keygen -d garden.example -s big -b 3072 --color=always
like "$out" "$esc\\[1mbig\\.private$esc\\[0m.*RSA, 3072 bits" "-b, --color"
mkdir "a b"
ed25519 -s d -D "a b/"
like "$out" '^a b/d\.txt ' "-D"
like "$out" "setup -k 'a b/d.private' -s d " "a name for the shell"
is "$(ls "a b")" "d.private
d.txt" "writes there"

# --- modes, and what is there already -------------------------------------

for mask in 000 022 077 777; do
	(umask $mask && mailauth keygen -q -d garden.example -a ed25519 -s "m$mask")
done
is "$(modes m*.private)" \
	"600 m000.private 600 m022.private 600 m077.private 600 m777.private " \
	"the key is for its owner alone, whatever the umask"
is "$(modes m*.txt)" "666 m000.txt 644 m022.txt 600 m077.txt 0 m777.txt " \
	"the record is as the umask has it"

cp flags.private old.private
ed25519 -s flags
is "$code $out $err" "2  mailauth: cannot create 'flags.private': File exists \
(another -s makes another; --force replaces it)" "a key is not replaced"
cmp flags.private old.private
is $? 0 "it is what it was"
: >half.txt
ed25519 -s half
is "$code $err" "2 mailauth: cannot create 'half.txt': File exists \
(another -s makes another; --force replaces it)" "nor is a record"
is "$(ls half*)" half.txt "and then there is no key"
ln -s nowhere.private link.private
ed25519 -s link
is "$code$(ls nowhere* 2>/dev/null)" 2 "a link is not followed"

chmod 644 flags.private
(umask 000 && mailauth keygen -q -d garden.example -a ed25519 -s flags --force)
is "$?$(modes flags.private flags.txt)" "0600 flags.private 666 flags.txt " "--force"
cmp -s flags.private old.private
is $? 1 "it is another key"
like "$(cat flags.txt)" "$(mailauth keygen --from-key flags.private --print |
	tr +/ ..)" "and its record"
ed25519 -s fresh --force
is "$code$(ls fresh*)" "0fresh.private
fresh.txt" "--force with nothing to replace"

# one that cannot be replaced: the other stays what it was
pair() { cat flags.private flags.txt 2>/dev/null; }
for name in flags.txt flags.private; do
	mv $name kept && mkdir $name
	pair >before
	ed25519 -s flags --force
	like "$code $err" "^2 mailauth: cannot replace '$name': " "$name a directory"
	pair | cmp -s - before
	is $? 0 "$name: the other is what it was"
	rmdir $name && mv kept $name
done
mv flags.txt kept && mkdir flags.private.d && mv flags.private flags.private.d
mkdir flags.private
ed25519 -s flags --force
is "$code$(ls flags.txt 2>/dev/null)" 2 "no record without its key"
rmdir flags.private && mv flags.private.d/flags.private . && mv kept flags.txt
is "$(ls -A | grep mailauth-)" "" "no temporary file is left"

# --- where it cannot be done ----------------------------------------------

ed25519 -s x -D nowhere
is "$code $err" "2 mailauth: cannot create 'nowhere/x.private': No such file \
or directory" "no such directory"
mkdir closed && chmod 555 closed
unprivileged() { "$@"; }
if [ "$(id -u)" -eq 0 ]; then
	unprivileged() { setpriv --bounding-set -all --inh-caps -all "$@"; }
fi
for force in '' --force; do
	# shellcheck disable=SC2086
	run unprivileged "$MAILAUTH" keygen -d garden.example -s x -a ed25519 \
		-D closed $force
	is "$code $err" "2 mailauth: cannot create 'closed/x.private': \
Permission denied" "a closed directory $force"
done

# a disk with room for so many octets, one page a file
cat >full <<END
mount -t tmpfs -o size=\$1 none '$dir/closed' && cd '$dir/closed' || exit 99
umask 022
shift
[ \$# -eq 0 ] || { cp ../flags.private x.private; cp ../flags.txt x.txt; }
'$MAILAUTH' keygen -d garden.example -s x -a ed25519 "\$@"
echo "\$? \$(ls -A | tr '\n' ' ')"
[ \$# -eq 0 ] || cat x.private x.txt | cmp - '$dir/before'
END
pair >before
if unshare -rm sh -c "mount -t tmpfs none '$dir/closed'" 2>/dev/null; then
	run unshare -rm sh ./full 4k
	is "$out $err" "2  mailauth: cannot write 'x.txt': No space left on device" \
		"a full disk: no key without its record"
	run unshare -rm sh ./full 8k --force
	is "$out $err" "2 x.private x.txt  mailauth: cannot write 'x.private': No \
space left on device" "a full disk: --force leaves what was there"
else
	skip 'no tmpfs of our own'
fi
run sh -c "ulimit -f 1; '$MAILAUTH' keygen -d garden.example -s limit"
is "$code $err$(ls limit* 2>/dev/null)" \
	"2 mailauth: cannot write 'limit.private': File too large" "a limit"
# a large key takes its time
timeout -s INT 0.02 "$MAILAUTH" keygen -q -d garden.example -s cut -b 4096
is "$?$(ls cut* 2>/dev/null)" 124 "interrupted, it leaves nothing"
if [ -c /dev/full ]; then
	"$MAILAUTH" keygen --from-key flags.private --print >/dev/full 2>"$tmp/full"
	is "$? $(cat "$tmp/full")" "2 mailauth: cannot write the result: No space \
left on device" "a record that cannot be printed"
fi

# --- --print, --from-key --------------------------------------------------

ed25519 -s printed --print
is "$code $err $(ls printed*)" "0  printed.private
printed.txt" "--print writes the files"
like "$(cat printed.txt)" "\"$(printf %s "$out" | tr +/ ..)\" \\)$" "its value is that of the file"
is "$(printf '%s\n' "$out" | wc -l)" 1 "on one line"
value=$out
run mailauth keygen --from-key printed.private --print
is "$out $err" "$value " "--from-key --print needs no names"
run mailauth keygen --from-key - -s printed -d garden.example <printed.private
is "$out $err" "$(cat printed.txt) " "--from-key: the record once more"
openssl pkey -in printed.private -outform DER | tail -c 32 | base64 >seed
run mailauth keygen --from-key seed --print
is "$out" "$value" "the seed alone, as dkimpy has it"
run mailauth keygen --from-key Mail.2026.private -s Mail.2026 -d garden.example
is "$out" "$(cat Mail.2026.txt)" "--from-key of RSA"
openssl pkey -in Mail.2026.private -traditional -out traditional.pem
run mailauth keygen --from-key traditional.pem --print -t
like "$out" "^v=DKIM1; k=rsa; t=y; p=MIIBIjAN[A-Za-z0-9+/=]{384}$" \
	"the older PEM, and flags"
openssl genrsa -out short.pem 1024 2>/dev/null
run mailauth keygen --from-key short.pem --print
is "$code $err" "0 mailauth: 'short.pem' has only 1024 bits: a new key of 2048 \
is better" "a short one is told of"
is "$(ls -A | grep -c '^short')" 1 "no file is written"

refused() { # FILE CAUSE
	run mailauth keygen --from-key "$1" --print
	is "$code $out $err" "2  mailauth: cannot $2" "--from-key: $3"
}
refused none "open 'none': No such file or directory" "no file"
refused . "read '.': Is a directory" "a directory"
refused printed.txt "use 'printed.txt': no private key in it" "a record"
openssl pkey -in printed.private -pubout -out public.pem
refused public.pem "use 'public.pem': a public key or certificate, not the \
private key" "a public key"
openssl pkey -in printed.private -aes256 -passout pass:x -out locked.pem
refused locked.pem "use 'locked.pem': it has a passphrase (openssl pkey takes \
it off)" "an encrypted key"
openssl genpkey -algorithm X25519 -out other.pem 2>/dev/null
refused other.pem "use 'other.pem': neither RSA nor Ed25519" "another kind"
sed 3,9d Mail.2026.private >cut.pem
refused cut.pem "use 'cut.pem': the private key is damaged" "damaged"
head -c 300000 /dev/zero >large
refused large "read 'large': File too large" "too large"
: >empty
refused empty "use 'empty': no private key in it" "empty"

# --- the command line -----------------------------------------------------

wrong() { # WORDS... --- MESSAGE
	words=
	while [ "$1" != --- ]; do
		words="$words $1"
		shift
	done
	# shellcheck disable=SC2086
	run mailauth keygen $words </dev/null
	is "$code $out $err" "2  mailauth: $2" "refused:$words"
}
wrong --- "keygen needs a domain and a name for the key: -d DOMAIN -s SELECTOR"
wrong -d a.example --- "keygen needs a name for the key: -s SELECTOR"
wrong -s s --- "keygen needs the domain that signs: -d DOMAIN"
wrong --from-key k -d a.example --- "keygen needs a name for the key: -s SELECTOR"
for size in 512 1024 2047; do
	wrong -b $size --- \
		"bad value '$size' for '-b': too short: 2048 bits at least"
done
wrong -b 4097 --- "bad value '4097' for '-b': more than 4096 bits, which \
receivers need not verify"
wrong --bits=2k --- "bad value '2k' for '--bits': not a number of bits, 2048 to 4096"
wrong -a dsa --- "bad value 'dsa' for '-a': not rsa or ed25519"
wrong -a -s x --- "bad value '-s' for '-a': not rsa or ed25519 (the domain is \
in the record in any case)"
wrong -d a.example -s s -a ed25519 -b 2048 --- "-b is for RSA: Ed25519 has one size"
for domain in localhost 192.0.2.1 a..example a@b.example 'a;b.example' a/b.example
do
	wrong -d "$domain" --- "bad value '$domain' for '-d': not a domain name \
like example.com"
done
wrong -d s._domainkey.a.example --- "bad value 's._domainkey.a.example' for \
'-d': the domain alone is wanted, without _domainkey"
for selector in ../s a/b 'a"b' -s . a. s%; do
	wrong -s "$selector" --- "bad value '$selector' for '-s': not a selector: \
letters, digits, - and _, dots between them"
done
wrong -s s._domainkey --- "bad value 's._domainkey' for '-s': the selector \
alone is wanted, without _domainkey"
long=$(printf %060d 0).$(printf %060d 0).$(printf %060d 0)
wrong -s "$long" -d "$(printf %060d 1).example" --- \
	"selector and domain are too long for a name in the DNS"
wrong --from-key k --print --force --- \
	"--from-key makes no key and no file: not with --force"
wrong -h --- "unknown option '-h', see 'mailauth keygen --help'"
wrong a.example --- \
	"'mailauth keygen' takes -d DOMAIN -s SELECTOR, not 'a.example'"
wrong -z file --- "option '-z' belongs to 'mailauth check'"
run mailauth keygen --help
is "$code$(echo "$out" | awk 'length > 80' | wc -l)" 00 "--help, in 80 columns"
for option in d s a b D t r S q; do
	like "$out" "(^| )-$option, --" "--help has -$option"
done

# --- what others make of it -----------------------------------------------

if command -v nsd-checkzone >/dev/null; then
	{
		echo '$TTL 3600'
		echo '@ IN SOA ns hostmaster 1 3600 600 86400 60'
		echo '@ IN NS ns.example.net.'
		cat Mail.2026.txt printed.txt
	} >garden
	run nsd-checkzone garden.example garden
	exit_is 0 "nsd takes the records in the zone of their domain"
fi

python=/usr/bin/python3
if $python -c 'import dkim, nacl' 2>/dev/null; then
	cat >sign.py <<'END'
import subprocess, sys
import dkim
selector, key, algorithm = sys.argv[1:]
mail = b"From: a@garden.example\r\nSubject: key\r\n\r\nbody\r\n"
mail = dkim.sign(mail, selector.encode(), b"garden.example",
    open(key, "rb").read(), signature_algorithm=algorithm.encode()) + mail
sys.stdout.buffer.write(mail)
record = open(selector + ".value", "rb").read()
sys.exit(not dkim.verify(mail, dnsfunc=lambda name, timeout=5: record))
END
	mailauth keygen --from-key Mail.2026.private --print >Mail.2026.value
	echo "$value" >printed.value
	echo '_dmarc.garden.example. IN TXT "v=DMARC1; p=reject"' >dmarc
	for signer in 'Mail.2026 Mail.2026.private rsa-sha256' \
		'printed seed ed25519-sha256'; do
		# shellcheck disable=SC2086
		$python sign.py $signer >signed.eml
		is $? 0 "dkimpy signs and verifies: $signer"
		run mailauth -j -z "${signer%% *}.txt" -z dmarc signed.eml
		is "$(printf %s "$out" | jq -r '.verdict, .dkim[0].result')" "pass
pass" "and so do we, with the file as the zone"
	done
else
	skip 'dkimpy is not installed'
fi

# OpenDKIM asks a name server; 2.11 knows no Ed25519
if command -v opendkim-testkey >/dev/null &&
	nsd_start Mail.2026.txt printed.txt; then
	cat >resolver <<-END
	server:
		do-not-query-localhost: no
		module-config: "iterator"
	forward-zone:
		name: "."
		forward-addr: 127.0.0.1@$NSD_PORT
	END
	echo "ResolverConfiguration $dir/resolver" >opendkim.conf
	run opendkim-testkey -x opendkim.conf -d garden.example -s Mail.2026 \
		-k Mail.2026.private -vvv
	like "$code $out$err" "^0 .*key OK" "OpenDKIM: key and record fit"
	run mailauth -s "127.0.0.1:$NSD_PORT" -j signed.eml
	is "$(printf %s "$out" | jq -r '.dkim[0].result')" pass "served by nsd"
else
	skip 'opendkim-testkey or nsd is not installed'
fi

done_testing
