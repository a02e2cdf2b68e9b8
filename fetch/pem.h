/* SPDX-License-Identifier: MIT */
#ifndef FETCH_PEM_H
#define FETCH_PEM_H

/*
 * What can be said of PEM texts before anybody connects with them. Pure. In a
 * build without libcrypto (pem_plain.c) only their outside is looked at.
 */

#include "fetch/why.h"

/* A certificate at least; path is for the words. -EINVAL, -ENOMEM. */
int pem_check_certificates(
	const char *text, const char *path, struct why *why);

struct pem_pair {
	const char *certificate, *certificate_path;
	const char *key, *key_path;
	const char *pass; /* NULL: none */
};

/*
 * The first certificate is that of the key, which pass opens. -EINVAL with
 * words that name the file, never the pass. A key that needs a pass and has
 * none is refused: nobody is there to be asked for one.
 */
int pem_check_pair(const struct pem_pair *pair, struct why *why);

#endif
