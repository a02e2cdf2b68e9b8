/* SPDX-License-Identifier: MIT */
#ifndef FETCH_ACCOUNT_JSON_H
#define FETCH_ACCOUNT_JSON_H

/*
 * A DC/OS service account, and what is said in JSON when it logs in: a claim
 * of ours, signed, for a token of theirs. The form is that of marathon-lb's
 * DCOS_SERVICE_ACCOUNT_CREDENTIAL. No secret gets into words.
 */

#include <stddef.h>
#include <stdint.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

enum { TOKEN_MAX = 16 << 10 };

/* Zeroed it holds nothing. */
struct account {
	char *uid;
	char *key; /* private, in PEM */
	char *url; /* of the login */
};

/* -EINVAL with words behind which the text can be found, -ENOMEM. */
int account_read(const char *text, struct account *ret, struct why *why);
void account_done(struct account *account);

/* What is signed; to be freed. expires: seconds since 1970. -ENOMEM. */
int account_claim(
	const struct account *account, int64_t expires, char **ret);

/* What is asked; to be released with secret_forget(). -ENOMEM. */
int account_question(
	const struct account *account, const char *signed_claim, char **ret);

/* The token of an answer; secret_forget() it. -EBADMSG with words, -ENOMEM. */
int account_token(
	const char *text, size_t length, char **ret, struct why *why);

/* What the payload of a token says; 0: nothing. Seconds since 1970. */
int64_t account_expiry(const char *payload);

#endif
