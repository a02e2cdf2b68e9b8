/* SPDX-License-Identifier: MIT */
#include "fetch/tls.h"

#include <errno.h>
#include <string.h>

#include "fetch/pem.h"
#include "fetch/secret.h"

struct tls {
	struct secret *files[TLS_PARTS]; /* NULL: there is none */
	char *good[TLS_PARTS]; /* the last texts that fitted together */
};

/* Where a part stands, if anywhere. */
static struct secret *file_of(const struct tls *tls, enum tls_part part)
{
	if (part == TLS_KEY && !tls->files[part])
		part = TLS_CERTIFICATE;
	return tls->files[part];
}

static const char *read_text(const struct tls *tls, enum tls_part part)
{
	const struct secret *file = file_of(tls, part);

	return file ? secret_text(file) : NULL;
}

static int check(const struct tls *tls, struct why *why)
{
	const char *authorities = read_text(tls, TLS_AUTHORITIES);
	struct pem_pair pair = {
		.certificate = read_text(tls, TLS_CERTIFICATE),
		.certificate_path = tls_path(tls, TLS_CERTIFICATE),
		.key = read_text(tls, TLS_KEY),
		.key_path = tls_path(tls, TLS_KEY),
		.pass = read_text(tls, TLS_PASS),
	};
	int r = 0;

	if (authorities)
		r = pem_check_certificates(
			authorities, tls_path(tls, TLS_AUTHORITIES), why);
	if (r == 0 && pair.certificate)
		r = pem_check_pair(&pair, why);
	return r;
}

/* What was read becomes what counts. */
static int take(struct tls *tls, struct why *why)
{
	for (int part = 0; part < TLS_PARTS; part++) {
		const char *text = read_text(tls, part);
		char *copy = text ? strdup(text) : NULL;

		if (text && !copy)
			return why_set(why, -ENOMEM, "out of memory");
		secret_forget(tls->good[part]);
		tls->good[part] = copy;
	}
	return 0;
}

/* Whether what was read differs from what counts. */
static bool differs(const struct tls *tls)
{
	for (int part = 0; part < TLS_PARTS; part++) {
		const char *text = read_text(tls, part);

		if (text
			&& (!tls->good[part]
				|| strcmp(text, tls->good[part]) != 0))
			return true;
	}
	return false;
}

int tls_refresh(struct tls *tls, struct why *why)
{
	int result = 0, r;

	for (int part = 0; part < TLS_PARTS; part++) {
		if (!tls->files[part])
			continue;
		r = secret_refresh(tls->files[part], why);
		result = r < 0 ? r : result;
	}
	if (result < 0 || !differs(tls))
		return result;
	result = check(tls, why);
	return result < 0 ? result : take(tls, why);
}

static enum secret_kind kind_of(enum tls_part part)
{
	return part == TLS_PASS ? SECRET_TOKEN : SECRET_WHOLE;
}

int tls_new(const char *const paths[TLS_PARTS], struct tls **ret,
	struct why *why)
{
	CLEANUP(tls_free) struct tls *tls = calloc(1, sizeof(*tls));
	int r;

	if (!tls)
		return why_set(why, -ENOMEM, "out of memory");
	for (int part = 0; part < TLS_PARTS; part++) {
		if (!paths[part])
			continue;
		r = secret_new(
			paths[part], kind_of(part), &tls->files[part], why);
		if (r < 0)
			return r;
	}
	r = tls_refresh(tls, why);
	if (r < 0)
		return r;
	*ret = take_ptr(&tls);
	return 0;
}

void tls_free(struct tls *tls)
{
	if (!tls)
		return;
	for (int part = 0; part < TLS_PARTS; part++) {
		secret_free(tls->files[part]);
		secret_forget(tls->good[part]);
	}
	free(tls);
}

const char *tls_text(const struct tls *tls, enum tls_part part)
{
	return tls->good[part];
}

const char *tls_path(const struct tls *tls, enum tls_part part)
{
	const struct secret *file = file_of(tls, part);

	return file ? secret_path(file) : NULL;
}

const char *tls_exposed(const struct tls *tls)
{
	static const enum tls_part secrets[] = {TLS_KEY, TLS_PASS};

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		const struct secret *file = file_of(tls, secrets[i]);

		if (file && secret_is_exposed(file))
			return secret_path(file);
	}
	return NULL;
}
