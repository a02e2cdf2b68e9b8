/* SPDX-License-Identifier: MIT */
#ifndef FS_OPTION_SOURCE_H
#define FS_OPTION_SOURCE_H

/*
 * The kinds of sources, and what is said for single ones of them: who we are to
 * each, and whom we believe. Options that are sound, but not together. Pure.
 */

#include "fetch/identity.h"
#include "fs/options.h"

struct option_source_kind {
	const char *option; /* "--mesos-masters" */
	const char *prefix; /* "--mesos-", of what is said for single ones */
	const struct option_named_list *sources;
	const struct option_identities *identities; /* NULL: nobody asks */
};

enum { OPTION_SOURCE_KINDS = 4 };

/* In their order of precedence. What they point to is borrowed. */
void option_source_kinds(const struct options *options,
	struct option_source_kind ret[OPTION_SOURCE_KINDS]);

size_t option_source_count(const struct options *options);

/* What is said for one source. Borrowed. */
void option_identity(const struct option_source_kind *kind, const char *name,
	struct identity_settings *ret);

/* -EINVAL: why has the one line. */
int option_sources_check(const struct options *options, struct why *why);

#endif
