/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "render/names_impl.h"

/*
 * "mmsdfs names 1", then a line for each app that has a name:
 * the app's own file, its id and its source, with a tab between them. Bytes
 * of ids and sources that would break a line are written %xx.
 */
static const char head[] = "mmsdfs names 1\n";

enum { LINE_MAX_BYTES = 3 * 2 * NAME_LEN_MAX + FILE_NAME_SIZE + 8 };

static void put_escaped(FILE *file, const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == '%'
			|| *text == 0x7f)
			fprintf(file, "%%%02x", (unsigned char)*text);
		else
			fputc(*text, file);
}

int names_save(const struct names *names, FILE *file)
{
	struct catalog_cursor cursor = {0};
	const struct app *app;

	fputs(head, file);
	while ((app = catalog_next(names->last, &cursor))) {
		const char *name = names_own_file(names, &app->key);

		if (!name)
			continue;
		fprintf(file, "%s\t", name);
		put_escaped(file, app->key.id);
		fputc('\t', file);
		put_escaped(file, app->key.source);
		fputc('\n', file);
	}
	return ferror(file) ? -EIO : 0;
}

static int hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* In place. false: not what put_escaped() writes. */
static bool unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		int high, low;

		if (*text != '%') {
			*to++ = *text;
			continue;
		}
		high = hex_value(text[1]);
		low = high < 0 ? -1 : hex_value(text[2]);
		if (low < 0 || high + low == 0)
			return false;
		*to++ = (char)(high << 4 | low);
		text += 2;
	}
	*to = '\0';
	return true;
}

const struct memory *memory_find(
	const struct names *names, const struct app_key *key)
{
	struct table_link *link = table_first(&names->memories, key_hash(key));

	for (; link; link = table_more(link)) {
		struct memory *memory = (struct memory *)link;
		struct app_key known = {memory->id, memory->source};

		if (app_key_compare(&known, key) == 0)
			return memory;
	}
	return NULL;
}

static int remember(struct names *names, const struct app_key *key,
	enum stem_form form)
{
	size_t id_size = strlen(key->id) + 1;
	size_t source_size = strlen(key->source) + 1;
	struct memory *memory;

	if (memory_find(names, key))
		return 0;
	memory = malloc(sizeof(*memory) + id_size + source_size);
	if (!memory)
		return -ENOMEM;
	memcpy(memory->id, key->id, id_size);
	memcpy(memory->id + id_size, key->source, source_size);
	memory->source = memory->id + id_size;
	memory->form = form;
	if (table_add(&names->memories, &memory->link, key_hash(key)) < 0) {
		free(memory);
		return -ENOMEM;
	}
	return 0;
}

/* A name counts only when it is one that its id could have. */
static int load_line(struct names *names, char *line)
{
	char *id = strchr(line, '\t');
	char *source = id ? strchr(id + 1, '\t') : NULL;
	char stem[FILE_NAME_SIZE], name[FILE_NAME_SIZE];
	struct app_key key;

	if (!source)
		return 0;
	*id++ = '\0';
	*source++ = '\0';
	if (!unescape(id) || !unescape(source))
		return 0;
	key = (struct app_key){id, source};
	for (int form = STEM_DOTS; form < STEM_FORMS; form++) {
		if (stem_write(&key, (enum stem_form)form, stem) < 0)
			continue;
		own_file_name(stem, name);
		if (strcmp(name, line) == 0)
			return remember(
				names, &key, (enum stem_form)form);
	}
	return 0;
}

int names_load(struct names *names, FILE *file)
{
	CLEANUP(free) char *line = malloc(LINE_MAX_BYTES);
	int r = 0;

	if (!line)
		return -ENOMEM;
	if (!fgets(line, LINE_MAX_BYTES, file) || strcmp(line, head) != 0)
		return ferror(file) ? -EIO : -EBADMSG;
	while (r == 0 && fgets(line, LINE_MAX_BYTES, file)) {
		size_t length = strcspn(line, "\n");

		/* A cut last line may name another app. */
		if (line[length] == '\0')
			continue;
		line[length] = '\0';
		if (names->memories.count < APPS_MAX)
			r = load_line(names, line);
	}
	return ferror(file) ? -EIO : r;
}
