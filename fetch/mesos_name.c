/* SPDX-License-Identifier: MIT */
#include "fetch/mesos_name.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

enum { GLOB_MAX = 255 };

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static char mapped(const char *text, size_t at)
{
	char c = lower(text[at]);

	if (is_plain(c))
		return c;
	if (c == '.' && at > 0 && is_plain(lower(text[at - 1]))
		&& is_plain(lower(text[at + 1])))
		return c;
	return '-';
}

int mesos_name(const char *text, char ret[MESOS_NAME_MAX + 1])
{
	size_t length = 0;

	for (size_t i = 0; text[i]; i++) {
		char c = mapped(text, i);

		if (c == '-' && length == 0)
			continue;
		if (length == MESOS_NAME_MAX)
			return -ENAMETOOLONG;
		ret[length++] = c;
	}
	while (length > 0 && ret[length - 1] == '-')
		length--;
	ret[length] = '\0';
	return length ? 0 : -EINVAL;
}

bool mesos_name_matches(const char *globs, const char *name)
{
	while (*globs) {
		size_t length = strcspn(globs, ",");
		char glob[GLOB_MAX + 1];

		if (length <= GLOB_MAX) {
			memcpy(glob, globs, length);
			glob[length] = '\0';
			if (fnmatch(glob, name, 0) == 0)
				return true;
		}
		globs += length;
		globs += *globs == ',';
	}
	return false;
}
