/* SPDX-License-Identifier: MIT */
#ifndef FS_HAPROXY_SOCKET_H
#define FS_HAPROXY_SOCKET_H

/*
 * The wire of HAProxy's runtime API (its stats socket): a batch of commands
 * goes out on a connection of its own, and the answers come back in order.
 * Plain memory of one thread.
 *
 * Why a connection for each batch: connecting costs 0.05 ms, an idle
 * connection is closed after "stats timeout" (10 s), and it always reaches the
 * process that serves now, also right after a reload.
 *
 * Why the interactive mode, one line for each command: between commands that
 * share a line with ";" stands an empty line, but not always ("del server" of
 * 2.6 ends without), while the prompt is behind every answer. All lines are
 * sent at once, which is as fast as one line (0.2 ms for seven commands
 * against 0.15 ms; 0.25 ms when each waits for the answer before).
 */

#include <stdbool.h>
#include <stddef.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

enum {
	HAPROXY_COMMAND_MAX = 4096,   /* bytes; a buffer of haproxy is 16384 */
	HAPROXY_BATCH_MAX = 65536,    /* commands */
	HAPROXY_REPLY_MAX = 16 << 20, /* bytes, all answers of a batch */
};

/* Zeroed it is empty. */
struct haproxy_batch {
	char *commands;
	size_t commands_length, commands_space;
	size_t count;
	int error; /* the first that went wrong while adding; 0: none */
	char *reply;
	size_t reply_length, reply_space;
	size_t *answers; /* where each begins in reply; each ends with NUL */
	size_t answered, answers_space;
};

void haproxy_batch_done(struct haproxy_batch *batch);
/* Forgets the commands and answers, and keeps the memory. */
void haproxy_batch_reset(struct haproxy_batch *batch);

/*
 * Adds one command, without its line end. What does not fit, and what holds
 * a byte by which a text could become another command (see
 * haproxy_text_is_safe()), is an error that stays: haproxy_socket_ask() will
 * then send nothing. Returns 0, -EINVAL, -E2BIG or -ENOMEM.
 */
__attribute__((format(printf, 2, 3))) int haproxy_batch_add(
	struct haproxy_batch *batch, const char *format, ...);

/*
 * Sends the commands to the socket at path and reads all answers, within
 * timeout_ms for everything. path is that of a UNIX socket, or "abns@NAME" as
 * haproxy writes its abstract ones. 0; negative, with why: -ETIMEDOUT,
 * -EMSGSIZE (more than HAPROXY_REPLY_MAX), -ECONNRESET (closed before the last
 * answer), what connect() says, or what haproxy_batch_add() had.
 */
int haproxy_socket_ask(const char *path, int timeout_ms,
	struct haproxy_batch *batch, struct why *why);

/*
 * The answer to command index, without empty lines at its end; "" is how
 * haproxy says "done". Borrowed: valid until the batch is used again.
 */
const char *haproxy_batch_answer(
	const struct haproxy_batch *batch, size_t index);

/* No control byte, quote, backslash, ";" or "<" (which begins a payload). */
bool haproxy_text_is_safe(const char *text);

#endif
