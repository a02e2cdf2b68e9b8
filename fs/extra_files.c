/* SPDX-License-Identifier: MIT */
#include "fs/extra_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "fetch/cleanup.h"

static const char suffix[] = ".yml";

static void extra_done(struct haproxy_extra *extra)
{
	free(extra->name);
	free(extra->domains);
	free(extra->config);
	free(extra->protocol);
}

void extra_files_done(struct haproxy_extras *extras)
{
	for (size_t i = 0; i < extras->count; i++)
		extra_done(&extras->items[i]);
	free(extras->items);
	*extras = (struct haproxy_extras){.items = NULL};
}

/* *ret is allocated. */
static int take_scalar(const char *path, const char *key,
	const yaml_node_t *node, char **ret, struct why *why)
{
	const char *text;

	if (node->type != YAML_SCALAR_NODE)
		return why_set(why, -EINVAL, "%s:%zu: %s is no text", path,
			node->start_mark.line + 1, key);
	text = (const char *)node->data.scalar.value;
	if (strlen(text) != node->data.scalar.length)
		return why_set(why, -EINVAL, "%s:%zu: %s has a NUL in it",
			path, node->start_mark.line + 1, key);
	free(*ret);
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

static int take_list(const char *path, yaml_document_t *document,
	const yaml_node_t *node, char **ret, struct why *why)
{
	int r = 0;

	if (node->type != YAML_SEQUENCE_NODE)
		return why_set(why, -EINVAL, "%s:%zu: domains is no list",
			path, node->start_mark.line + 1);
	for (yaml_node_item_t *item = node->data.sequence.items.start;
		item < node->data.sequence.items.top && r == 0; item++) {
		CLEANUP(free) char *one = NULL;
		char *longer;

		r = take_scalar(path, "domains",
			yaml_document_get_node(document, *item), &one, why);
		if (r == 0
			&& asprintf(&longer, "%s%s%s", *ret ? *ret : "",
				   *ret ? "," : "", one)
				< 0)
			r = -ENOMEM;
		if (r == 0) {
			free(*ret);
			*ret = longer;
		}
	}
	return r;
}

static int take_pair(const char *path, yaml_document_t *document,
	const yaml_node_pair_t *pair, struct haproxy_extra *extra,
	struct why *why)
{
	const yaml_node_t *key = yaml_document_get_node(document, pair->key);
	const yaml_node_t *value =
		yaml_document_get_node(document, pair->value);
	const char *name = key->type == YAML_SCALAR_NODE
		? (const char *)key->data.scalar.value
		: "";

	if (strcmp(name, "domains") == 0)
		return take_list(path, document, value, &extra->domains, why);
	if (strcmp(name, "config") == 0)
		return take_scalar(path, name, value, &extra->config, why);
	if (strcmp(name, "protocol") == 0)
		return take_scalar(path, name, value, &extra->protocol, why);
	return why_set(why, -EINVAL,
		"%s:%zu: '%.40s' is not known; there are domains, config and "
		"protocol",
		path, key->start_mark.line + 1, name);
}

static int take_document(const char *path, yaml_document_t *document,
	struct haproxy_extra *extra, struct why *why)
{
	const yaml_node_t *root = yaml_document_get_root_node(document);
	int r = 0;

	if (!root) /* an empty file */
		return 0;
	if (root->type != YAML_MAPPING_NODE)
		return why_set(why, -EINVAL, "%s: no keys with values", path);
	for (yaml_node_pair_t *pair = root->data.mapping.pairs.start;
		pair < root->data.mapping.pairs.top && r == 0; pair++)
		r = take_pair(path, document, pair, extra, why);
	return r;
}

static int read_file(
	const char *path, struct haproxy_extra *extra, struct why *why)
{
	CLEANUP(fclose) FILE *file = fopen(path, "re");
	yaml_document_t document;
	yaml_parser_t parser;
	int r;

	if (!file)
		return why_set(why, -errno, "%s: %s", path, strerror(errno));
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_file(&parser, file);
	if (yaml_parser_load(&parser, &document)) {
		r = take_document(path, &document, extra, why);
		yaml_document_delete(&document);
	} else {
		r = why_set(why, -EINVAL, "%s:%zu: %s", path,
			parser.problem_mark.line + 1,
			parser.problem ? parser.problem : "cannot be read");
	}
	yaml_parser_delete(&parser);
	return r;
}

/* proxym writes ids with or without what their first slash became. */
static char *name_of(const char *file, size_t length)
{
	if (*file == '_') {
		file++;
		length--;
	}
	return strndup(file, length - strlen(suffix));
}

static int add_file(const char *directory, const char *file,
	struct haproxy_extras *extras, struct why *why)
{
	size_t length = strlen(file);
	CLEANUP(free) char *path = NULL;
	struct haproxy_extra *larger;

	if (length <= strlen(suffix)
		|| strcmp(file + length - strlen(suffix), suffix) != 0)
		return 0;
	larger = reallocarray(
		extras->items, extras->count + 1, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	extras->items = larger;
	extras->items[extras->count] =
		(struct haproxy_extra){.name = name_of(file, length)};
	if (!extras->items[extras->count++].name)
		return -ENOMEM;
	if (asprintf(&path, "%s/%s", directory, file) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return read_file(path, &extras->items[extras->count - 1], why);
}

static int by_name(const void *a, const void *b)
{
	const struct haproxy_extra *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int extra_files_read(
	const char *directory, struct haproxy_extras *ret, struct why *why)
{
	struct haproxy_extras extras = {.items = NULL};
	DIR *dir = opendir(directory);
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return why_set(why, -errno, "--haproxy-settings %s: %s",
			directory, strerror(errno));
	while (r == 0 && (entry = readdir(dir)))
		r = add_file(directory, entry->d_name, &extras, why);
	closedir(dir);
	if (r < 0) {
		extra_files_done(&extras);
		return r;
	}
	if (extras.count > 1)
		qsort(extras.items, extras.count, sizeof(extras.items[0]),
			by_name);
	*ret = extras;
	return 0;
}
