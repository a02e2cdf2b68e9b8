/* SPDX-License-Identifier: MIT */
#ifndef FETCH_ETCD3_JSON_H
#define FETCH_ETCD3_JSON_H

/*
 * The JSON of etcd's v3 API, as its gateway reads and writes it: keys and
 * values in base64, numbers of 64 bits as strings. Pure.
 */

#include <stddef.h>

#include "fetch/etcd_json.h"

/* How deep elements.h finds the keys of a range. */
enum { ETCD3_KEY_DEPTH = 3 };

/* One key of a range. As etcd2_node_read(). */
int etcd3_key_read(const char *text, size_t length, etcd_each *each,
	void *context, struct why *why);

struct etcd3_header {
	int64_t revision;  /* 0: none given */
	char cluster[24];  /* "" none given */
};

/*
 * What is left of a range without its keys, of which there were count.
 * -EBADMSG with words, also when it says that there are more.
 */
int etcd3_frame_read(const char *text, size_t length, size_t count,
	struct etcd3_header *ret, struct why *why);

/* One line of a watch. */
struct etcd3_line {
	bool created;
	bool canceled;     /* there is nothing more to come */
	int64_t compacted; /* the changes up to here are lost; 0: none */
	char reason[256];  /* of the end; "" none given */
};

/*
 * Each is called for each event. An error of the gateway is an end, too. As
 * etcd2_node_read().
 */
int etcd3_line_read(const char *text, size_t length, etcd_each *each,
	void *context, struct etcd3_line *ret, struct why *why);

/*
 * The questions, for the caller to free. path is that of all services, without
 * a slash at the end; revision is the first of the watch. -ENOMEM.
 */
int etcd3_range_write(const char *path, char **ret);
int etcd3_watch_write(const char *path, int64_t revision, char **ret);
/* It holds a secret. */
int etcd3_login_write(const char *user, const char *password, char **ret);

/* *ret is the token, for the caller to free. -EBADMSG with words, -ENOMEM. */
int etcd3_token_read(
	const char *text, size_t length, char **ret, struct why *why);

#endif
