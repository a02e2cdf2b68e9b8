/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "render/names.h"
#include "tests/unit/maker.h"

enum { TEXT = 4096 };

/* A directory as the edits make it: "name=id:index" sorted, blank between. */
struct world {
	struct names *names;
	struct catalog *catalog;
	struct {
		char text[FILE_NAME_SIZE];
		char id[64];
		uint32_t index;
	} files[256];
	size_t count;
};

static void world_begin(struct world *w, enum names_style style)
{
	memset(w, 0, sizeof(*w));
	assert(names_new(style, &w->names) == 0);
}

static void world_end(struct world *w)
{
	names_free(w->names);
	catalog_unref(w->catalog);
}

static void apply(struct world *w, const struct names_edit *edit)
{
	size_t i = 0;

	while (i < w->count && strcmp(w->files[i].text, edit->name) < 0)
		i++;
	if (i == w->count || strcmp(w->files[i].text, edit->name) != 0) {
		assert(edit->app); /* only what is there can go */
		memmove(&w->files[i + 1], &w->files[i],
			(w->count++ - i) * sizeof(w->files[0]));
	}
	if (!edit->app) {
		memmove(&w->files[i], &w->files[i + 1],
			(--w->count - i) * sizeof(w->files[0]));
		return;
	}
	snprintf(w->files[i].text, FILE_NAME_SIZE, "%s", edit->name);
	snprintf(w->files[i].id, 64, "%s", edit->app->key.id);
	w->files[i].index = edit->port_index;
}

static size_t turn(struct world *w)
{
	const struct names_edit *edits;
	size_t count;

	assert(names_update(w->names, w->catalog, &edits, &count) == 0);
	for (size_t i = 0; i < count; i++)
		apply(w, &edits[i]);
	return count;
}

static void expect(const struct world *w, const char *expected)
{
	char text[TEXT] = "";
	size_t length = 0;

	for (size_t i = 0; i < w->count; i++) {
		size_t stem = strlen(w->files[i].text) - strlen(".instances");

		length += (size_t)snprintf(text + length, TEXT - length,
			"%s%.*s=%s:%u", i ? " " : "", (int)stem,
			w->files[i].text, w->files[i].id, w->files[i].index);
	}
	if (strcmp(text, expected) != 0)
		printf("got    %s\nwanted %s\n", text, expected);
	assert(strcmp(text, expected) == 0);
}

static void put_from(
	struct world *w, const char *id, const char *source, uint32_t ports)
{
	CLEANUP(app_unref) struct app *app = app_with_ports(id, source, ports);

	catalog_put(&w->catalog, app);
}

static void put_ranked(
	struct world *w, const char *id, const char *source, uint8_t rank)
{
	CLEANUP(app_unref) struct app *ranked = NULL;
	CLEANUP(app_unref) struct app *app = app_with_ports(id, source, 1);
	struct app draft = app_draft(app);

	draft.rank = rank;
	assert(app_pack(&draft, &ranked, NULL) == 0);
	catalog_put(&w->catalog, ranked);
}

static void put(struct world *w, const char *id, uint32_t ports)
{
	put_from(w, id, "marathon", ports);
}

static void drop(struct world *w, const char *id)
{
	catalog_drop(&w->catalog, id, "marathon");
}

static size_t problem_count(const struct world *w, const char *words)
{
	struct problems problems = {0};
	size_t count = 0;

	names_problems(w->names, &problems);
	for (size_t i = 0; i < problems.count; i++)
		count += strstr(problems.items[i].text, words) != NULL;
	problems_done(&problems);
	return count;
}

TEST(slashes_become_dots_and_ports_get_files)
{
	struct world w;

	world_begin(&w, NAMES_PLAIN);
	put(&w, "/developer/trapni/php", 1);
	put(&w, "/two", 2);
	put(&w, "/none", 0);
	turn(&w);
	expect(&w, "developer.trapni.php=/developer/trapni/php:0 two=/two:0 "
		   "two_0=/two:0 two_1=/two:1");
	assert(turn(&w) == 0);
	world_end(&w);
}

TEST(a_named_port_has_a_file_of_that_name)
{
	CLEANUP(app_unref) struct app *app = NULL;
	struct world w;
	struct maker m;

	world_begin(&w, NAMES_PLAIN);
	maker_begin(&m, "/a");
	maker_port(&m, 1)->name = "http";
	maker_port(&m, 2)->name = "../x Y";
	app = maker_done(&m);
	catalog_put(&w.catalog, app);
	turn(&w);
	expect(&w, "a=/a:0 a_.._2fx_20_59=/a:1 a_0=/a:0 a_1=/a:1 a_http=/a:0");
	world_end(&w);
}

TEST(ports_that_groups_hide_have_no_files)
{
	CLEANUP(app_unref) struct app *app = NULL;
	CLEANUP(app_unref) struct app *shown = NULL;
	struct world w;
	struct maker m;

	world_begin(&w, NAMES_PLAIN);
	maker_begin(&m, "/a");
	maker_port(&m, 1);
	maker_port(&m, 2);
	shown = maker_done(&m);
	m.ports[0].hidden = true;
	app = maker_done(&m);
	catalog_put(&w.catalog, app);
	turn(&w);
	expect(&w, "a_1=/a:1");
	catalog_put(&w.catalog, shown);
	turn(&w);
	expect(&w, "a=/a:0 a_0=/a:0 a_1=/a:1");
	catalog_put(&w.catalog, app);
	turn(&w);
	expect(&w, "a_1=/a:1");
	world_end(&w);
}

TEST(a_name_is_never_taken_from_an_app_that_lives)
{
	struct world w;

	world_begin(&w, NAMES_PLAIN);
	put(&w, "/a/b.c", 1);
	turn(&w);
	put(&w, "/a/b/c", 1);
	turn(&w);
	expect(&w, "a.b.c=/a/b.c:0 a_b_c=/a/b/c:0");
	assert(problem_count(&w, "shown as a_b_c.instances: a.b.c.instances "
				 "belonged to /a/b.c") == 1);
	world_end(&w);
}

TEST(of_two_that_appear_together_most_segments_win)
{
	struct world w;

	world_begin(&w, NAMES_PLAIN);
	put(&w, "/a/b.c", 1);
	put(&w, "/a/b/c", 1);
	put(&w, "/a.b/c", 1);
	turn(&w);
	expect(&w, "a.b.c=/a/b/c:0 a.b_c=/a.b/c:0 a_b.c=/a/b.c:0");
	world_end(&w);
}

TEST(a_newcomer_keeps_its_name_when_the_owner_goes)
{
	struct world w;

	world_begin(&w, NAMES_PLAIN);
	put(&w, "/a/b/c", 1);
	put(&w, "/a/b.c", 1);
	turn(&w);
	drop(&w, "/a/b/c");
	turn(&w);
	expect(&w, "a_b.c=/a/b.c:0");
	put(&w, "/a/b.c", 2);
	turn(&w);
	expect(&w, "a_b.c=/a/b.c:0 a_b.c_0=/a/b.c:0 a_b.c_1=/a/b.c:1");
	put(&w, "/a/b/c", 1);
	turn(&w);
	expect(&w, "a.b.c=/a/b/c:0 a_b.c=/a/b.c:0 a_b.c_0=/a/b.c:0 "
		   "a_b.c_1=/a/b.c:1");
	world_end(&w);
}

TEST(an_id_of_one_segment_can_still_be_told_apart)
{
	struct world w;

	world_begin(&w, NAMES_PLAIN);
	put(&w, "/a/b", 1);
	put(&w, "/a.b", 1);
	turn(&w);
	expect(&w, "a.b=/a/b:0 a_2eb=/a.b:0");
	world_end(&w);
}

TEST(an_app_that_finds_all_names_taken_waits_for_one)
{
	struct world w;

	world_begin(&w, NAMES_PLAIN);
	put_from(&w, "/0", "one", 1);
	put_from(&w, "/two", "one", 2);
	turn(&w);
	put_from(&w, "/0", "two", 1);
	turn(&w);
	expect(&w, "0=/0:0 two=/two:0 two_0=/two:0 two_1=/two:1");
	assert(problem_count(
		       &w, "not shown: 0.instances belongs to /0 of one")
		== 1);
	catalog_drop(&w.catalog, "/0", "one");
	assert(turn(&w) == 1);
	expect(&w, "0=/0:0 two=/two:0 two_0=/two:0 two_1=/two:1");
	assert(problem_count(&w, "") == 0);
	world_end(&w);
}

TEST(of_two_sources_the_one_that_goes_before_has_the_name)
{
	struct world w;

	world_begin(&w, NAMES_PLAIN);
	put_ranked(&w, "/x/y", "a", 1);
	put_ranked(&w, "/x.y", "b", 0);
	put_ranked(&w, "/web", "East", 1);
	put_ranked(&w, "/web", "west", 0);
	turn(&w);
	expect(&w, "_45ast_web=/web:0 a_x.y=/x/y:0 web=/web:0 x.y=/x.y:0");
	assert(problem_count(&w,
		       "shown as _45ast_web.instances: web.instances belonged "
		       "to /web of west when it appeared")
		== 1);
	/* It keeps that while it lives. */
	catalog_drop(&w.catalog, "/web", "west");
	turn(&w);
	expect(&w, "_45ast_web=/web:0 a_x.y=/x/y:0 x.y=/x.y:0");
	world_end(&w);
}

TEST(a_port_file_that_is_taken_comes_when_it_gets_free)
{
	struct world w;

	world_begin(&w, NAMES_PLAIN);
	put(&w, "a_", 1); /* a_5f */
	turn(&w);
	{
		CLEANUP(app_unref) struct app *app = NULL;
		struct maker m;

		maker_begin(&m, "/a");
		maker_port(&m, 1);
		maker_port(&m, 2)->name = "5f";
		app = maker_done(&m);
		catalog_put(&w.catalog, app);
	}
	turn(&w);
	expect(&w, "a=/a:0 a_0=/a:0 a_1=/a:1 a_5f=a_:0");
	assert(problem_count(&w, "port 1: a_5f.instances belongs to a_") == 1);
	drop(&w, "a_");
	turn(&w);
	expect(&w, "a=/a:0 a_0=/a:0 a_1=/a:1 a_5f=/a:1");
	world_end(&w);
}

TEST(in_the_style_of_mmsd_an_own_file_beats_a_port_file)
{
	struct world w;

	world_begin(&w, NAMES_MMSD);
	put(&w, "/a", 1);
	turn(&w);
	expect(&w, "a-0-10000=/a:0 a-0=/a:0 a=/a:0");
	put(&w, "/a-0", 1);
	turn(&w);
	expect(&w, "a-0-0-10000=/a-0:0 a-0-0=/a-0:0 a-0-10000=/a:0 "
		   "a-0=/a-0:0 a=/a:0");
	assert(problem_count(&w, "port 0: a-0.instances belongs to /a-0") == 1);
	drop(&w, "/a-0");
	turn(&w);
	expect(&w, "a-0-10000=/a:0 a-0=/a:0 a=/a:0");
	world_end(&w);
}

TEST(ids_that_make_no_file_name_are_reported)
{
	char long_id[400];
	struct world w;

	memset(long_id, 'a', sizeof(long_id) - 1);
	long_id[sizeof(long_id) - 1] = '\0';
	world_begin(&w, NAMES_PLAIN);
	put(&w, "/", 1);
	put(&w, "/..", 1);
	put(&w, "/a//b", 1);
	put(&w, long_id, 1);
	put(&w, "/.hidden", 1);
	put(&w, "/UP per", 1);
	turn(&w);
	expect(&w, "_2ehidden=/.hidden:0 _55_50_20per=/UP per:0");
	assert(problem_count(&w, "empty parts or dots") == 3);
	assert(problem_count(&w, "too long") == 1);
	world_end(&w);
}

TEST(a_file_that_passes_to_another_app_is_one_edit)
{
	struct world w;

	world_begin(&w, NAMES_PLAIN);
	put(&w, "/a/b.c", 1);
	turn(&w);
	drop(&w, "/a/b.c");
	put(&w, "/a/b/c", 1);
	assert(turn(&w) == 1);
	expect(&w, "a.b.c=/a/b/c:0");
	world_end(&w);
}

TEST(an_app_that_loses_its_ports_loses_its_files)
{
	struct world w;

	world_begin(&w, NAMES_PLAIN);
	put(&w, "/a", 3);
	turn(&w);
	put(&w, "/a", 1);
	assert(turn(&w) == 4);
	expect(&w, "a=/a:0");
	put(&w, "/a", 0);
	turn(&w);
	expect(&w, "");
	put(&w, "/a", 1);
	turn(&w);
	expect(&w, "a=/a:0");
	world_end(&w);
}

static void restart(struct world *w, const char *append)
{
	CLEANUP(free) char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);

	assert(names_save(w->names, file) == 0);
	fputs(append, file);
	fclose(file);
	names_free(w->names);
	w->count = 0;
	assert(names_new(NAMES_PLAIN, &w->names) == 0);
	file = fmemopen(text, length, "r");
	assert(names_load(w->names, file) == 0);
	fclose(file);
}

TEST(no_name_moves_over_a_restart)
{
	struct world w;

	world_begin(&w, NAMES_PLAIN);
	put(&w, "/a/b.c", 1);
	put_from(&w, "/x\ty%\n", "fi le", 1);
	turn(&w);
	put(&w, "/a/b/c", 1);
	turn(&w);
	put(&w, "/a.b/c", 1);
	restart(&w, "zzz.instances\t/a.b/c\tmarathon\nx\n\t\t\n\tjunk%0");
	turn(&w);
	expect(&w, "a.b.c=/a/b.c:0 a.b_c=/a.b/c:0 a_b_c=/a/b/c:0 "
		   "x_09y_25_0a=/x\ty%\n:0");
	world_end(&w);
}

TEST(a_damaged_memory_is_refused)
{
	char text[] = "mmsdfs names 2\na.instances\t/a\tm\n";
	FILE *file = fmemopen(text, sizeof(text) - 1, "r");
	struct world w;

	world_begin(&w, NAMES_PLAIN);
	assert(names_load(w.names, file) < 0);
	fclose(file);
	world_end(&w);
}
