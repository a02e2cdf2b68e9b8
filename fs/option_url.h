/* SPDX-License-Identifier: MIT */
#ifndef FS_OPTION_URL_H
#define FS_OPTION_URL_H

/*
 * The lists of --marathon and --mesos-masters: URLs of one cluster, or files.
 */

#include <stdbool.h>
#include <stddef.h>

#include "fetch/why.h"

/*
 * *ret is the list again, for the caller to free: without spaces, without '/'
 * at the ends, paths of files absolute. -EINVAL: why says what is wrong, and
 * never repeats a password.
 */
int option_urls_parse(const char *list, char **ret, struct why *why);

/*
 * The same for the masters of Mesos, which may be said without a scheme, and
 * then without a port, too: "mesos:http://a:5050,http://b:5050".
 */
int option_masters_parse(const char *list, char **ret, struct why *why);

/* How long the host is that text begins with; 0: it begins with none. */
size_t option_host_length(const char *text, size_t length);

/* The whole of text is a port. */
bool option_port_valid(const char *text, size_t length);

#endif
