/* SPDX-License-Identifier: MIT */
#ifndef FS_OPTION_TABLE_H
#define FS_OPTION_TABLE_H

/*
 * The one table of options. The parser, --help, the completions (which read
 * --help) and the check of the man page come from it: to add an option is a
 * field in struct options and a row here. Constant.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fs/option_named.h"

/* How a value is written, and what the field in struct options is. */
enum option_kind {
	OPTION_ACTION,	   /* no value, no field: --help */
	OPTION_MOUNT_LIST, /* -o: a list of more options, no field */
	OPTION_FLAG,	   /* bool */
	OPTION_STRING,	   /* char * */
	OPTION_PATH,	   /* char *, made absolute */
	OPTION_PROGRAM,	   /* char *, made absolute if there is a '/' in it */
	OPTION_SOURCES,	   /* struct option_named_list: URLs of each source */
	OPTION_MASTERS,	   /* struct option_named_list: Mesos masters of each */
	OPTION_ETCDS,	   /* struct option_named_list: etcd://... of each */
	OPTION_NAMED_PATH, /* struct option_named_list: a path for each */
	OPTION_NAMED_STRING, /* struct option_named_list: a text for each */
	OPTION_UNSIGNED,   /* unsigned; a word of the row is stored as ~0u */
	OPTION_OCTAL,	   /* unsigned */
	OPTION_PORT,	   /* unsigned */
	OPTION_DURATION,   /* unsigned, in ms; written in s, ms, m or h */
	OPTION_BYTES,	   /* uint64_t; K, M and G are powers of 1024 */
	OPTION_ENUM,	   /* an enum: the index among the words */
	OPTION_LIST,	   /* struct option_list: each time one more */
};

enum option_section {
	SECTION_MOUNT,
	SECTION_SOURCE,
	SECTION_CONTENT,
	SECTION_HAPROXY,
	SECTION_HOOKS,
	SECTION_GENERAL,
	SECTION_COUNT,
};

enum {
	OPTION_HIDDEN = 1 << 0,		/* for developers: not in --help */
	OPTION_LATER = 1 << 1,		/* a known name, not built yet */
	OPTION_NO_ENVIRONMENT = 1 << 2, /* not from there */
	OPTION_NO_FILE = 1 << 3,	/* not from --config's file */
	OPTION_LIVE = 1 << 4,		/* SIGHUP may change it */
	OPTION_INLINE = 1 << 5, /* from the environment: '{'... or a path */
};

/* Of an option that can be given again. */
struct option_list {
	char **items;
	size_t count;
};

struct option_row {
	const char *name; /* MMSDFS_<NAME> is its variable */
	char letter;	  /* '\0': none */
	enum option_kind kind;
	enum option_section section;
	unsigned flags;
	const char *argument;	  /* as --help shows it; NULL: none */
	const char *default_text; /* NULL: none, or told by help */
	const char *help;
	/*
	 * The predecessors' variables, by spaces; NAME=TEXT puts TEXT in front
	 * of what the variable says.
	 */
	const char *environment;
	const char *words; /* by spaces; of sources: the default name */
	uint64_t min, max;	 /* of a number */
	size_t offset;		 /* of the field in struct options */
};

extern const struct option_row option_table[];
extern const size_t option_count;

extern const char *const option_sections[SECTION_COUNT];

/* Another name of an option, of a predecessor. */
struct option_alias {
	const char *name;
	char letter; /* '\0': none */
	const char *option;
	const char *implied; /* the value, if none is given; NULL: needs one */
	/*
	 * Of a name that gives one item each time, for a list by commas: what
	 * goes in front of the item, but for "*". NULL: gives the whole value.
	 */
	const char *item;
};

extern const struct option_alias option_aliases[];
extern const size_t option_alias_count;

/* Its field is a list, which what weighs most gives as a whole. */
bool option_is_list(const struct option_row *row);

#endif
