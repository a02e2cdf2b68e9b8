/* SPDX-License-Identifier: MIT */
#ifndef RENDER_NAMES_IMPL_H
#define RENDER_NAMES_IMPL_H

/* What names.c, names_claim.c and names_state.c share; for nobody else. */

#include "render/names.h"
#include "render/table.h"

/* A file name somebody has, or had until this update. */
struct file {
	struct table_link link; /* first: by name */
	struct named *owner;    /* NULL: nobody */
	uint32_t port_index;
	bool own;       /* its app's own file, not that of a port */
	bool hidden;    /* keeps the name, but is not there to be seen */
	bool kept;      /* scratch of keep_port_files() */
	bool touched;   /* in names->touched */
	bool published; /* was there before this update */
	char name[];
};

/* An app, and the names that are its own. */
struct named {
	struct table_link link; /* first: by key */
	struct app *app;        /* a reference */
	struct file *own;       /* NULL: has no stem (yet) */
	struct file **ports;
	size_t port_count, port_room;
	enum stem_form form;
	bool claiming; /* in names->claims */
	bool waiting;  /* lacks a name it should have */
	bool uneasy;   /* in the list below: waits, or has a later form */
	struct named *uneasy_next, *uneasy_before;
};

/* Who had a name before the restart. */
struct memory {
	struct table_link link; /* first: by key */
	enum stem_form form;
	const char *source;
	char id[]; /* source follows */
};

struct names {
	enum names_style style;
	bool torn;     /* an update failed half way */
	bool released; /* a name got free in this update */
	struct catalog *last;
	struct table files, apps, memories;
	struct named *uneasy; /* a list */
	struct file **touched;
	size_t touched_count, touched_room;
	struct named **claims;
	size_t claim_count, claim_room;
	struct names_edit *edits;
};

uint64_t key_hash(const struct app_key *key);
struct named *named_find(const struct names *names, const struct app_key *key);
struct file *file_find(const struct names *names, const char *name);
void memories_free(struct names *names);
/* NULL: none. Borrowed. */
const struct memory *memory_find(
	const struct names *names, const struct app_key *key);

/* names_claim.c */
int file_release(struct names *names, struct file *file);
int own_release(struct names *names, struct named *named);
int ports_release(struct names *names, struct named *named);
/* Drops the port files the app no longer wants, keeps the others. */
int ports_keep(struct names *names, struct named *named);
int file_touch(struct names *names, struct file *file);
bool lacks_stem(const struct named *named);

/*
 * Calls visit for each port file the app should have, indices first: where a
 * port is named like another one's index, the index has the name. name is NULL
 * when it would be too long. Stops at, and returns, the first negative answer.
 */
typedef int port_file_visit(void *context, struct named *named,
	const char *name, uint32_t port_index);
int each_port_file(const struct names *names, struct named *named,
	port_file_visit *visit, void *context);

/* Settles all of names->claims. */
int claims_settle(struct names *names);
void uneasy_set(struct names *names, struct named *named);

#endif
