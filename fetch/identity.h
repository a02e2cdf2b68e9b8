/* SPDX-License-Identifier: MIT */
#ifndef FETCH_IDENTITY_H
#define FETCH_IDENTITY_H

/*
 * Who we are to the servers of one source, and whom of them we believe. Each
 * source has its own: no server is shown what is meant for another. The files
 * are read again before each use; what was good last stays when they are not.
 */

#include <stdbool.h>
#include <stdint.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

/* Files by their paths; NULL: none. One of user, token and account at most. */
struct identity_settings {
	const char *ca_file;    /* NULL: the system's */
	bool insecure;          /* do not verify certificates */
	const char *cert_file;  /* ours, in PEM */
	const char *key_file;   /* NULL: the key is in cert_file */
	const char *pass_file;  /* holds what opens the key */
	const char *user_file;  /* holds user:password */
	const char *token_file; /* holds a token */
	const char *account;    /* of DC/OS, or the JSON itself ('{'...) */
};

struct http;
struct identity;

/*
 * Checks and copies the settings: -EINVAL (or the errno of the file) with words
 * for a file that cannot be read or understood.
 */
int identity_new(const struct identity_settings *settings,
	struct identity **ret, struct why *why);
/* No request may use it any more: after its http. */
void identity_free(struct identity *identity);
CLEANUP_DEFINE(struct identity *, identity_free)

/*
 * user:password, read anew, for servers that take it otherwise than in a head
 * (http.h: authorization). Borrowed until the next use; NULL: there is none.
 */
const char *identity_user(struct identity *identity);

/*
 * Logs in, where that is how it is done and due at now (clock_now_ms()). True
 * when identity_words() may have changed since the last call.
 */
bool identity_turn(struct identity *identity, struct http *http, int64_t now);

/* Of the next turn, in its time; INT64_MAX: none is needed. */
int64_t identity_deadline(const struct identity *identity);

/* Borrowed until the next turn. "": nothing to say. */
struct identity_words {
	const char *wrong;   /* what cannot be used now as it is */
	const char *exposed; /* a secret's file that everybody can read */
};
struct identity_words identity_words(const struct identity *identity);

#endif
