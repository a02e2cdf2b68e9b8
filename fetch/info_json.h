/* SPDX-License-Identifier: MIT */
#ifndef FETCH_INFO_JSON_H
#define FETCH_INFO_JSON_H

#include <stddef.h>

/*
 * The version in a reply of /v2/info, cut to size. -EBADMSG when there is
 * none, -ENOMEM.
 */
int info_version(const char *text, size_t length, char *ret, size_t size);

/* Likewise the leader, "host:port", in a reply of /v2/leader. */
int info_leader(const char *text, size_t length, char *ret, size_t size);

#endif
