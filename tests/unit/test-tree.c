/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "fs/published.h"

static struct nodes *nodes;
static struct dir *tree;

static struct node *version(const struct node *before)
{
	struct node *node = NULL;

	assert(node_new(nodes, strdup("v\n"), 2, before, &node) == 0);
	return node;
}

static void edit(uint64_t number, const char *name, enum tree_op op,
	struct node *node)
{
	struct tree_change change = {
		.name = name, .op = op, .node = node, .number = 3};
	struct dir *after = NULL;

	assert(tree_edit(tree, number, &change, 1, &after) == 0);
	dir_unref(tree);
	tree = after;
}

static const struct tree_entry *entry(const char *name)
{
	return dir_find(tree, name);
}

static void begin(void)
{
	assert(nodes_new(&nodes) == 0);
	assert(tree_new(DIR_ROOT, &tree) == 0);
}

static void end(void)
{
	dir_unref(tree);
	assert(nodes_count(nodes).live == 0);
	nodes_free(nodes);
}

TEST(a_new_name_is_hidden_until_it_is_shown)
{
	struct node *one;

	begin();
	one = version(NULL);
	edit(DIR_ROOT, "a", TREE_PUT, one);
	assert(!entry_is_visible(entry("a")));
	assert(entry_is_pending(entry("a")));
	edit(DIR_ROOT, "a", TREE_SHOW, NULL);
	assert(entry_is_visible(entry("a")) && entry("a")->shown == one);
	assert(!entry_is_pending(entry("a")));
	node_unref(one);
	end();
}

TEST(a_changed_name_shows_its_newest_version_at_once)
{
	struct node *one, *two;

	begin();
	one = version(NULL);
	two = version(one);
	edit(DIR_ROOT, "a", TREE_PUT, one);
	edit(DIR_ROOT, "a", TREE_SHOW, NULL);
	edit(DIR_ROOT, "a", TREE_PUT, two);
	assert(entry("a")->shown == two && !entry_is_pending(entry("a")));
	node_unref(one);
	node_unref(two);
	end();
}

TEST(a_replacement_waits_behind_the_version_that_is_shown)
{
	struct node *one, *two;

	begin();
	one = version(NULL);
	two = version(one);
	edit(DIR_ROOT, "a", TREE_PUT, one);
	edit(DIR_ROOT, "a", TREE_SHOW, NULL);
	edit(DIR_ROOT, "a", TREE_REPLACE, two);
	assert(entry("a")->shown == one && entry("a")->next == two);
	edit(DIR_ROOT, "a", TREE_SHOW, NULL);
	assert(entry("a")->shown == two && !entry("a")->next);
	node_unref(one);
	node_unref(two);
	end();
}

TEST(a_name_that_goes_stays_until_it_is_gone)
{
	struct node *one;

	begin();
	one = version(NULL);
	edit(DIR_ROOT, "a", TREE_PUT, one);
	edit(DIR_ROOT, "a", TREE_SHOW, NULL);
	edit(DIR_ROOT, "a", TREE_GONE, NULL); /* not leaving: nothing */
	assert(entry("a") && entry_is_visible(entry("a")));
	edit(DIR_ROOT, "a", TREE_DROP, NULL);
	assert(entry_is_visible(entry("a")) && entry_is_pending(entry("a")));
	edit(DIR_ROOT, "a", TREE_GONE, NULL);
	assert(!entry("a"));
	node_unref(one);
	end();
}

TEST(a_name_that_comes_back_before_it_is_gone_stays)
{
	struct node *one, *two;

	begin();
	one = version(NULL);
	two = version(one);
	edit(DIR_ROOT, "a", TREE_PUT, one);
	edit(DIR_ROOT, "a", TREE_SHOW, NULL);
	edit(DIR_ROOT, "a", TREE_DROP, NULL);
	edit(DIR_ROOT, "a", TREE_PUT, two);
	edit(DIR_ROOT, "a", TREE_GONE, NULL); /* too late: it is wanted */
	assert(entry("a") && entry("a")->shown == two);
	node_unref(one);
	node_unref(two);
	end();
}

TEST(a_name_that_goes_before_it_was_shown_was_never_there)
{
	struct node *one;

	begin();
	one = version(NULL);
	edit(DIR_ROOT, "a", TREE_PUT, one);
	edit(DIR_ROOT, "a", TREE_DROP, NULL);
	assert(!entry("a"));
	node_unref(one);
	end();
}

TEST(a_hidden_directory_is_filled_unseen_and_shown_whole)
{
	struct node *one;

	begin();
	one = version(NULL);
	edit(DIR_ROOT, "services", TREE_MKDIR, NULL);
	assert(!tree_dir(tree, 3));
	assert(strcmp(tree_dir_name(tree, 3), "services") == 0);
	edit(3, "x.instances", TREE_PUT, one);
	assert(tree->subdirs == 0);
	edit(DIR_ROOT, "services", TREE_SHOW, NULL);
	assert(tree->subdirs == 1);
	assert(tree_dir(tree, 3));
	assert(entry_is_visible(dir_find(tree_dir(tree, 3), "x.instances")));
	edit(3, "x.instances", TREE_DROP, NULL);
	edit(3, "x.instances", TREE_GONE, NULL);
	assert(!dir_find(tree_dir(tree, 3), "x.instances"));
	node_unref(one);
	end();
}

TEST(the_time_of_a_directory_moves_with_its_names_only)
{
	struct timespec before;
	struct node *one, *two;

	begin();
	one = version(NULL);
	two = version(one);
	before = tree->mtime;
	edit(DIR_ROOT, "a", TREE_PUT, one);
	assert(memcmp(&before, &tree->mtime, sizeof(before)) == 0);
	edit(DIR_ROOT, "a", TREE_SHOW, NULL);
	assert(memcmp(&before, &tree->mtime, sizeof(before)) != 0);
	before = tree->mtime;
	edit(DIR_ROOT, "a", TREE_PUT, two);
	assert(memcmp(&before, &tree->mtime, sizeof(before)) == 0);
	node_unref(one);
	node_unref(two);
	end();
}

TEST(an_edit_in_an_unknown_directory_is_refused)
{
	struct tree_change change = {.name = "a", .op = TREE_SHOW};
	struct dir *after = NULL;

	begin();
	assert(tree_edit(tree, 99, &change, 1, &after) == -ENOENT);
	end();
}

/* Two writers of different names and two readers. */
static struct published *published;

static void *writer(void *argument)
{
	char name[16];
	struct node *node = NULL;

	snprintf(name, sizeof(name), "%s", (const char *)argument);
	for (int i = 0; i < 3000; i++) {
		struct node *next = version(node);
		struct tree_change put = {
			.name = name, .op = TREE_PUT, .node = next};
		struct tree_change show = {.name = name, .op = TREE_SHOW};

		assert(published_edit(published, DIR_ROOT, &put, 1) == 0);
		assert(published_edit(published, DIR_ROOT, &show, 1) == 0);
		node_unref(node);
		node = next;
	}
	node_unref(node);
	return NULL;
}

static void *tree_reader(void *argument)
{
	uint64_t newest[2] = {0};

	(void)argument;
	for (int i = 0; i < 30000; i++) {
		CLEANUP(dir_unref) struct dir *now = published_get(published);

		for (int k = 0; k < 2; k++) {
			const struct tree_entry *e =
				dir_find(now, k ? "two" : "one");

			if (!e || !e->shown)
				continue;
			assert(memcmp(e->shown->bytes, "v\n", 2) == 0);
			assert(e->shown->number >= newest[k]);
			newest[k] = e->shown->number;
		}
	}
	return NULL;
}

TEST(readers_never_see_time_run_backwards)
{
	char one[] = "one", two[] = "two";
	pthread_t threads[4];

	begin();
	assert(published_new(tree, &published) == 0);
	pthread_create(&threads[0], NULL, writer, one);
	pthread_create(&threads[1], NULL, writer, two);
	pthread_create(&threads[2], NULL, tree_reader, NULL);
	pthread_create(&threads[3], NULL, tree_reader, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert(published_count(published) == 2 * 2 * 3000);
	published_free(published);
	assert(nodes_count(nodes).live == 0);
	nodes_free(nodes);
}
