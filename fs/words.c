/* SPDX-License-Identifier: MIT */
#include "fs/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/cleanup.h"

#define BLANK " \t"
#define SHELL "sh:"

/* Text is cut in place: what is written is never longer than what was read. */
struct cutter {
	const char *in;
	char *out;
	struct why *why;
};

static void keep(struct cutter *cutter)
{
	*cutter->out++ = *cutter->in++;
}

/* Stands on the opening quote, and then behind the closing one. */
static int cut_quoted(struct cutter *cutter)
{
	char quote = *cutter->in++;

	while (*cutter->in && *cutter->in != quote) {
		if (quote == '"' && *cutter->in == '\\' &&
			(cutter->in[1] == '"' || cutter->in[1] == '\\'))
			cutter->in++;
		keep(cutter);
	}
	if (!*cutter->in)
		return why_set(
			cutter->why, -EINVAL, "a %c is not closed", quote);
	cutter->in++;
	return 0;
}

static int cut_word(struct cutter *cutter)
{
	int r;

	while (*cutter->in && !strchr(BLANK, *cutter->in)) {
		if (*cutter->in == '\'' || *cutter->in == '"') {
			r = cut_quoted(cutter);
			if (r < 0)
				return r;
			continue;
		}
		if (*cutter->in == '\\' && !*++cutter->in)
			return why_set(
				cutter->why, -EINVAL, "a backslash at its end");
		keep(cutter);
	}
	return 0;
}

static int cut_words(struct words *words, const char *text, struct why *why)
{
	struct cutter cutter = {.in = text, .out = words->text, .why = why};
	size_t count = 0;
	int r;

	for (;;) {
		cutter.in += strspn(cutter.in, BLANK);
		if (!*cutter.in)
			break;
		if (count == WORDS_MAX)
			return why_set(
				why, -E2BIG, "more than %d words", WORDS_MAX);
		words->list[count++] = cutter.out;
		r = cut_word(&cutter);
		if (r < 0)
			return r;
		*cutter.out++ = '\0';
	}
	if (count == 0 || !*words->list[0])
		return why_set(why, -EINVAL, "no program in it");
	return 0;
}

static int give_to_shell(struct words *words, const char *text, struct why *why)
{
	static const char head[] = "/bin/sh\0-c";

	if (!text[strspn(text, BLANK)])
		return why_set(why, -EINVAL, "nothing behind " SHELL);
	memcpy(words->text, head, sizeof(head));
	memcpy(words->text + sizeof(head), text, strlen(text) + 1);
	words->list[0] = words->text;
	words->list[1] = words->text + sizeof("/bin/sh");
	words->list[2] = words->text + sizeof(head);
	return 0;
}

int words_parse(const char *text, struct words *ret, struct why *why)
{
	struct words words = {NULL, NULL};
	size_t length = strlen(SHELL);
	int r;

	/* The end of the last word, and the head of a shell's. */
	words.text = malloc(strlen(text) + 16);
	words.list = calloc(WORDS_MAX + 1, sizeof(char *));
	if (!words.text || !words.list) {
		words_done(&words);
		return why_set(why, -ENOMEM, "out of memory");
	}
	r = strncmp(text, SHELL, length) == 0
		? give_to_shell(&words, text + length, why)
		: cut_words(&words, text, why);
	if (r < 0) {
		words_done(&words);
		return r;
	}
	*ret = words;
	return 0;
}

void words_done(struct words *words)
{
	free(words->list);
	free(words->text);
	*words = (struct words){NULL, NULL};
}
