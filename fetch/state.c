/* SPDX-License-Identifier: MIT */
#include "fetch/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "fetch/field_json.h"
#include "fetch/state_json.h"

/*
 * Of one width, so that it can be written last. What follows has this many
 * bytes and this CRC-32.
 */
#define HEAD_FORMAT "mmsdfs-state 1 %020" PRId64 " %020" PRIu64 " %08lx\n"
enum { HEAD_SIZE = 15 + 20 + 1 + 20 + 1 + 8 + 1 };

struct state_file {
	FILE *file;
	uint64_t bytes;
	unsigned long crc;
};

static char *state_path(const char *dir, const char *source, const char *end)
{
	char *path;

	return asprintf(&path, "%s/%s.state%s", dir, source, end) < 0 ? NULL
								      : path;
}

static int write_app(struct state_file *out, const struct app *app)
{
	CLEANUP(json_object_put) struct json_object *object = NULL;
	const char *text;
	size_t length;
	int r;

	r = app_to_state(app, &object);
	if (r < 0)
		return r;
	text = json_object_to_json_string_length(
		object, JSON_C_TO_STRING_PLAIN, &length);
	if (!text)
		return -ENOMEM;
	out->crc = crc32(out->crc, (const Bytef *)text, (uInt)length);
	out->crc = crc32(out->crc, (const Bytef *)"\n", 1);
	out->bytes += length + 1;
	if (fwrite(text, 1, length, out->file) != length
		|| fputc('\n', out->file) == EOF)
		return -errno;
	return 0;
}

static int write_apps(struct state_file *out, const struct catalog *catalog,
	const char *source)
{
	struct catalog_cursor cursor = {0, 0};
	const struct app *app;
	int r = 0;

	while (r == 0 && (app = catalog_next(catalog, &cursor)))
		if (strcmp(app->key.source, source) == 0)
			r = write_app(out, app);
	return r;
}

static int write_head(struct state_file *out, int64_t now)
{
	if (fseek(out->file, 0, SEEK_SET) < 0)
		return -errno;
	if (fprintf(out->file, HEAD_FORMAT, now, out->bytes, out->crc)
		!= HEAD_SIZE)
		return -EIO;
	if (fflush(out->file) != 0 || fsync(fileno(out->file)) < 0)
		return -errno;
	return 0;
}

/* The rename is only sure when the directory is on disk, too. */
static int sync_dir(const char *dir)
{
	CLEANUP(close) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int write_file(const char *path, const struct catalog *catalog,
	const char *source, int64_t now)
{
	struct state_file out = {.crc = crc32(0, NULL, 0)};
	int fd, r;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	out.file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out.file) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	r = fprintf(out.file, HEAD_FORMAT, INT64_C(0), UINT64_C(0), 0UL) < 0
		? -errno
		: write_apps(&out, catalog, source);
	if (r == 0)
		r = write_head(&out, now);
	if (fclose(out.file) != 0 && r == 0)
		r = -errno;
	return r;
}

int state_save(const char *dir, const struct catalog *catalog,
	const char *source, int64_t now, struct why *why)
{
	CLEANUP(free) char *path = state_path(dir, source, "");
	CLEANUP(free) char *temporary = state_path(dir, source, ".new");
	int r;

	if (!path || !temporary)
		return why_set(why, -ENOMEM, "out of memory");
	r = write_file(temporary, catalog, source, now);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
	else
		r = sync_dir(dir);
	return r < 0 ? why_set(why, r, "%s: %s", path, strerror(-r)) : 0;
}

/* The whole body, and that it is what the head says. */
static int read_body(FILE *file, struct state_file *in, int64_t *ret_saved)
{
	uint64_t bytes;
	unsigned long crc;
	char head[HEAD_SIZE + 1] = "", buffer[64 << 10];
	size_t size;
	int end = 0;

	if (fread(head, 1, HEAD_SIZE, file) != HEAD_SIZE
		|| sscanf(head,
			   "mmsdfs-state 1 %" SCNd64 " %" SCNu64 " %lx%n",
			   ret_saved, &bytes, &crc, &end)
			!= 3
		|| end != HEAD_SIZE - 1)
		return -EBADMSG;
	in->crc = crc32(0, NULL, 0);
	while ((size = fread(buffer, 1, sizeof(buffer), file)) > 0) {
		in->crc = crc32(in->crc, (const Bytef *)buffer, (uInt)size);
		in->bytes += size;
	}
	if (ferror(file))
		return -errno;
	return in->bytes == bytes && in->crc == crc ? 0 : -EBADMSG;
}

/* All apps of the file, as one edit of the empty catalog. */
struct loading {
	struct catalog_change *changes;
	size_t count, space;
	struct json_tokener *tokener;
	const struct app_origin *origin;
};

static int add_app(struct loading *loading, struct app *app)
{
	struct catalog_change *larger;
	size_t space = loading->space ? loading->space * 2 : 256;

	if (loading->count == loading->space) {
		larger = reallocarray(
			loading->changes, space, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		loading->changes = larger;
		loading->space = space;
	}
	loading->changes[loading->count++] =
		(struct catalog_change){.key = app->key, .app = app};
	return 0;
}

static int load_apps(FILE *file, struct loading *loading, struct why *why)
{
	CLEANUP(free) char *line = NULL;
	size_t space = 0;
	ssize_t length;

	while ((length = getline(&line, &space, file)) > 0) {
		struct app *app;
		int r;

		r = app_from_state(loading->tokener, line, (size_t)length - 1,
			loading->origin, &app, why);
		if (r < 0)
			return r;
		r = add_app(loading, app);
		if (r < 0) {
			app_unref(app);
			return why_set(why, r, "out of memory");
		}
	}
	return 0;
}

static int load_catalog(FILE *file, const struct app_origin *origin,
	struct catalog **ret, struct why *why)
{
	struct loading loading = {.origin = origin};
	int r;

	loading.tokener = json_tokener_new();
	if (!loading.tokener || fseek(file, HEAD_SIZE, SEEK_SET) < 0)
		r = why_set(why, -ENOMEM, "out of memory");
	else
		r = load_apps(file, &loading, why);
	if (r == 0) {
		r = catalog_edit(NULL, loading.changes, loading.count, ret);
		if (r < 0)
			why_set(why, r, "%s", strerror(-r));
	}
	for (size_t i = 0; i < loading.count; i++)
		app_unref(loading.changes[i].app);
	free(loading.changes);
	if (loading.tokener)
		json_tokener_free(loading.tokener);
	return r;
}

static int load_file(FILE *file, const struct app_origin *origin,
	struct catalog **ret, int64_t *ret_saved, struct why *why)
{
	struct state_file in = {.file = file};
	struct stat now;
	int r;

	if (fstat(fileno(file), &now) == 0 && now.st_size > STATE_BYTES_MAX)
		return why_set(why, -EBADMSG, "more than %d MB",
			STATE_BYTES_MAX >> 20);
	r = read_body(file, &in, ret_saved);
	if (r < 0)
		return why_set(why, r, "%s",
			r == -EBADMSG ? "damaged, or of another version"
				      : strerror(-r));
	r = load_catalog(file, origin, ret, why);
	return r == -EPROTO ? -EBADMSG : r;
}

int state_load(const char *dir, const struct app_origin *origin,
	struct catalog **ret, int64_t *ret_saved, struct why *why)
{
	CLEANUP(fclose) FILE *file = NULL;
	CLEANUP(free) char *path = state_path(dir, origin->source, "");
	struct why words = {""};
	int r;

	if (!path)
		return why_set(why, -ENOMEM, "out of memory");
	file = fopen(path, "re");
	if (!file)
		return why_set(why, -errno, "%s: %s", path, strerror(errno));
	r = load_file(file, origin, ret, ret_saved, &words);
	return r < 0 ? why_set(why, r, "%.200s: %.300s", path, words.text) : 0;
}
