/* SPDX-License-Identifier: MIT */
#ifndef FETCH_IDENTITY_IMPL_H
#define FETCH_IDENTITY_IMPL_H

/* What identity.c and http*.c share; for nobody else. */

#include "fetch/identity.h"
#include "fetch/login.h"
#include "fetch/secret.h"
#include "fetch/tls.h"

struct identity {
	bool insecure;
	struct tls *tls;
	struct secret *user, *token; /* one of these three at most */
	struct login *login;
	struct why secret_why; /* why the file of one cannot be read now */
	struct why tls_why;    /* why those of tls cannot be used now */
	char told[sizeof(struct why)]; /* what the last turn has told of */
	const char *told_exposed;
};

#endif
