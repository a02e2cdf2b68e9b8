/* SPDX-License-Identifier: MIT */
#include "fs/view_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/convert.h"
#include "fs/extra_files.h"

enum { FILE_MAX = 1 << 20 };

static const char prefix[] = "HAPROXY_";

/* *ret is allocated, with a NUL behind it. */
static int read_whole(const char *path, char **ret, struct why *why)
{
	CLEANUP(close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	CLEANUP(free) char *text = NULL;
	struct stat about;
	size_t length = 0;
	ssize_t n;

	if (fd < 0 || fstat(fd, &about) < 0)
		return why_set(why, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(about.st_mode) || about.st_size > FILE_MAX)
		return why_set(why, -EINVAL,
			"%s: no file, or one of more than 1 MB", path);
	text = malloc(FILE_MAX + 2);
	if (!text)
		return -ENOMEM;
	while ((n = read(fd, text + length, FILE_MAX + 1 - length)) > 0)
		length += (size_t)n;
	if (n < 0)
		return why_set(why, -errno, "%s: %s", path, strerror(errno));
	text[length] = '\0';
	if (strlen(text) != length)
		return why_set(why, -EINVAL, "%s: there is a NUL in it", path);
	*ret = take_ptr(&text);
	return 0;
}

static int warn(struct view_files *files, const char *path, const char *words)
{
	char **larger = reallocarray(files->warnings, files->warning_count + 1,
		sizeof(*larger));
	char *line;

	if (!larger || asprintf(&line, "%s: %s", path, words) < 0)
		return -ENOMEM;
	files->warnings = larger;
	files->warnings[files->warning_count++] = line;
	return 0;
}

static int read_template(struct view_files *files, const char *directory,
	const char *name, char **texts, struct why *why)
{
	enum template_id id =
		template_find(name + strlen(prefix), strlen(name + strlen(prefix)));
	CLEANUP(free) char *path = NULL;

	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (id == TEMPLATE_COUNT)
		return warn(files, path, "no template has that name");
	return read_whole(path, &texts[id], why);
}

static int read_directory(struct view_files *files, const char *directory,
	char **texts, struct why *why)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return why_set(why, -errno, "--haproxy-templates %s: %s",
			directory, strerror(errno));
	while (r >= 0 && (entry = readdir(dir)))
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			r = read_template(
				files, directory, entry->d_name, texts, why);
	closedir(dir);
	return r;
}

/* "\n" is a line break, as in marathon-lb. */
static char *unescape(const char *value)
{
	char *text = strdup(value), *to = text;

	for (const char *from = value; text && *from; from++)
		if (from[0] == '\\' && from[1] == 'n') {
			*to++ = '\n';
			from++;
		} else {
			*to++ = *from;
		}
	if (text)
		*to = '\0';
	return text;
}

static int read_environment(char **envp, char **texts)
{
	for (; *envp; envp++) {
		const char *name = *envp + strlen(prefix);
		const char *equals = strchr(*envp, '=');
		enum template_id id;

		if (!equals || strncmp(*envp, prefix, strlen(prefix)) != 0)
			continue;
		id = template_find(name, (size_t)(equals - name));
		if (id == TEMPLATE_COUNT)
			continue;
		free(texts[id]);
		texts[id] = unescape(equals + 1);
		if (!texts[id])
			return -ENOMEM;
	}
	return 0;
}

static int read_templates(const struct options *options, char **envp,
	struct view_files *files, struct why *why)
{
	char *texts[TEMPLATE_COUNT] = {NULL};
	const char *constant[TEMPLATE_COUNT];
	int r = 0;

	if (options->haproxy_templates)
		r = read_directory(
			files, options->haproxy_templates, texts, why);
	if (r == 0)
		r = read_environment(envp, texts);
	memcpy(constant, texts, sizeof(constant));
	if (r == 0)
		r = templates_new(constant, &files->templates, why);
	for (size_t i = 0; i < TEMPLATE_COUNT; i++)
		free(texts[i]);
	return r;
}

static int make_map_dir(const struct options *options, struct view_files *files)
{
	static const char *const names[] = {
		"domain2backend.map", "app2backend.map"};

	if (options->haproxy_map_dir)
		files->map_dir = strdup(options->haproxy_map_dir);
	else if (asprintf(&files->map_dir, "%s/haproxy",
			 options->mountpoint ? options->mountpoint
					     : "/etc")
		< 0)
		files->map_dir = NULL;
	if (!files->map_dir)
		return -ENOMEM;
	for (size_t i = 0; i < 2; i++)
		if (asprintf(&files->map_paths[i], "%s/%s", files->map_dir,
			    names[i])
			< 0) {
			files->map_paths[i] = NULL;
			return -ENOMEM;
		}
	return 0;
}

int view_files_new(const struct options *options, char **envp,
	struct view_files **ret, struct why *why)
{
	CLEANUP(view_files_free) struct view_files *files = NULL;
	int r;

	files = calloc(1, sizeof(*files));
	if (!files)
		return why_set(why, -ENOMEM, "out of memory");
	why->text[0] = '\0';
	r = read_templates(options, envp, files, why);
	if (r == 0 && options->haproxy_tail)
		r = read_whole(options->haproxy_tail, &files->tail, why);
	if (r == 0 && options->haproxy_settings)
		r = extra_files_read(
			options->haproxy_settings, &files->extras, why);
	if (r == 0)
		r = make_map_dir(options, files);
	if (r < 0)
		return why->text[0] ? r : why_set(why, r, "out of memory");
	convert_haproxy(options, &files->settings.haproxy);
	files->settings.haproxy.templates = files->templates;
	files->settings.haproxy.tail = files->tail;
	files->settings.haproxy.extras = &files->extras;
	files->settings.haproxy.map_dir = files->map_dir;
	*ret = take_ptr(&files);
	return 0;
}

void view_files_free(struct view_files *files)
{
	if (!files)
		return;
	templates_free(files->templates);
	extra_files_done(&files->extras);
	free(files->tail);
	free(files->map_dir);
	free(files->map_paths[0]);
	free(files->map_paths[1]);
	for (size_t i = 0; i < files->warning_count; i++)
		free(files->warnings[i]);
	free(files->warnings);
	free(files);
}
