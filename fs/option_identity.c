/* SPDX-License-Identifier: MIT */
#include "fs/option_identity.h"

#include <errno.h>

#include "fs/option_table.h"

/* One of the options, for one cluster. */
struct said_of {
	const char *option, *value; /* NULL: not said */
};

static struct said_of said_of(const char *option,
	const struct option_named_list *list, const char *name)
{
	return (struct said_of){option, option_named_find(list, name)};
}

/* How we make ourselves known is one thing only. */
static int check_secrets(
	const struct options *options, const char *name, struct why *why)
{
	const struct said_of ways[] = {
		said_of("--marathon-user-file", &options->marathon_user_file,
			name),
		said_of("--marathon-token-file", &options->marathon_token_file,
			name),
		said_of("--marathon-dcos-account",
			&options->marathon_dcos_account, name),
	};
	const struct said_of *first = NULL;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!ways[i].value)
			continue;
		if (first)
			return why_set(why, -EINVAL,
				"%s and %s for %s: give one of them",
				first->option, ways[i].option, name);
		first = &ways[i];
	}
	return 0;
}

/* What is of no use without something else. */
static int check_certificates(
	const struct options *options, const char *name, struct why *why)
{
	const struct said_of parts[] = {
		said_of("--marathon-key", &options->marathon_key, name),
		said_of("--marathon-key-pass-file",
			&options->marathon_key_pass_file, name),
	};

	if (option_named_find(&options->marathon_cert, name))
		return 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].value)
			return why_set(why, -EINVAL,
				"%s for %s: there is no --marathon-cert",
				parts[i].option, name);
	return 0;
}

int option_identities_check(const struct options *options, struct why *why)
{
	for (size_t i = 0; i < options->marathon.count; i++) {
		const char *name = options->marathon.items[i].name;
		int r = check_secrets(options, name, why);

		if (r == 0)
			r = check_certificates(options, name, why);
		if (r < 0)
			return r;
	}
	return 0;
}
