/* SPDX-License-Identifier: MIT */
#include "fs/services.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/log.h"

#define VIEW_NAME "services"

struct services {
	struct services_settings settings; /* constant */
	struct names *names;
	struct problems problems; /* of the instances files */
	char *state_file;         /* NULL: names are not kept */
	char *saved;              /* what is in it */
	bool unsaved;             /* names may have moved since */

	/* What could not be put, to be tried again; borrowed from names. */
	const struct names_edit *unput;
	size_t unput_count;
};

static void load_names(struct services *services)
{
	CLEANUP(fclose) FILE *file = NULL;

	if (!services->state_file)
		return;
	file = fopen(services->state_file, "re");
	if (!file)
		return; /* the first start */
	if (names_load(services->names, file) < 0 || ferror(file))
		log_warn("%s: cannot be read; names are given anew",
			services->state_file);
}

int services_new(const struct services_settings *settings,
	struct services **ret, struct why *why)
{
	struct services *services;
	int r;

	services = calloc(1, sizeof(*services));
	if (!services)
		return why_set(why, -ENOMEM, "out of memory");
	services->settings = *settings;
	r = names_new(settings->names, &services->names);
	if (r == 0 && settings->state_dir
		&& asprintf(&services->state_file, "%s/names",
			   settings->state_dir)
			< 0)
		r = -ENOMEM;
	if (r < 0) {
		services_free(services);
		return why_set(why, r, "out of memory");
	}
	load_names(services);
	*ret = services;
	return 0;
}

void services_free(struct services *services)
{
	if (!services)
		return;
	problems_done(&services->problems);
	names_free(services->names);
	free(services->state_file);
	free(services->saved);
	free(services);
}

static int make_file(struct services *services, const struct names_edit *edit,
	struct live_file *ret)
{
	*ret = (struct live_file){.name = edit->name};
	if (!edit->app)
		return 0;
	return render_instances(edit->app, edit->port_index,
		services->settings.format, &services->problems, &ret->bytes,
		&ret->size);
}

static int put_edits(struct services *services, const struct names_edit *edits,
	size_t count, services_put *put, void *context)
{
	CLEANUP(free) struct live_file *files = NULL;
	size_t made = 0;
	int r = 0;

	files = calloc(count, sizeof(*files));
	if (!files)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (edits[i].app)
			problems_forget(&services->problems,
				&edits[i].app->key, VIEW_NAME);
	for (; made < count && r == 0; made++)
		r = make_file(services, &edits[made], &files[made]);
	if (r == 0)
		return put(context, files, count);
	for (size_t i = 0; i < made; i++)
		free(files[i].bytes);
	return r;
}

/* The names as the text that is kept, to see whether it differs. */
static char *names_text(const struct services *services)
{
	char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);
	int r;

	if (!file)
		return NULL;
	r = names_save(services->names, file);
	if (fclose(file) != 0 || r < 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int write_all(const char *path, const char *text)
{
	CLEANUP(close) int fd = -1;
	size_t length = strlen(text);

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	while (length > 0) {
		ssize_t n = write(fd, text, length);

		if (n < 0)
			return -errno;
		text += n;
		length -= (size_t)n;
	}
	return 0;
}

/*
 * Replaced as a whole, so that a full disk leaves the old one. Not synced: the
 * watcher must not wait for a disk, and a lost file costs no more than names
 * that are given anew.
 */
void services_keep(struct services *services)
{
	CLEANUP(free) char *temporary = NULL;
	CLEANUP(free) char *text = NULL;
	int r;

	if (!services->state_file || !services->unsaved)
		return;
	services->unsaved = false;
	text = names_text(services);
	if (!text || (services->saved && strcmp(text, services->saved) == 0))
		return;
	if (asprintf(&temporary, "%s.new", services->state_file) < 0) {
		temporary = NULL;
		return;
	}
	r = write_all(temporary, text);
	if (r == 0 && rename(temporary, services->state_file) < 0)
		r = -errno;
	if (r < 0) {
		log_warn("%s: %s", services->state_file, strerror(-r));
		return;
	}
	free(services->saved);
	services->saved = take_ptr(&text);
}

static int put_again(
	struct services *services, services_put *put, void *context)
{
	int r;

	if (services->unput_count == 0)
		return 0;
	r = put_edits(services, services->unput, services->unput_count, put,
		context);
	if (r == 0)
		services->unput_count = 0;
	return r;
}

int services_update(struct services *services, struct catalog *catalog,
	services_put *put, void *context, struct why *why)
{
	int r;

	r = put_again(services, put, context);
	if (r == 0)
		r = names_update(services->names, catalog, &services->unput,
			&services->unput_count);
	if (r == 0)
		r = put_again(services, put, context);
	if (r < 0)
		return why_set(why, r, "%s", strerror(-r));
	services->unsaved = true;
	return 0;
}

void services_problems(
	const struct services *services, struct problems *problems)
{
	names_problems(services->names, problems);
	problems_append(problems, &services->problems);
}
