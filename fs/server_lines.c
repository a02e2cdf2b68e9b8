/* SPDX-License-Identifier: MIT */
#include "fs/server_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The next word, ended by a NUL; NULL: no more. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t");
	size_t length = strcspn(word, " \t");

	if (length == 0)
		return NULL;
	*at = word + length;
	if (**at)
		*(*at)++ = '\0';
	return word;
}

/* "192.0.2.1:80", "[2001:db8::1]:80", "name:80" */
static bool parse_address(char *text, struct runtime_server *ret)
{
	char *colon = strrchr(text, ':');

	if (!colon)
		return false;
	*colon = '\0';
	ret->port = (uint16_t)strtoul(colon + 1, NULL, 10);
	ret->host = text;
	if (*text == '[') {
		ret->host = text + 1;
		colon[-1] = '\0';
	}
	return true;
}

/* Where the word, which stands by itself, has ended; NULL: it is not there. */
static const char *behind(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += length)
		if ((at == words || at[-1] == ' ' || at[-1] == '\t')
			&& (at[length] == ' ' || !at[length]))
			return at + length;
	return NULL;
}

static uint32_t number_behind(
	const char *words, const char *word, uint32_t otherwise)
{
	const char *number = behind(words, word);

	return number && *number ? (uint32_t)strtoul(number, NULL, 10)
				 : otherwise;
}

/* "\tserver NAME ADDRESS WORDS", without its line break. */
static bool parse_server(char *line, struct runtime_server *ret)
{
	char *word = next_word(&line), *address;

	if (!word || strcmp(word, "server") != 0)
		return false;
	ret->name = next_word(&line);
	address = next_word(&line);
	if (!ret->name || !address || !parse_address(address, ret))
		return false;
	ret->words = line;
	ret->id = number_behind(line, "id", 0);
	ret->weight = number_behind(line, "weight", 1);
	ret->maxconn = number_behind(line, "maxconn", 0);
	ret->drained = behind(line, "disabled") != NULL;
	return true;
}

void server_lines_done(struct server_lines *lines)
{
	free(lines->servers);
	free(lines->text);
	*lines = (struct server_lines){.text = NULL};
}

int server_lines_read(const char *lines, struct server_lines *ret)
{
	struct server_lines read = {.text = strdup(lines)};
	char *rest = read.text, *line;
	size_t count = 0;

	for (const char *c = lines; *c; c++)
		count += *c == '\n';
	read.servers = calloc(count ? count : 1, sizeof(*read.servers));
	if (!read.text || !read.servers) {
		server_lines_done(&read);
		return -ENOMEM;
	}
	while ((line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		if (strpbrk(line, "\"'\\#")
			|| !parse_server(line, &read.servers[read.count++])) {
			server_lines_done(&read);
			return 1;
		}
	}
	*ret = read;
	return 0;
}
