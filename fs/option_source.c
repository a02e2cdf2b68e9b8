/* SPDX-License-Identifier: MIT */
#include "fs/option_source.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "fetch/catalog.h"
#include "fs/option_table.h"

/* What can be said for single sources. */
enum part {
	CA,
	CERT,
	KEY,
	KEY_PASS_FILE,
	USER_FILE,
	TOKEN_FILE,
	DCOS_ACCOUNT,
	PARTS
};

#define PART(name, field) {name, offsetof(struct option_identities, field)}

static const struct {
	const char *name;
	size_t offset;
} parts[PARTS] = {
	[CA] = PART("ca", ca),
	[CERT] = PART("cert", cert),
	[KEY] = PART("key", key),
	[KEY_PASS_FILE] = PART("key-pass-file", key_pass_file),
	[USER_FILE] = PART("user-file", user_file),
	[TOKEN_FILE] = PART("token-file", token_file),
	[DCOS_ACCOUNT] = PART("dcos-account", dcos_account),
};

static const struct option_named_list *list_of(
	const struct option_source_kind *kind, enum part part)
{
	const char *identities = (const void *)kind->identities;

	return (const void *)(identities + parts[part].offset);
}

static const char *said_of(const struct option_source_kind *kind,
	enum part part, const char *name)
{
	return kind->identities ? option_named_find(list_of(kind, part), name)
				: NULL;
}

void option_source_kinds(const struct options *options,
	struct option_source_kind ret[OPTION_SOURCE_KINDS])
{
	ret[0] = (struct option_source_kind){"--marathon", "--marathon-",
		&options->marathon, &options->marathon_identity};
	ret[1] = (struct option_source_kind){
		"--services-dir", NULL, &options->services_dir, NULL};
	ret[2] = (struct option_source_kind){"--mesos-masters", "--mesos-",
		&options->mesos_masters, &options->mesos_identity};
	ret[3] = (struct option_source_kind){"--registrator", "--registrator-",
		&options->registrator, &options->registrator_identity};
}

size_t option_source_count(const struct options *options)
{
	struct option_source_kind kinds[OPTION_SOURCE_KINDS];
	size_t count = 0;

	option_source_kinds(options, kinds);
	for (size_t i = 0; i < OPTION_SOURCE_KINDS; i++)
		count += kinds[i].sources->count;
	return count;
}

void option_identity(const struct option_source_kind *kind, const char *name,
	struct identity_settings *ret)
{
	*ret = (struct identity_settings){
		.ca_file = said_of(kind, CA, name),
		.cert_file = said_of(kind, CERT, name),
		.key_file = said_of(kind, KEY, name),
		.pass_file = said_of(kind, KEY_PASS_FILE, name),
		.user_file = said_of(kind, USER_FILE, name),
		.token_file = said_of(kind, TOKEN_FILE, name),
		.account = said_of(kind, DCOS_ACCOUNT, name),
	};
}

static bool has_source(const struct option_source_kind *kind, const char *name)
{
	for (size_t i = 0; i < kind->sources->count; i++)
		if (strcmp(kind->sources->items[i].name, name) == 0)
			return true;
	return false;
}

/* What is said for single sources is said of some that there are. */
static int check_known(
	const struct option_source_kind *kind, enum part part, struct why *why)
{
	const struct option_named_list *list = list_of(kind, part);

	for (size_t i = 0; i < list->count; i++) {
		const char *name = list->items[i].name;

		if (name[0] && !has_source(kind, name))
			return why_set(why, -EINVAL,
				"%s%s: there is no %s=%s=...", kind->prefix,
				parts[part].name, kind->option, name);
	}
	return 0;
}

/* How we make ourselves known is one thing only. */
static int check_secrets(const struct option_source_kind *kind,
	const char *name, struct why *why)
{
	static const enum part ways[] = {USER_FILE, TOKEN_FILE, DCOS_ACCOUNT};
	const char *first = NULL;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (!said_of(kind, ways[i], name))
			continue;
		if (first)
			return why_set(why, -EINVAL,
				"%s%s and %s%s for %s: give one of them",
				kind->prefix, first, kind->prefix,
				parts[ways[i]].name, name);
		first = parts[ways[i]].name;
	}
	return 0;
}

/* What is of no use without something else. */
static int check_certificate(const struct option_source_kind *kind,
	const char *name, struct why *why)
{
	static const enum part of_it[] = {KEY, KEY_PASS_FILE};

	if (said_of(kind, CERT, name))
		return 0;
	for (size_t i = 0; i < sizeof(of_it) / sizeof(of_it[0]); i++)
		if (said_of(kind, of_it[i], name))
			return why_set(why, -EINVAL,
				"%s%s for %s: there is no %scert",
				kind->prefix, parts[of_it[i]].name, name,
				kind->prefix);
	return 0;
}

static int check_identities(
	const struct option_source_kind *kind, struct why *why)
{
	int r = 0;

	if (!kind->identities)
		return 0;
	for (enum part part = 0; r == 0 && part < PARTS; part++)
		r = check_known(kind, part, why);
	for (size_t i = 0; r == 0 && i < kind->sources->count; i++) {
		const char *name = kind->sources->items[i].name;

		r = check_secrets(kind, name, why);
		if (r == 0)
			r = check_certificate(kind, name, why);
	}
	return r;
}

/* Everything that a source gives is called by its name. */
static int check_names(const struct option_source_kind *kind,
	const struct option_source_kind *other, struct why *why)
{
	for (size_t i = 0; i < kind->sources->count; i++) {
		const char *name = kind->sources->items[i].name;

		if (has_source(other, name))
			return why_set(why, -EINVAL,
				"%s and %s: two sources called %s",
				kind->option, other->option, name);
	}
	return 0;
}

int option_sources_check(const struct options *options, struct why *why)
{
	struct option_source_kind kinds[OPTION_SOURCE_KINDS];
	int r = 0;

	if (option_source_count(options) > SOURCES_MAX)
		return why_set(why, -EINVAL, "more than %d sources",
			SOURCES_MAX);
	option_source_kinds(options, kinds);
	for (size_t i = 0; r == 0 && i < OPTION_SOURCE_KINDS; i++) {
		r = check_identities(&kinds[i], why);
		for (size_t k = i + 1; r == 0 && k < OPTION_SOURCE_KINDS; k++)
			r = check_names(&kinds[i], &kinds[k], why);
	}
	return r;
}
