/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fetch/clock.h"
#include "fetch/fetch.h"
#include "fetch/state.h"
#include "tests/unit/serving.h"

/*
 * What was kept on disk is the memory of health, however late the machine lets
 * the first turn come.
 */

enum { PATIENCE_MS = 20000, LATE_MS = 300 };

static struct serving serving;

#define TASK(id, port, health)                                                 \
	"{\"id\":\"" id "\",\"appId\":\"/web\",\"host\":\"a\","                \
	"\"state\":\"TASK_RUNNING\",\"version\":\"2026-01-01T00:00:00.000Z\"," \
	"\"startedAt\":\"2026-01-01T00:00:00.000Z\",\"ports\":[" port "]"      \
	health "}"
#define CHECKED(alive)                                                         \
	",\"healthCheckResults\":[{\"alive\":" alive "}]"
#define LIST(first, second)                                                    \
	"{\"apps\":[{\"id\":\"/web\",\"version\":\"2026-01-01T00:00:00.000Z\"," \
	"\"instances\":2,\"portDefinitions\":[{\"port\":10001}],"              \
	"\"healthChecks\":[{\"protocol\":\"TCP\",\"portIndex\":0}],"           \
	"\"tasks\":[" TASK("t1", "1", first) "," TASK("t2", "2", second) "]}]}"

static bool serve(struct served *served)
{
	if (!strstr(served->request, " /v2/apps?"))
		return served_answer(served, "404 Not Found", "");
	served_say(served,
		"HTTP/1.1 200 OK\r\nConnection: close\r\n"
		"Content-Type: application/json\r\n\r\n%s",
		(const char *)served->serving->context);
	return false;
}

/* How many instances are in service after the first answer of list. */
static size_t live_once(const char *directory, char *list, bool keeps)
{
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	CLEANUP(fetch_free) struct fetch *fetch = NULL;
	char address[64];
	struct source_settings source = {.name = "m", .address = address};
	const struct fetch_settings settings = {
		.sources = &source,
		.source_count = 1,
		.partial_ms = -1,
		.state_dir = directory,
		.refresh_ms = 600000,
		.poll_ms = 600000,
		.shrink_percent = -1,
		.health = {.mode = HEALTH_ALL},
		.groups = "*",
	};
	int64_t deadline = clock_now_ms() + PATIENCE_MS;
	struct why why = {""};
	size_t count;

	assert(serving_start(&serving, AF_INET, serve));
	serving.context = list;
	snprintf(address, sizeof(address), "http://127.0.0.1:%u", serving.port);
	assert(fetch_new(&settings, &fetch, &why) == 0);
	/* The first list is due in the first turn. */
	usleep(LATE_MS * 1000);
	while (!catalog) {
		assert(clock_now_ms() < deadline);
		assert(fetch_turn(fetch, 100) >= 0);
		catalog = fetch_catalog(fetch);
	}
	if (keeps)
		assert(state_save(directory, catalog, "m", 1, &why) == 0);
	count = catalog_serving_count(catalog);
	fetch_free(take_ptr(&fetch));
	serving_stop(&serving);
	return count;
}

TEST(who_was_sick_before_the_restart_is_sick_though_nobody_says_so)
{
	char sick[] = LIST(CHECKED("false"), CHECKED("true"));
	char silent[] = LIST("", ""), well[] = LIST("", CHECKED("true"));
	char directory[] = "/tmp/mmsdfs-unit-XXXXXX", path[64];

	assert(mkdtemp(directory));
	/* Without a memory who is not judged is taken to be well. */
	assert(live_once(directory, silent, false) == 2);
	assert(live_once(directory, sick, true) == 1);
	assert(live_once(directory, silent, false) == 1);
	assert(live_once(directory, well, false) == 1);
	snprintf(path, sizeof(path), "%s/m.state", directory);
	assert(unlink(path) == 0 && rmdir(directory) == 0);
}
