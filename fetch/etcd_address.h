/* SPDX-License-Identifier: MIT */
#ifndef FETCH_ETCD_ADDRESS_H
#define FETCH_ETCD_ADDRESS_H

/*
 * etcd://HOST:PORT[,HOST:PORT...]/PATH: the members of one etcd, and the path
 * below which registrator writes. etcd is the v2 API, etcd3 the v3 one; with an
 * s behind it over TLS.
 */

#include <stdbool.h>

#include "fetch/why.h"

struct etcd_address {
	bool v3;
	char *urls; /* by commas, as replicas.h has them */
	char *path; /* "/services"; "" is the root */
};

/* Whether a source's address is one of these. */
bool etcd_address_is(const char *address);

/* -EINVAL with words, -ENOMEM: nothing is to be released. */
int etcd_address_parse(
	const char *address, struct etcd_address *ret, struct why *why);
void etcd_address_done(struct etcd_address *address);

#endif
