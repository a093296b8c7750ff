#!/bin/sh
# The library is pure: no sockets, files, clock, environment, stdio, locale,
# and no writable statics. Seen from the objects of the plain build.
set -u
lib=${MAILAUTH_LIB:-libmailauth.a}

if [ "$lib" != libmailauth.a ]; then
	echo 'ok 1 - purity # SKIP only the plain build is looked at'
	echo 1..1
	exit 0
fi

n=0 status=0
result() {
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
		status=1
	fi
}

allowed='mem(cpy|set|cmp|chr|move|rchr)|str(len|chr|cmp|ncmp)
malloc|calloc|realloc|free
__assert_fail|__(mem|str)[a-z]*_chk|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_
EVP_[A-Za-z0-9_]*|ERR_set_mark|ERR_pop_to_mark|OSSL_PARAM_[A-Za-z0-9_]*|OPENSSL_init_crypto
__cpu_model
BIO_(new|free|ctrl|new_mem_buf|s_secmem)|PEM_(read_bio_PrivateKey|write_bio_PKCS8PrivateKey)
i2d_PUBKEY|CRYPTO_([mz]alloc|free|set_mem_functions)|OPENSSL_cleanse
psl_[a-z_0-9]*|idn2_[a-z_0-9]*'
allowed=$(echo "$allowed" | tr '\n' '|')

defined=$(mktemp)
trap 'rm -f "$defined"' EXIT
nm --defined-only -g "$lib" | awk 'NF == 3 { print $3 }' | sort -u >"$defined"

result 'calls nothing but what is allowed' "$(
	nm -u "$lib" | awk '$1 == "U" { print $2 }' | sort -u |
		comm -23 - "$defined" | grep -vxE "$allowed")"

result 'has no writable statics' "$(
	size -A "$lib" | awk '
		/^[^ ]+ +:|\.o / { object = $1 }
		$1 ~ /^\.(t?data|t?bss)(\.|$)/ && $1 !~ /^\.data\.rel\.ro/ &&
			$2 > 0 { print object, $1, $2 }')"

result 'links without c-ares and jansson' "$(
	nm -u "$lib" | grep -E ' (ares_|json_)')"

echo "1..$n"
exit $status
