/* SPDX-License-Identifier: MIT */
#include "fs/setup.h"

#include <errno.h>
#include <stdlib.h>

#include "fs/log.h"
#include "fs/option_value.h"

int setup_new(struct options *options, const struct setup_words *words,
	struct setup **ret, struct why *why)
{
	struct setup *setup = calloc(1, sizeof(*setup));
	int r;

	if (!setup) {
		options_done(options);
		return why_set(why, -ENOMEM, "out of memory");
	}
	setup->options = *options;
	setup->references = 1;
	r = view_files_new(&setup->options, words->envp, &setup->files, why);
	if (r < 0) {
		setup_unref(setup);
		return r;
	}
	*ret = setup;
	return 0;
}

void setup_warn(const struct setup *setup)
{
	for (size_t i = 0; i < setup->options.warning_count; i++)
		log_warn("%s", setup->options.warnings[i]);
	for (size_t i = 0; i < setup->files->warning_count; i++)
		log_warn("%s", setup->files->warnings[i]);
}

static bool row_same(const struct option_row *row, const struct setup *a,
	const struct setup *b)
{
	return option_value_same(row,
		(const char *)&a->options + row->offset,
		(const char *)&b->options + row->offset);
}

static int check_fixed(const struct setup *running, const struct setup *next,
	struct why *why)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_table[i];

		if (!(row->flags & OPTION_LIVE)
			&& !row_same(row, running, next))
			return why_set(why, -EBUSY,
				"%s has changed, which takes a restart",
				row->name);
	}
	return 0;
}

int setup_read_again(const struct setup *running,
	const struct setup_words *words, struct setup **ret, struct why *why)
{
	CLEANUP(setup_unref) struct setup *next = NULL;
	struct options options;
	int r;

	r = options_parse(words->argc, words->argv, words->envp, &options, why);
	if (r == 0)
		r = setup_new(&options, words, &next, why);
	if (r == 0)
		r = check_fixed(running, next, why);
	if (r < 0)
		return r;
	*ret = take_ptr(&next);
	return 0;
}

bool setup_has_other_sources(const struct setup *a, const struct setup *b)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_table[i];

		if ((row->section == SECTION_SOURCE
			    || row->section == SECTION_CONTENT)
			&& !row_same(row, a, b))
			return true;
	}
	return false;
}

struct setup *setup_ref(struct setup *setup)
{
	__atomic_add_fetch(&setup->references, 1, __ATOMIC_RELAXED);
	return setup;
}

void setup_unref(struct setup *setup)
{
	if (!setup
		|| __atomic_sub_fetch(&setup->references, 1, __ATOMIC_ACQ_REL)
			> 0)
		return;
	view_files_free(setup->files);
	options_done(&setup->options);
	free(setup);
}
