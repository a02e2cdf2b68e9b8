/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "render/names_impl.h"

/*
 * Who gets which name. Every step may be cut short by -ENOMEM and be repeated
 * later: a file is put on the list of touched ones before it is changed.
 */

int file_touch(struct names *names, struct file *file)
{
	if (file->touched)
		return 0;
	if (names->touched_count == names->touched_room) {
		size_t room =
			names->touched_room ? names->touched_room * 2 : 64;
		struct file **touched = realloc(
			names->touched, room * sizeof(struct file *));

		if (!touched)
			return -ENOMEM;
		names->touched = touched;
		names->touched_room = room;
	}
	file->touched = true;
	names->touched[names->touched_count++] = file;
	return 0;
}

int file_release(struct names *names, struct file *file)
{
	int r;

	r = file_touch(names, file);
	if (r < 0)
		return r;
	file->owner = NULL;
	names->released = true;
	return 0;
}

int own_release(struct names *names, struct named *named)
{
	int r;

	r = named->own ? file_release(names, named->own) : 0;
	if (r == 0)
		named->own = NULL;
	return r;
}

/* Releases those without kept, and takes kept away from the others. */
static int release_unkept(struct names *names, struct named *named)
{
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < named->port_count; i++) {
		struct file *file = named->ports[i];

		if (!file->kept && r == 0)
			r = file_release(names, file);
		if (file->owner)
			named->ports[kept++] = file;
		file->kept = false;
	}
	named->port_count = kept;
	return r;
}

int ports_release(struct names *names, struct named *named)
{
	return release_unkept(names, named);
}

/* The stem is the name of the app's own file without its end. */
static void stem_of(const struct named *named, char stem[FILE_NAME_SIZE])
{
	const char *name = named->own->name;
	size_t length = strlen(name) - strlen(".instances");

	memcpy(stem, name, length);
	stem[length] = '\0';
}

int each_port_file(const struct names *names, struct named *named,
	port_file_visit *visit, void *context)
{
	char stem[FILE_NAME_SIZE], name[FILE_NAME_SIZE];
	uint32_t count = named->app->port_count;
	int r;

	if (!named->own)
		return 0;
	stem_of(named, stem);
	for (uint32_t i = 0; i < PORT_FILES * count; i++) {
		r = port_file_name(names->style, stem, named->app, i % count,
			(enum port_file)(i / count), name);
		if (r == 0)
			continue;
		r = visit(context, named, r < 0 ? NULL : name, i % count);
		if (r < 0)
			return r;
	}
	return 0;
}

static int keep_one(void *context, struct named *named, const char *name,
	uint32_t port_index)
{
	struct names *names = context;
	struct file *file = name ? file_find(names, name) : NULL;

	if (!file || file->owner != named || file->own || file->kept)
		return 0;
	file->kept = true;
	file->port_index = port_index;
	return file_touch(names, file);
}

int ports_keep(struct names *names, struct named *named)
{
	int r;

	r = each_port_file(names, named, keep_one, names);
	return r < 0 ? r : release_unkept(names, named);
}

void uneasy_set(struct names *names, struct named *named)
{
	bool uneasy = named->waiting || named->form != STEM_DOTS;

	if (uneasy == named->uneasy)
		return;
	named->uneasy = uneasy;
	if (uneasy) {
		named->uneasy_before = NULL;
		named->uneasy_next = names->uneasy;
		if (names->uneasy)
			names->uneasy->uneasy_before = named;
		names->uneasy = named;
		return;
	}
	if (named->uneasy_next)
		named->uneasy_next->uneasy_before = named->uneasy_before;
	if (named->uneasy_before)
		named->uneasy_before->uneasy_next = named->uneasy_next;
	else
		names->uneasy = named->uneasy_next;
}

static int file_get(struct names *names, const char *name, struct file **ret)
{
	size_t size = strlen(name) + 1;
	struct file *file = file_find(names, name);

	if (!file) {
		file = calloc(1, sizeof(*file) + size);
		if (!file)
			return -ENOMEM;
		memcpy(file->name, name, size);
		if (table_add(&names->files, &file->link, text_hash(0, name))
			< 0) {
			free(file);
			return -ENOMEM;
		}
	}
	*ret = file;
	/* Touched, it goes again should nobody take it. */
	return file_touch(names, file);
}

static void evict(struct names *names, struct file *file)
{
	struct named *loser = file->owner;
	size_t kept = 0;

	for (size_t i = 0; i < loser->port_count; i++)
		if (loser->ports[i] != file)
			loser->ports[kept++] = loser->ports[i];
	loser->port_count = kept;
	loser->waiting = true;
	uneasy_set(names, loser);
}

/* Who lost its name to another source is told from it by its own. */
static bool is_form_for(const struct names *names, const struct named *named,
	enum stem_form form)
{
	char stem[FILE_NAME_SIZE], name[FILE_NAME_SIZE];
	const struct file *file;

	if (form != STEM_SOURCE)
		return true;
	if (stem_write(&named->app->key, STEM_DOTS, stem) < 0)
		return false;
	own_file_name(stem, name);
	file = file_find(names, name);
	return file && file->owner
		&& strcmp(file->owner->app->key.source,
			   named->app->key.source)
		!= 0;
}

static int claim_own(
	struct names *names, struct named *named, enum stem_form form)
{
	char stem[FILE_NAME_SIZE], name[FILE_NAME_SIZE];
	struct file *file;
	int r;

	if (stem_write(&named->app->key, form, stem) < 0)
		return 0;
	own_file_name(stem, name);
	r = file_get(names, name, &file);
	if (r < 0)
		return r;
	if (file->owner && (file->own || names->style != NAMES_MMSD))
		return 0;
	if (file->owner)
		evict(names, file);
	file->owner = named;
	file->own = true;
	file->port_index = 0;
	file->hidden = named->app->ports[0].hidden;
	named->own = file;
	named->form = form;
	return 0;
}

static int claim_port(void *context, struct named *named, const char *name,
	uint32_t port_index)
{
	struct names *names = context;
	struct file *file;
	int r;

	r = name ? file_get(names, name, &file) : 0;
	if (r < 0)
		return r;
	if (!name || file->owner) {
		if (!name || file->owner != named
			|| file->port_index != port_index)
			named->waiting = true;
		return 0;
	}
	if (named->port_count == named->port_room) {
		size_t room = named->port_room ? named->port_room * 2 : 4;
		struct file **ports = realloc(
			named->ports, room * sizeof(struct file *));

		if (!ports)
			return -ENOMEM;
		named->ports = ports;
		named->port_room = room;
	}
	file->owner = named;
	file->own = file->hidden = false;
	file->port_index = port_index;
	named->ports[named->port_count++] = file;
	return 0;
}

/* Of apps that appear together. */
static int claim_order(const void *a, const void *b)
{
	const struct app *x = (*(struct named *const *)a)->app;
	const struct app *y = (*(struct named *const *)b)->app;
	size_t x_segments = id_segments(x->key.id);
	size_t y_segments = id_segments(y->key.id);

	if (x->rank == y->rank && x_segments != y_segments)
		return x_segments > y_segments ? -1 : 1;
	return app_precedence(x, y);
}

bool lacks_stem(const struct named *named)
{
	return !named->own && named->app->port_count > 0;
}

/* Those that had a name before a restart have it again. */
static int settle_memories(struct names *names)
{
	int r = 0;

	for (size_t i = 0; i < names->claim_count && r == 0; i++) {
		struct named *named = names->claims[i];
		const struct memory *memory;

		memory = lacks_stem(named)
			? memory_find(names, &named->app->key)
			: NULL;
		if (memory)
			r = claim_own(names, named, memory->form);
	}
	return r;
}

static int settle_stems(struct names *names, enum stem_form form)
{
	int r = 0;

	for (size_t i = 0; i < names->claim_count && r == 0; i++)
		if (lacks_stem(names->claims[i])
			&& is_form_for(names, names->claims[i], form))
			r = claim_own(names, names->claims[i], form);
	return r;
}

static int settle_ports(struct names *names)
{
	int r = 0;

	for (size_t i = 0; i < names->claim_count && r == 0; i++) {
		struct named *named = names->claims[i];

		named->waiting = lacks_stem(named);
		r = each_port_file(names, named, claim_port, names);
		uneasy_set(names, named);
	}
	return r;
}

int claims_settle(struct names *names)
{
	int r;

	if (names->claim_count > 1)
		qsort(names->claims, names->claim_count,
			sizeof(struct named *), claim_order);
	r = settle_memories(names);
	for (int form = STEM_DOTS; form < STEM_FORMS && r == 0; form++)
		r = settle_stems(names, (enum stem_form)form);
	return r < 0 ? r : settle_ports(names);
}
