/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/manifest.h"

/* A directory of each test's own, as a descriptor; gone at its end. */
struct place {
	char path[64];
	int fd;
};

static struct place place_make(void)
{
	struct place place = {.path = "/tmp/test-manifest.XXXXXX"};

	assert(mkdtemp(place.path));
	place.fd = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(place.fd >= 0 && mkdirat(place.fd, "services", 0755) == 0);
	return place;
}

static void place_done(struct place *place)
{
	char command[128];

	close(place->fd);
	snprintf(command, sizeof(command), "rm -rf '%s'", place->path);
	assert(system(command) == 0);
}

static void file_write(
	const struct place *place, const char *path, const char *text)
{
	int fd = openat(place->fd, path,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert(fd >= 0);
	assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static off_t manifest_size(const struct place *place)
{
	struct stat now;

	assert(fstatat(place->fd, MANIFEST_NAME, &now, 0) == 0);
	return now.st_size;
}

static struct manifest *load(const struct place *place)
{
	struct manifest *manifest;
	struct why why;

	assert(manifest_new(place->fd, &manifest, &why) == 0);
	return manifest;
}

static void add(struct manifest *manifest, const char *path)
{
	assert(manifest_add(manifest, &path, 1) == 0);
}

TEST(what_was_made_is_ours_after_a_restart)
{
	static const char *const both[] = {"services/a", "haproxy.cfg"};
	struct place place = place_make();
	struct manifest *manifest = load(&place);

	assert(!manifest_has(manifest, "services/a"));
	assert(manifest_add(manifest, both, 2) == 0);
	assert(manifest_has(manifest, "services/a"));
	file_write(&place, "services/a", "x");
	file_write(&place, "haproxy.cfg", "x");
	file_write(&place, "services/foreign", "x");
	manifest_free(manifest);

	manifest = load(&place);
	assert(manifest_has(manifest, "services/a"));
	assert(manifest_has(manifest, "haproxy.cfg"));
	assert(!manifest_has(manifest, "services/foreign"));
	manifest_free(manifest);
	place_done(&place);
}

TEST(what_was_entered_and_never_made_is_nobodys)
{
	struct place place = place_make();
	struct manifest *manifest = load(&place);

	add(manifest, "services/a");
	manifest_free(manifest);
	manifest = load(&place);
	assert(!manifest_has(manifest, "services/a"));
	manifest_free(manifest);
	place_done(&place);
}

TEST(what_was_removed_is_not_ours_if_somebody_makes_it)
{
	struct place place = place_make();
	struct manifest *manifest = load(&place);

	add(manifest, "services/a");
	file_write(&place, "services/a", "x");
	manifest_drop(manifest, "services/a");
	assert(!manifest_has(manifest, "services/a"));
	manifest_free(manifest);
	manifest = load(&place);
	assert(!manifest_has(manifest, "services/a"));
	manifest_free(manifest);
	place_done(&place);
}

TEST(a_line_without_an_end_was_never_written)
{
	struct place place = place_make();
	struct manifest *manifest;

	file_write(&place, "a", "x");
	file_write(&place, "ab", "x");
	file_write(&place, MANIFEST_NAME, "+a\n+ab");
	manifest = load(&place);
	assert(manifest_has(manifest, "a"));
	assert(!manifest_has(manifest, "ab"));
	manifest_free(manifest);
	place_done(&place);
}

static void count(void *context, const char *path)
{
	assert(strcmp(path, "services/good") == 0);
	++*(size_t *)context;
}

TEST(no_line_leads_out_of_the_directory)
{
	struct place place = place_make();
	struct manifest *manifest;
	size_t found = 0;

	file_write(&place, "services/good", "x");
	file_write(&place, MANIFEST_NAME,
		"+/etc/passwd\n+../etc/passwd\n+services/../../etc/passwd\n"
		"+..\n+.\n+\n+services/\n+/\n+services/./good\n+a/b/c\n"
		"services/bad\nnonsense\n\n+services/good\n+services/good\n");
	manifest = load(&place);
	manifest_each(manifest, count, &found);
	assert(found == 1);
	manifest_free(manifest);
	place_done(&place);
}

TEST(it_comes_back_when_somebody_has_removed_it)
{
	struct place place = place_make();
	struct manifest *manifest = load(&place);

	add(manifest, "services/a");
	file_write(&place, "services/a", "x");
	assert(unlinkat(place.fd, MANIFEST_NAME, 0) == 0);
	add(manifest, "services/b");
	file_write(&place, "services/b", "x");
	manifest_free(manifest);
	manifest = load(&place);
	assert(manifest_has(manifest, "services/a"));
	assert(manifest_has(manifest, "services/b"));
	manifest_free(manifest);
	place_done(&place);
}

static void drop_all(void *context, const char *path)
{
	manifest_drop(context, path);
}

TEST(names_that_come_and_go_do_not_make_it_grow_for_ever)
{
	static char texts[MANIFEST_GONE_MAX][16];
	static const char *paths[MANIFEST_GONE_MAX];
	struct place place = place_make();
	struct manifest *manifest = load(&place);

	for (int i = 0; i < MANIFEST_GONE_MAX; i++) {
		snprintf(texts[i], sizeof(texts[i]), "services/%d", i);
		paths[i] = texts[i];
	}
	assert(manifest_add(manifest, paths, MANIFEST_GONE_MAX) == 0);
	assert(manifest_size(&place) > MANIFEST_GONE_MAX);
	manifest_each(manifest, drop_all, manifest);
	assert(manifest_size(&place) == 0);
	add(manifest, "services/a");
	assert(manifest_size(&place) == (off_t)strlen("+services/a\n"));
	manifest_free(manifest);
	place_done(&place);
}
