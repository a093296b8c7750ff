/*
 * load.c - the floor of a run that verifies nothing: our libraries loaded.
 */
#include <sys/select.h>

#include <ares.h>
#include <idn2.h>
#include <jansson.h>
#include <libpsl.h>
#include <openssl/evp.h>

typedef void function(void);

/* A linker that drops what nobody names would drop the libraries. */
static function *const named[] = {
	(function *)ares_init,
	(function *)idn2_free,
	(function *)json_object,
	(function *)psl_builtin,
	(function *)EVP_MD_fetch,
};

int
main(int argc, char **argv)
{
	(void)argv;
	return named[argc % 5] == NULL;
}
