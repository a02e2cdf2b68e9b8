/* SPDX-License-Identifier: MIT */
#include "fetch/pem.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <string.h>

#include "fetch/cleanup.h"

CLEANUP_DEFINE(BIO *, BIO_free_all)
CLEANUP_DEFINE(X509 *, X509_free)
CLEANUP_DEFINE(EVP_PKEY *, EVP_PKEY_free)

/* Instead of libcrypto's own, which would ask at the terminal. */
static int give_pass(char *to, int size, int writing, void *context)
{
	const char *pass = context;
	size_t length = pass ? strlen(pass) : 0;

	(void)writing;
	if (!pass || length > (size_t)size)
		return -1;
	memcpy(to, pass, length);
	return (int)length;
}

/* What libcrypto queues for people is not for the next who looks. */
static int bad(struct why *why, const char *path, const char *what)
{
	ERR_clear_error();
	return why_set(why, -EINVAL, "%s: %s", path, what);
}

/* Each of them: half a file must not take the place of a whole one. */
int pem_check_certificates(
	const char *text, const char *path, struct why *why)
{
	CLEANUP(BIO_free_all) BIO *in = BIO_new_mem_buf(text, -1);
	size_t count = 0;
	X509 *one;

	if (!in)
		return why_set(why, -ENOMEM, "out of memory");
	ERR_clear_error();
	while ((one = PEM_read_bio_X509(in, NULL, give_pass, NULL))) {
		X509_free(one);
		count++;
	}
	if (!count || ERR_GET_REASON(ERR_peek_last_error())
			!= PEM_R_NO_START_LINE)
		return bad(why, path, "no certificate in it, or a bad one");
	ERR_clear_error();
	return 0;
}

static int read_pair(const struct pem_pair *pair, X509 **ret_certificate,
	EVP_PKEY **ret_key, struct why *why)
{
	CLEANUP(BIO_free_all) BIO *first = NULL;
	CLEANUP(BIO_free_all) BIO *second = NULL;

	first = BIO_new_mem_buf(pair->certificate, -1);
	second = BIO_new_mem_buf(pair->key, -1);
	if (!first || !second)
		return why_set(why, -ENOMEM, "out of memory");
	*ret_certificate = PEM_read_bio_X509(first, NULL, give_pass, NULL);
	if (!*ret_certificate)
		return bad(why, pair->certificate_path, "no certificate in it");
	*ret_key = PEM_read_bio_PrivateKey(second, NULL, give_pass,
		/* It is only passed on to give_pass(). */
		(void *)(uintptr_t)pair->pass);
	if (*ret_key)
		return 0;
	if (strstr(pair->key, "ENCRYPTED"))
		return bad(why, pair->key_path, pair->pass
				? "the passphrase does not open the key"
				: "the key has a passphrase (see the "
				  "options *-key-pass-file)");
	return bad(why, pair->key_path, "no private key in it");
}

int pem_check_pair(const struct pem_pair *pair, struct why *why)
{
	CLEANUP(X509_free) X509 *certificate = NULL;
	CLEANUP(EVP_PKEY_free) EVP_PKEY *key = NULL;
	int r;

	r = read_pair(pair, &certificate, &key, why);
	if (r < 0)
		return r;
	if (X509_check_private_key(certificate, key) != 1)
		return bad(why, pair->key_path,
			"the key is not that of the certificate");
	return 0;
}
