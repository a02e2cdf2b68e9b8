/* SPDX-License-Identifier: MIT */
#ifndef FS_SERVER_LINES_H
#define FS_SERVER_LINES_H

/*
 * The server lines of a backend, as we write them into haproxy.cfg, read back
 * into what haproxy_runtime_apply() wants. Pure.
 */

#include "fs/haproxy_runtime.h"

struct server_lines {
	struct runtime_server *servers; /* they borrow from text */
	size_t count;
	char *text;
};

/*
 * lines: each "\tserver NAME ADDRESS WORDS", ended by a line break. 0; 1: there
 * is one in it that we do not understand; -ENOMEM. Only after 0 ret is to be
 * released.
 */
int server_lines_read(const char *lines, struct server_lines *ret);
void server_lines_done(struct server_lines *lines);

#endif
