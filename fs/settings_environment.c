/* SPDX-License-Identifier: MIT */
#include "fs/settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/cleanup.h"

/*
 * Each option is MMSDFS_<NAME>. The variables of the predecessors have no
 * prefix, so a row lists only those that can hardly mean something else: USER
 * or CONFIG are never read. An empty variable is as good as none.
 */

#define PREFIX "MMSDFS_"

enum { VARIABLE_LEN_MAX = 64 };

/* Borrowed from envp; NULL: not set, or empty. */
static const char *variable_find(char **envp, const char *name, size_t length)
{
	for (; *envp; envp++)
		if (strncmp(*envp, name, length) == 0 && (*envp)[length] == '=')
			return (*envp)[length + 1] ? *envp + length + 1 : NULL;
	return NULL;
}

/* "log-level" to "MMSDFS_LOG_LEVEL" */
static void variable_name(const char *option, char *ret)
{
	size_t i;

	snprintf(ret, VARIABLE_LEN_MAX, PREFIX "%s", option);
	for (i = strlen(PREFIX); ret[i]; i++)
		ret[i] = ret[i] == '-' ? '_'
				       : (char)toupper((unsigned char)ret[i]);
}

/* What one row is given: by which variable, and what. */
struct found {
	char variable[VARIABLE_LEN_MAX];
	const char *value;  /* NULL: nothing */
	const char *item;   /* of the alias by whose name */
	const char *before; /* to be put in front of value, */
	size_t before_length;
};

static bool found_take(
	struct found *found, char **envp, const char *name, size_t length)
{
	found->value = variable_find(envp, name, length);
	if (found->value && name != found->variable)
		snprintf(found->variable, sizeof(found->variable), "%.*s",
			(int)length, name);
	return found->value != NULL;
}

/* Our own name, then our name of its aliases, then the predecessors'. */
static bool row_find_value(
	const struct option_row *row, char **envp, struct found *found)
{
	const char *name = row->environment;

	variable_name(row->name, found->variable);
	if (found_take(found, envp, found->variable, strlen(found->variable)))
		return true;
	for (size_t i = 0; i < option_alias_count; i++) {
		const struct option_alias *alias = &option_aliases[i];

		if (strcmp(alias->option, row->name) != 0)
			continue;
		variable_name(alias->name, found->variable);
		found->item = alias->item;
		if (found_take(found, envp, found->variable,
			    strlen(found->variable)))
			return true;
	}
	found->item = NULL;
	for (; name && *name; name += strspn(name, " ")) {
		size_t length = strcspn(name, " ="), end = strcspn(name, " ");

		found->before = name + length + (end > length);
		found->before_length = (size_t)(name + end - found->before);
		if (found_take(found, envp, name, length))
			return true;
		name += end;
	}
	return false;
}

/*
 * A container engine that links a service called "marathon" or "haproxy" sets
 * MARATHON_PORT=tcp://10.0.0.1:8080, which nobody meant for us.
 */
static bool is_link(const struct option_row *row, const struct found *found)
{
	return row->kind == OPTION_PORT &&
		strncmp(found->variable, PREFIX, strlen(PREFIX)) != 0 &&
		strstr(found->value, "://");
}

static int found_say(struct settings *settings, const struct option_row *row,
	const struct found *found, struct why *why)
{
	CLEANUP(free) char *value = NULL;
	char where[VARIABLE_LEN_MAX * 2];
	struct said said = {.origin = ORIGIN_ENVIRONMENT, .where = where};
	struct option_match match = {.row = row, .item = found->item};

	if (asprintf(&value, "%.*s%s", (int)found->before_length,
		    found->before ? found->before : "", found->value) < 0) {
		value = NULL;
		return -ENOMEM;
	}
	snprintf(where, sizeof(where), "%s (--%s)", found->variable, row->name);
	said.value = value;
	return settings_add(settings, &match, &said, why);
}

static int row_read(struct settings *settings, const struct option_row *row,
	char **envp, struct why *why)
{
	struct found found = {.value = NULL};

	if (row->flags & OPTION_NO_ENVIRONMENT)
		return 0;
	if (!row_find_value(row, envp, &found))
		return 0;
	if (row->flags & OPTION_LATER)
		return settings_warn(settings,
			"%s has no effect: --%s is not built yet in this "
			"version",
			found.variable, row->name);
	if (is_link(row, &found))
		return settings_warn(settings,
			"%s has no effect: it is not a port but a container "
			"link",
			found.variable);
	return found_say(settings, row, &found, why);
}

/* A hook is told these, and may be mmsdfs itself. No option is called so. */
static bool is_of_hook(const char *variable, size_t length)
{
	static const char *const names[] = {"VIEW", "PATH", "GENERATION",
		"REASON"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == length
			&& strncmp(variable, names[i], length) == 0)
			return true;
	return false;
}

/* Is this variable, length bytes long, one that a row may read? */
static bool variable_known(const char *variable, size_t length)
{
	struct option_match match;
	char name[VARIABLE_LEN_MAX];
	size_t i;

	variable += strlen(PREFIX);
	length -= strlen(PREFIX);
	if (is_of_hook(variable, length))
		return true;
	if (length >= sizeof(name))
		return false;
	for (i = 0; i < length; i++)
		name[i] = variable[i] == '_'
			? '-'
			: (char)tolower((unsigned char)variable[i]);
	return option_find(name, length, &match) && !match.negated &&
		!(match.row->flags & OPTION_NO_ENVIRONMENT);
}

/* Is it one of the predecessors' that a row reads? */
static bool variable_theirs(const char *variable, size_t length)
{
	for (size_t i = 0; i < option_count; i++) {
		const char *name = option_table[i].environment;

		for (; name && *name; name += strspn(name, " ")) {
			if (strcspn(name, " =") == length
				&& strncmp(name, variable, length) == 0)
				return true;
			name += strcspn(name, " ");
		}
	}
	return option_foreign_variable(variable, length) != NULL;
}

/* A prefix that is a name of its own, so that all behind it is meant for us. */
static bool is_stranger(const char *variable, size_t length)
{
	static const char *const prefixes[] = {"PROXYM_", "BAMBOO_"};

	if (strncmp(variable, PREFIX, strlen(PREFIX)) == 0)
		return !variable_known(variable, length);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0)
			return !variable_theirs(variable, length);
	return false;
}

static int strangers_warn(struct settings *settings, char **envp)
{
	int r;

	for (; *envp; envp++) {
		size_t length = strcspn(*envp, "=");

		if (!is_stranger(*envp, length))
			continue;
		r = settings_warn(settings, "unknown environment variable %.*s",
			length > 60 ? 60 : (int)length, *envp);
		if (r < 0)
			return r;
	}
	return 0;
}

int settings_read_environment(
	struct settings *settings, char **envp, struct why *why)
{
	int r;

	for (size_t i = 0; i < option_count; i++) {
		r = row_read(settings, &option_table[i], envp, why);
		if (r < 0)
			return r;
	}
	r = settings_foreign_environment(settings, envp, why);
	return r < 0 ? r : strangers_warn(settings, envp);
}

static bool is_secret(const char *variable)
{
	const char *value = strchr(variable, '=');

	for (size_t i = 0; value && value[1] == '{' && i < option_count; i++) {
		char *only[] = {(char *)(uintptr_t)variable, NULL};
		struct found found;

		if (option_table[i].flags & OPTION_INLINE
			&& row_find_value(&option_table[i], only, &found))
			return true;
	}
	return false;
}

char **settings_public_environment(char **envp)
{
	size_t count = 0;
	char **all;

	while (envp[count])
		count++;
	all = calloc(count + 1, sizeof(all[0]));
	count = 0;
	for (; all && *envp; envp++)
		if (!is_secret(*envp))
			all[count++] = *envp;
	return all;
}
