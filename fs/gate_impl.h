/* SPDX-License-Identifier: MIT */
#ifndef FS_GATE_IMPL_H
#define FS_GATE_IMPL_H

/*
 * What gate.c and its parts share; for nobody else. The parts: what of the
 * newest catalog is shown at once and what has to wait (gate_sort.c), how what
 * waits is tried and the guilty are found (gate_trial.c), and who was refused
 * (gate_refused.h). gate.c has the turn of all, and the maker's texts.
 */

#include "fs/gate.h"
#include "fs/gate_refused.h"

enum { FAILED_MS = 5000 }; /* after a check that came to no verdict */

/* An app that is not shown as it is now. */
struct pending {
	struct app *before; /* what is shown; NULL: nothing; a reference */
	struct app *after;  /* NULL: it is to go; a reference */
};

/* In order of keys. Zeroed it is empty. */
struct pending_list {
	struct pending *items;
	size_t count, space;
};

/* What is being judged; it keeps to itself between two verdicts. */
struct trial {
	struct pending_list list; /* all that is on trial */
	bool checking; /* a text is with the checker, and it has */
	size_t part;   /* so many of the list in it */
	size_t good;   /* so many are known to be accepted */
	size_t bad;    /* so many are known to be refused; 0: not searching */
	bool base_tried;           /* the text without any of them */
	struct catalog *candidate; /* what the text was of; a reference */
	struct why bad_why; /* of the search: of the text with bad of them */
};

struct gate {
	struct gate_settings settings;
	struct checker *checker; /* NULL: nothing is checked */
	void *cache;
	/* References: what was accepted, with the servers of now, */
	struct catalog *shown;
	struct catalog *in_cache; /* and what the cache was told last. */
	bool missing; /* there is no program: shown without (mode auto) */
	bool base_is_good; /* what is shown was accepted, at some time */
	struct why why; /* of the last check that came to no verdict */
	int64_t again; /* not before: after such a check */

	struct pending_list pending; /* what waits */
	struct refused_apps refused;
	struct trial trial;

	uint64_t structure;
	uint64_t checks;
	int64_t took_ms;
};

/* gate.c: the maker's texts are those of that catalog from here on. -ENOMEM. */
int gate_tell_cache(struct gate *gate, struct catalog *catalog);

/* gate_sort.c */
void pending_drop(struct pending_list *list, size_t at);
void pending_done(struct pending_list *list);
/* Shows what can be shown at once; what cannot is pending. -ENOMEM. */
int gate_sort(struct gate *gate, struct catalog *catalog, bool *ret_show);

/* gate_trial.c: all that is pending is put on trial, or accepted. -ENOMEM. */
int gate_trial_begin(struct gate *gate, bool *ret_show);
/* The checker has judged the text that it was given. -ENOMEM. */
int gate_trial_take(struct gate *gate, const struct checker_verdict *verdict,
	bool *ret_show);
/* Nothing is on trial any more. */
void gate_trial_end(struct gate *gate);

#endif
