/* SPDX-License-Identifier: MIT */
#ifndef FETCH_IDENTITY_IMPL_H
#define FETCH_IDENTITY_IMPL_H

/* What identity.c and http_ask.c share; for nobody else. */

#include "fetch/identity.h"
#include "fetch/secret.h"

struct identity {
	char *ca_file;
	bool insecure;
	struct secret *user, *token;
	struct why secret_why; /* why the file of one cannot be read now */
};

#endif
