/* SPDX-License-Identifier: MIT */
#include "fs/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/cleanup.h"

/*
 * mount(8), mount.fuse3 and fstab know one way to give options: -o with a
 * list. It holds words for the mount, words for whoever reads fstab, and our
 * own options without their dashes.
 */

enum mount_word {
	MOUNT_IGNORE, /* for others, or true of us anyhow */
	MOUNT_PASS,   /* libfuse does it */
	MOUNT_REFUSE,
	MOUNT_ALLOW_OTHER,
	MOUNT_FSNAME,
	MOUNT_SUBTYPE,
};

static const struct {
	const char *name;
	enum mount_word word;
	const char *why;
} mount_words[] = {
	{"_netdev", MOUNT_IGNORE, NULL},
	{"allow_other", MOUNT_ALLOW_OTHER, NULL},
	{"async", MOUNT_IGNORE, NULL},
	{"atime", MOUNT_IGNORE, NULL},
	{"auto", MOUNT_IGNORE, NULL},
	{"auto_unmount", MOUNT_REFUSE,
		"would show an empty directory after a crash"},
	{"default_permissions", MOUNT_IGNORE, NULL},
	{"defaults", MOUNT_IGNORE, NULL},
	{"dev", MOUNT_IGNORE, NULL},
	{"diratime", MOUNT_IGNORE, NULL},
	{"dirsync", MOUNT_IGNORE, NULL},
	{"exec", MOUNT_IGNORE, NULL},
	{"fsname", MOUNT_FSNAME, NULL},
	{"group", MOUNT_IGNORE, NULL},
	{"noatime", MOUNT_PASS, NULL},
	{"noauto", MOUNT_IGNORE, NULL},
	{"nodev", MOUNT_PASS, NULL},
	{"nodiratime", MOUNT_IGNORE, NULL},
	{"noexec", MOUNT_PASS, NULL},
	{"nofail", MOUNT_IGNORE, NULL},
	{"nogroup", MOUNT_IGNORE, NULL},
	{"noowner", MOUNT_IGNORE, NULL},
	{"nosuid", MOUNT_PASS, NULL},
	{"nouser", MOUNT_IGNORE, NULL},
	{"nousers", MOUNT_IGNORE, NULL},
	{"owner", MOUNT_IGNORE, NULL},
	{"relatime", MOUNT_IGNORE, NULL},
	{"remount", MOUNT_REFUSE, "umount, then mount again"},
	{"ro", MOUNT_IGNORE, NULL},
	{"rw", MOUNT_IGNORE, NULL},
	{"strictatime", MOUNT_IGNORE, NULL},
	{"subtype", MOUNT_SUBTYPE, NULL},
	{"suid", MOUNT_IGNORE, NULL},
	{"sync", MOUNT_IGNORE, NULL},
	{"user", MOUNT_IGNORE, NULL},
	{"users", MOUNT_IGNORE, NULL},
};

enum { MOUNT_WORD_COUNT = sizeof(mount_words) / sizeof(mount_words[0]) };

static int text_replace(char **target, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*target);
	*target = copy;
	return 0;
}

static int passed_add(struct mount_list *mount, const char *word)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", mount->passed ? mount->passed : "",
		    mount->passed ? "," : "", word) < 0)
		return -ENOMEM;
	free(mount->passed);
	mount->passed = longer;
	return 0;
}

static int named_set(
	char **target, const char *name, const char *value, struct why *why)
{
	if (!value || !*value)
		return why_set(why, -EINVAL, "-o %s: needs a value", name);
	return text_replace(target, value);
}

/* A word of the table; value NULL: the word alone. */
static int mount_word_take(struct mount_list *mount, size_t index,
	const char *value, struct why *why)
{
	const char *name = mount_words[index].name;
	enum mount_word word = mount_words[index].word;

	if (value && word != MOUNT_FSNAME && word != MOUNT_SUBTYPE &&
		word != MOUNT_IGNORE)
		return why_set(why, -EINVAL, "-o %s: takes no value", name);
	switch (word) {
	case MOUNT_IGNORE:
		return 0;
	case MOUNT_PASS:
		return passed_add(mount, name);
	case MOUNT_REFUSE:
		return why_set(why, -EINVAL, "-o %s: not supported: %s", name,
			mount_words[index].why);
	case MOUNT_ALLOW_OTHER:
		mount->allow_other = true;
		return 0;
	case MOUNT_FSNAME:
		return named_set(&mount->fsname, name, value, why);
	case MOUNT_SUBTYPE:
		return named_set(&mount->subtype, name, value, why);
	}
	return 0;
}

static int option_take(struct settings *settings, const char *name,
	const char *value, struct why *why)
{
	CLEANUP(free) char *where = NULL;
	struct said said = {
		.origin = ORIGIN_COMMAND_LINE,
		.name = name,
		.name_length = strlen(name),
		.value = value,
		.where = "-o",
	};
	const struct option_foreign *foreign =
		option_foreign_find(name, said.name_length, 0);
	struct option_match match;
	bool found = option_find(name, said.name_length, &match);

	if (!found && !foreign)
		return option_unknown(&said, why);
	if (asprintf(&where, "-o %s", name) < 0) {
		where = NULL;
		return -ENOMEM;
	}
	said.where = where;
	if (!found)
		return settings_foreign(settings, foreign, &said, why);
	if (match.row->kind == OPTION_ACTION &&
		!(match.row->flags & OPTION_LATER))
		return why_set(
			why, -EINVAL, "%s: is an option of its own", where);
	if (match.row->kind == OPTION_MOUNT_LIST)
		return why_set(why, -EINVAL, "%s: a list in a list", where);
	return settings_add(settings, &match, &said, why);
}

/* One item; it is cut in two at its '='. */
static int item_take(struct settings *settings, char *item, struct why *why)
{
	char *value = strchr(item, '=');

	if (strncmp(item, "x-", 2) == 0 || item[0] == '\0')
		return 0;
	if (value)
		*value++ = '\0';
	for (size_t i = 0; i < MOUNT_WORD_COUNT; i++)
		if (strcmp(item, mount_words[i].name) == 0)
			return mount_word_take(&settings->mount, i, value, why);
	return option_take(settings, item, value, why);
}

/*
 * Copies the next item to item, which has room for all of list, and returns
 * where the rest begins, NULL at the end. A comma inside "..." or behind a
 * backslash does not end it.
 */
static const char *item_next(const char *list, char *item)
{
	bool quoted = false;

	for (; *list && (quoted || *list != ','); list++) {
		if (*list == '"') {
			quoted = !quoted;
			continue;
		}
		if (*list == '\\' && list[1])
			list++;
		*item++ = *list;
	}
	*item = '\0';
	return *list ? list + 1 : NULL;
}

int settings_read_mount_list(
	struct settings *settings, const char *list, struct why *why)
{
	CLEANUP(free) char *item = malloc(strlen(list) + 1);
	int r;

	if (!item)
		return -ENOMEM;
	while (list) {
		list = item_next(list, item);
		r = item_take(settings, item, why);
		if (r < 0)
			return r;
	}
	return 0;
}
