/* SPDX-License-Identifier: MIT */
#include "fetch/jwt.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/cleanup.h"
#include "fetch/secret.h"

CLEANUP_DEFINE(BIO *, BIO_free_all)
CLEANUP_DEFINE(EVP_PKEY *, EVP_PKEY_free)
CLEANUP_DEFINE(EVP_MD_CTX *, EVP_MD_CTX_free)

enum {
	SIGNATURE_MAX = 2048, /* bytes: a key of 16384 bits */
	JWT_MAX = 64 << 10,
};

#define HEADER "{\"alg\":\"RS256\",\"typ\":\"JWT\"}"

/* libcrypto has only the other alphabet, with padding. NULL without memory. */
static char *to_base64url(const unsigned char *bytes, size_t length)
{
	char *text = malloc(4 * ((length + 2) / 3) + 1);

	if (!text)
		return NULL;
	EVP_EncodeBlock((unsigned char *)text, bytes, (int)length);
	text[strcspn(text, "=")] = '\0';
	for (char *c = text; *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
	return text;
}

/* NULL when it is not, or without memory. */
static char *from_base64url(const char *text, size_t length)
{
	size_t padded = (length + 3) / 4 * 4;
	CLEANUP(free) unsigned char *plain = malloc(padded + 1);
	unsigned char *bytes = malloc(padded / 4 * 3 + 1);
	int size = -1;

	if (plain && bytes) {
		memset(plain, '=', padded);
		for (size_t i = 0; i < length; i++)
			plain[i] = text[i] == '-' ? '+'
				: text[i] == '_'  ? '/'
						  : (unsigned char)text[i];
		size = EVP_DecodeBlock(bytes, plain, (int)padded);
	}
	if (size < 0) {
		ERR_clear_error();
		free(bytes);
		return NULL;
	}
	/* What padding stood for comes out as zeros. */
	bytes[size] = '\0';
	return (char *)bytes;
}

static int no_pass(char *to, int size, int writing, void *context)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

static int read_key(const char *text, EVP_PKEY **ret, struct why *why)
{
	CLEANUP(BIO_free_all) BIO *in = BIO_new_mem_buf(text, -1);

	if (!in)
		return why_set(why, -ENOMEM, "out of memory");
	*ret = PEM_read_bio_PrivateKey(in, NULL, no_pass, NULL);
	if (*ret && EVP_PKEY_base_id(*ret) == EVP_PKEY_RSA)
		return 0;
	ERR_clear_error();
	return why_set(why, -EINVAL,
		"the private key is no RSA key in PEM without a passphrase");
}

/* The signature of text, coded; NULL without success. */
static char *signature_of(const char *text, EVP_PKEY *key)
{
	CLEANUP(EVP_MD_CTX_free) EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[SIGNATURE_MAX];
	size_t size = sizeof(signature);

	if (context
		&& EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key)
			== 1
		&& EVP_DigestSign(context, signature, &size,
			   (const unsigned char *)text, strlen(text))
			== 1)
		return to_base64url(signature, size);
	ERR_clear_error();
	return NULL;
}

int jwt_sign(const char *payload, const char *key, char **ret,
	struct why *why)
{
	CLEANUP(EVP_PKEY_free) EVP_PKEY *opened = NULL;
	CLEANUP(free) char *head = NULL;
	CLEANUP(free) char *body = NULL;
	CLEANUP(free) char *text = NULL;
	CLEANUP(secret_forget) char *signature = NULL;
	int r;

	r = read_key(key, &opened, why);
	if (r < 0)
		return r;
	head = to_base64url((const unsigned char *)HEADER, strlen(HEADER));
	body = to_base64url((const unsigned char *)payload, strlen(payload));
	if (!head || !body || asprintf(&text, "%s.%s", head, body) < 0) {
		text = NULL;
		return why_set(why, -ENOMEM, "out of memory");
	}
	signature = signature_of(text, opened);
	if (!signature)
		return why_set(why, -EINVAL,
			"the private key cannot sign as RS256");
	if (asprintf(ret, "%s.%s", text, signature) < 0)
		return why_set(why, -ENOMEM, "out of memory");
	return 0;
}

int jwt_payload(const char *token, char **ret)
{
	const char *begin = strchr(token, '.');
	size_t length;

	if (!begin || strlen(token) > JWT_MAX)
		return -EINVAL;
	begin++;
	length = strcspn(begin, ".");
	if (!length || !begin[length])
		return -EINVAL;
	*ret = from_base64url(begin, length);
	return *ret ? 0 : -EINVAL;
}
