/* SPDX-License-Identifier: MIT */
#ifndef FS_HAPROXY_PLAN_H
#define FS_HAPROXY_PLAN_H

/*
 * From the difference between a wanted and a known backend to commands, and
 * from their answers back to what is known. Used by haproxy_runtime.c alone.
 */

#include "fs/haproxy_known.h"
#include "fs/haproxy_runtime.h"
#include "fs/haproxy_socket.h"

enum {
	PLAN_TRIES = 2,     /* of the same change, then it needs a reload */
	PLAN_FULL = 256,    /* commands: time to send them */
	PLAN_LINES = 16384, /* that are expected in answers: likewise */
	DELETE_FIRST_MS = 1000,
	DELETE_LAST_MS = 60000,
};

enum plan_kind { PLAN_TELL, PLAN_ADD, PLAN_DELETE, PLAN_STATE, PLAN_STAT };

/* What command number index is for. */
struct planned {
	enum plan_kind kind;
	size_t index;
	struct known_backend *backend;
	const char *server; /* borrowed from the wanted or known one */
};

/* Zeroed it is empty, but for the settings. */
struct plan {
	struct haproxy_batch batch;
	struct planned *items;
	size_t count, space;
	size_t lines; /* that listings may have */
	bool shutdown;
	int shutdown_ms;
	uint32_t version; /* of haproxy; 0: not known */
	int64_t now;      /* ms */
	bool differs;     /* the backend that is looked at */
	bool dry;         /* only look whether it does */
	unsigned reasons; /* for a reload; why says the first */
	struct why why;
};

void plan_done(struct plan *plan);
/* An empty batch, begun with "show info", command 0. */
void plan_begin(struct plan *plan);

/* Whether it is better sent before more is added. */
bool plan_is_full(const struct plan *plan);

/* Whether haproxy can add and delete servers. */
bool plan_is_dynamic(const struct plan *plan);

/*
 * What of the backend is to be read or changed. A backend that is as wanted
 * adds nothing. Errors stay in the batch.
 */
void plan_backend(struct plan *plan, const struct runtime_backend *wanted,
	struct known_backend *known);

/* Tries again to delete what waits in the backend and is due. */
void plan_deletes(struct plan *plan, struct known_backend *known);

/*
 * Puts one command into the batch and notes that the backend differs (in a dry
 * run nothing else). false: names or words cannot be said, and it needs a
 * reload.
 */
__attribute__((format(printf, 3, 4))) bool plan_tell(
	struct plan *plan, struct planned item, const char *format, ...);

/* The backend is to be read. */
void plan_read(struct plan *plan, const struct runtime_backend *wanted,
	struct known_backend *known);

/* The batch will not be sent, but give this error. */
void plan_fail(struct plan *plan, int error);

/*
 * Brings what the answers say into what is known. 0, -ENOMEM, -EBADMSG (a
 * listing that we cannot read).
 */
int plan_take_answers(struct plan *plan);

/* Says that it needs a reload; the first reason counts. */
__attribute__((format(printf, 2, 3))) void plan_reload(
	struct plan *plan, const char *format, ...);

#endif
