/* SPDX-License-Identifier: MIT */
#ifndef FETCH_JWT_H
#define FETCH_JWT_H

/*
 * JSON web tokens (RFC 7519) as far as a DC/OS service account needs them: one
 * that we sign, and what one that we are given says. Pure. A build without
 * libcrypto (jwt_plain.c) can do neither.
 */

#include "fetch/why.h"

/*
 * Signs payload (JSON) as RS256 with the private key in PEM. *ret is to be
 * released with secret_forget(). -EINVAL with words that never hold the key,
 * -ENOMEM, -ENOTSUP.
 */
int jwt_sign(const char *payload, const char *key, char **ret,
	struct why *why);

/*
 * The payload of a token, whose signature is not for us to judge: to be freed.
 * -EINVAL: it is no such token, -ENOMEM.
 */
int jwt_payload(const char *token, char **ret);

#endif
