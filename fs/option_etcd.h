/* SPDX-License-Identifier: MIT */
#ifndef FS_OPTION_ETCD_H
#define FS_OPTION_ETCD_H

/*
 * The value of --registrator: the members of one etcd, and the path below which
 * registrator writes.
 */

#include "fetch/why.h"

/*
 * *ret is the address again, for the caller to free, as fetch/etcd_address.h
 * has it: each host with a port, no '/' at the end. -EINVAL: why says what is
 * wrong, and never repeats a password.
 */
int option_etcd_parse(const char *address, char **ret, struct why *why);

#endif
