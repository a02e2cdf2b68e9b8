/* SPDX-License-Identifier: MIT */
#include "fs/settings.h"

#include <errno.h>
#include <string.h>

#include "fs/option_value.h"

/* What value asks for, "true" where there is none, is so anyway. */
static bool asks_nothing(
	const struct option_foreign *foreign, const char *value)
{
	int truth = option_truth(value ? value : "true");

	return (foreign->flags & FOREIGN_TRUE && truth == 1) ||
		(foreign->flags & FOREIGN_FALSE && truth == 0);
}

int settings_foreign(struct settings *settings,
	const struct option_foreign *foreign, const struct said *said,
	struct why *why)
{
	if (asks_nothing(foreign, said->value))
		return 0;
	if (foreign->flags & FOREIGN_SAME)
		return settings_warn(settings, "%s of %s: %s", said->where,
			foreign->system, foreign->words);
	return why_set(why, -ENOTSUP, "%s of %s: %s", said->where,
		foreign->system, foreign->words);
}

int settings_foreign_command(const char *word, struct why *why)
{
	const struct option_foreign *foreign =
		option_foreign_find(word, strlen(word), FOREIGN_COMMAND);

	if (!foreign)
		return 0;
	return why_set(why, -ENOTSUP, "%s of %s: %s", foreign->name,
		foreign->system, foreign->words);
}

static int variable_read(struct settings *settings,
	const struct option_foreign *foreign, const char *variable,
	size_t length, struct why *why)
{
	const char *value = variable + length + 1;

	if (!*value || asks_nothing(foreign, value))
		return 0;
	if (foreign->flags & FOREIGN_STOPS)
		return why_set(why, -ENOTSUP, "%.*s of %s: %s", (int)length,
			variable, foreign->system, foreign->words);
	return settings_warn(settings, "%.*s of %s has no effect: %s",
		(int)length, variable, foreign->system, foreign->words);
}

int settings_foreign_environment(
	struct settings *settings, char **envp, struct why *why)
{
	int r;

	for (; *envp; envp++) {
		size_t length = strcspn(*envp, "=");
		const struct option_foreign *foreign =
			option_foreign_variable(*envp, length);

		if (!foreign || !(*envp)[length])
			continue;
		r = variable_read(settings, foreign, *envp, length, why);
		if (r < 0)
			return r;
	}
	return 0;
}
