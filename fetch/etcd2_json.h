/* SPDX-License-Identifier: MIT */
#ifndef FETCH_ETCD2_JSON_H
#define FETCH_ETCD2_JSON_H

/* The answers of etcd's v2 keys API. Pure. */

#include <stddef.h>

#include "fetch/etcd_json.h"

/* How deep elements.h finds the nodes of a recursive answer. */
enum { ETCD2_NODE_DEPTH = 4 };

/*
 * One node, of a directory with all below it: each is called for each key that
 * has a value. -EBADMSG with words, -ENOMEM, or what each gave.
 */
int etcd2_node_read(const char *text, size_t length, etcd_each *each,
	void *context, struct why *why);

/*
 * What is left of a recursive answer without its nodes, of which there were
 * count. -ENOTDIR when the path is a key and no directory; -EBADMSG.
 */
int etcd2_frame_read(
	const char *text, size_t length, size_t count, struct why *why);

/* What a watch answers: each is called once. As etcd2_node_read(). */
int etcd2_event_read(const char *text, size_t length, etcd_each *each,
	void *context, struct why *why);

#endif
