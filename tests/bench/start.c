/*
 * start.c - the floor of a cold run: what no program of this kind can avoid.
 *
 * The same libraries are loaded, one RSA-2048 signature is verified with the
 * cheapest calls, a c-ares channel and the suffix list are opened, one small
 * file is read.  Nothing is parsed.
 */
#include <sys/select.h>

#include <ares.h>
#include <idn2.h>
#include <jansson.h>
#include <libpsl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <stdio.h>
#include <string.h>

/* A public key and a signature need not be genuine to cost the same. */
static unsigned char modulus[256], signature[256], hash[32];

static int
verify(void)
{
	unsigned char exponent[3] = { 1, 0, 1 };
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_BN(
			OSSL_PKEY_PARAM_RSA_N, modulus, sizeof(modulus)),
		OSSL_PARAM_construct_BN(
			OSSL_PKEY_PARAM_RSA_E, exponent, sizeof(exponent)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *make = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY_CTX *use;
	EVP_PKEY *key = NULL;
	EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
	int result = -1;

	EVP_PKEY_fromdata_init(make);
	EVP_PKEY_fromdata(make, &key, EVP_PKEY_PUBLIC_KEY, params);
	use = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (md && EVP_PKEY_verify_init(use) == 1 &&
		EVP_PKEY_CTX_set_signature_md(use, md) == 1)
		result = EVP_PKEY_verify(
			use, signature, sizeof(signature), hash, sizeof(hash));
	EVP_PKEY_CTX_free(use);
	EVP_PKEY_CTX_free(make);
	EVP_PKEY_free(key);
	EVP_MD_free(md);
	return result;
}

static void
read_file(const char *name)
{
	char buffer[65536];
	FILE *file = fopen(name, "rb");

	while (file && fread(buffer, 1, sizeof(buffer), file) > 0)
		EVP_Q_digest(NULL, "SHA256", NULL, buffer, sizeof(buffer), hash,
			NULL);
	if (file)
		fclose(file);
}

int
main(int argc, char **argv)
{
	ares_channel channel;

	memset(modulus, 0xc5, sizeof(modulus));
	memset(signature, 0x3a, sizeof(signature));
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (argc > 1)
		read_file(argv[1]);
	verify();
	if (ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS &&
		ares_init(&channel) == ARES_SUCCESS)
		ares_destroy(channel);
	json_decref(json_object());
	return !psl_builtin() || !idn2_check_version(NULL);
}
