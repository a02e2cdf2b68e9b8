/* SPDX-License-Identifier: MIT */
#ifndef FS_SETTINGS_H
#define FS_SETTINGS_H

/*
 * What was said, by whom, before any of it is believed: the command line, the
 * environment and the file of --config give names and values as text, and
 * options_parse() applies them in order of their weight. Used only there.
 */

#include <stdbool.h>
#include <stddef.h>

#include "fetch/why.h"
#include "fs/option_find.h"
#include "fs/option_foreign.h"

/* By weight: a later one wins. */
enum origin {
	ORIGIN_FILE,
	ORIGIN_ENVIRONMENT,
	ORIGIN_COMMAND_LINE,
	ORIGIN_COUNT,
};

struct setting {
	const struct option_row *row;
	enum origin origin;
	char *value;
	const char *item; /* as of struct option_alias, constant */
	char *where; /* "--groups", "FILTER_GROUPS", "/etc/x.conf:3: groups" */
};

/* A command and its two operands at most; one more is wrong. */
enum { ARGUMENTS_MAX = 3 };

/* What -o asks of the mount itself. */
struct mount_list {
	bool allow_other;
	char *fsname;  /* NULL: not given */
	char *subtype; /* NULL: not given */
	char *passed;  /* for libfuse, by commas; NULL: nothing */
};

struct settings {
	struct setting *items; /* in the order in which they were said */
	size_t count;
	char **warnings;
	size_t warning_count;
	struct mount_list mount;
};

/* Something that was said; all text is borrowed. */
struct said {
	enum origin origin;
	const char *where;
	const char *name;
	size_t name_length;
	const char *value; /* NULL: the name alone */
};

/*
 * Adds it, if name is an option that may be said by this origin. -EINVAL,
 * -ENOTSUP for what is not built yet.
 */
int settings_say(
	struct settings *settings, const struct said *said, struct why *why);

/* As settings_say(), for an option that was found already. */
int settings_add(struct settings *settings, const struct option_match *match,
	const struct said *said, struct why *why);

__attribute__((format(printf, 2, 3))) int settings_warn(
	struct settings *settings, const char *format, ...);

/* What weighs most, and of these the last. Borrowed; NULL: nothing said. */
const struct setting *settings_find(
	const struct settings *settings, const char *name);

/* Not an option at all: -EINVAL, and why suggests what was meant. */
int option_unknown(const struct said *said, struct why *why);

/*
 * What a predecessor was told and we are not: a warning where nothing else is
 * asked for than what is so anyway, else -ENOTSUP, and why has the line that
 * says what to use instead. fs/settings_foreign.c has this and the next two.
 */
int settings_foreign(struct settings *settings,
	const struct option_foreign *foreign, const struct said *said,
	struct why *why);

/* The first word of a command line: -ENOTSUP if it is one of theirs. */
int settings_foreign_command(const char *word, struct why *why);

/* Their variables: a warning for each, or -ENOTSUP. */
int settings_foreign_environment(
	struct settings *settings, char **envp, struct why *why);

/* What of the command line is not an option. Borrowed from argv. */
struct arguments {
	const char *words[ARGUMENTS_MAX];
	size_t count;
	size_t free_count;		 /* of them, in front of "--" */
	const struct option_row *action; /* --help, --version; NULL: neither */
};

/*
 * The command line without the program's name: fs/settings_arguments.c. Stops
 * at an action, with what is behind it unread.
 */
int settings_read_arguments(struct settings *settings, char **argv,
	struct arguments *ret, struct why *why);

/* The value of -o: fs/settings_mount.c. */
int settings_read_mount_list(
	struct settings *settings, const char *list, struct why *why);

/* MMSDFS_* and the predecessors' variables: fs/settings_environment.c. */
int settings_read_environment(
	struct settings *settings, char **envp, struct why *why);

/*
 * What of the environment others are told: all but the secrets in it. Borrowed
 * from envp, in an array that lives as long as the process; NULL without
 * memory.
 */
char **settings_public_environment(char **envp);

/* The file of --config: fs/settings_file.c. */
int settings_read_file(
	struct settings *settings, const char *path, struct why *why);

void settings_done(struct settings *settings);

#endif
