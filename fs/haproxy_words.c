/* SPDX-License-Identifier: MIT */
#include "fs/haproxy_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Words with a value behind them. */
static const char *const with_value[] = {"addr", "agent-addr", "agent-inter",
	"agent-port", "agent-send", "alpn", "ca-file", "check-alpn",
	"check-proto", "check-sni", "ciphers", "ciphersuites", "client-sigalgs",
	"cookie", "crl-file", "crt", "curves", "downinter", "error-limit",
	"fall", "fastinter", "guid", "hash-key", "id", "init-addr",
	"init-state", "inter", "log-bufsize", "log-proto", "max-reuse",
	"maxconn", "maxqueue", "minconn", "namespace", "npn", "observe",
	"on-error", "on-marked-down", "on-marked-up", "pool-low-conn",
	"pool-max-conn", "pool-purge-delay", "port", "proto",
	"proxy-v2-options", "redir", "resolve-net", "resolve-opts",
	"resolve-prefer", "resolvers", "rise", "shard", "sigalgs", "slowstart",
	"sni", "socks4", "source", "ssl-max-ver", "ssl-min-ver", "tcp-ut",
	"track", "usesrc", "verify", "verifyhost", "weight", "ws"};

/* Words that are no option; see haproxy_words_options(). */
static const char *const apart[] = {
	"disabled", "enabled", "id", "init-addr", "maxconn", "weight"};

/* A word and, where it has one, its value. */
struct option {
	const char *word, *value;
	size_t word_length, value_length;
};

static bool is_one_of(
	const struct option *option, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(list[i]) == option->word_length
			&& strncmp(list[i], option->word, option->word_length)
				== 0)
			return true;
	return false;
}

#define IS_ONE_OF(option, list) \
	is_one_of(option, list, sizeof(list) / sizeof((list)[0]))

static const char *next_word(
	const char *at, const char **ret_word, size_t *ret_length)
{
	at += strspn(at, " \t");
	*ret_word = at;
	*ret_length = strcspn(at, " \t");
	return at + *ret_length;
}

/* Moves *at behind the next option; false: no more. */
static bool next_option(const char **at, struct option *ret)
{
	*at = next_word(*at, &ret->word, &ret->word_length);
	ret->value = "";
	ret->value_length = 0;
	if (ret->word_length == 0)
		return false;
	if (IS_ONE_OF(ret, with_value))
		*at = next_word(*at, &ret->value, &ret->value_length);
	return true;
}

static char *append(char *to, const char *text, size_t length)
{
	if (length == 0)
		return to;
	memcpy(to, text, length);
	to[length] = ' ';
	return to + length + 1;
}

static char *append_options(char *to, const char *words)
{
	struct option option;

	while (next_option(&words, &option)) {
		if (IS_ONE_OF(&option, apart))
			continue;
		to = append(to, option.word, option.word_length);
		to = append(to, option.value, option.value_length);
	}
	return to;
}

int haproxy_words_options(const char *defaults, const char *words, char **ret)
{
	char *options, *end;

	if (!defaults)
		defaults = "";
	/* each part may gain one space */
	options = malloc(strlen(defaults) + strlen(words) + 3);
	if (!options)
		return -ENOMEM;
	end = append_options(options, defaults);
	end = append_options(end, words);
	if (end > options)
		end--;
	*end = '\0';
	*ret = options;
	return 0;
}

static bool is_named(const struct option *option, const char *word)
{
	return is_one_of(option, &word, 1);
}

/* "no-check" takes back "check". */
static bool is_negation(const struct option *option, const char *word)
{
	return option->word_length == strlen(word) + 3
		&& strncmp(option->word, "no-", 3) == 0
		&& strncmp(option->word + 3, word, strlen(word)) == 0;
}

bool haproxy_words_have(const char *options, const char *word)
{
	struct option option;
	bool have = false;

	while (next_option(&options, &option)) {
		if (is_named(&option, word))
			have = true;
		else if (is_negation(&option, word))
			have = false;
	}
	return have;
}

void haproxy_words_value(
	const char *options, const char *word, char *ret, size_t size)
{
	struct option option;
	size_t length;

	*ret = '\0';
	while (next_option(&options, &option)) {
		if (!is_named(&option, word))
			continue;
		length = option.value_length < size ? option.value_length
						    : size - 1;
		memcpy(ret, option.value, length);
		ret[length] = '\0';
	}
}
