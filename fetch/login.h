/* SPDX-License-Identifier: MIT */
#ifndef FETCH_LOGIN_H
#define FETCH_LOGIN_H

/*
 * The login of a DC/OS service account: a short-lived claim, signed with its
 * key, is given for a token, which is renewed before it expires, and when a
 * server refuses it. The old one serves until a new one is there. Nothing
 * blocks; everything happens in login_turn() and in callbacks of http.
 */

#include <stdbool.h>
#include <stdint.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

enum {
	LOGIN_CLAIM_S = 60, /* so long the signed claim is good */
	LOGIN_TOTAL_MS = 10000,
	LOGIN_BODY_MAX = 64 << 10,
	LOGIN_LIFE_S = 3600,  /* of a token that does not tell */
	LOGIN_MARGIN_S = 10,  /* renewed so long before its end, or earlier */
	LOGIN_LEAST_MS = 5000, /* but not sooner after it was given */
	LOGIN_RETRY_MS = 1000, /* doubled by each failure, up to */
	LOGIN_RETRY_MAX_MS = 30000,
	LOGIN_FRESH_MS = 60000, /* a younger token that is refused: back off */
};

struct http;
struct identity;
struct login;

/*
 * account: the path of its file, or the JSON itself ('{'...). Reads it, and
 * signs once to see that the key is good. identity is whose TLS the login is
 * made with: borrowed. -EINVAL, -ENOTSUP, the errno of the file, with words.
 */
int login_new(const char *account, struct identity *identity,
	struct login **ret, struct why *why);
/* After its http. */
void login_free(struct login *login);
CLEANUP_DEFINE(struct login *, login_free)

/* Logs in when that is due at now (clock_now_ms()). */
void login_turn(struct login *login, struct http *http, int64_t now);

/* Of the next turn; INT64_MAX: none is needed. */
int64_t login_deadline(const struct login *login);

/* A token is coming, or about to be asked for, and there is no good one. */
bool login_is_pending(const struct login *login);

/*
 * The token to be used now, and its number; borrowed until the next turn.
 * NULL: there is none, for what login_why() says. Reads the file again.
 */
const char *login_token(struct login *login, uint64_t *ret_number);

/*
 * A server refused the token of that number (401). True: another one is there,
 * or pending.
 */
bool login_refused(struct login *login, uint64_t number);

/* What is wrong with it now, "" nothing. Borrowed: valid while login lives. */
const char *login_why(const struct login *login);

/* Its file, when everybody can read that; borrowed; or NULL. */
const char *login_exposed(const struct login *login);

#endif
