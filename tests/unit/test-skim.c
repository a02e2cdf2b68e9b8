/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/cleanup.h"
#include "fetch/skim.h"
#include "tests/unit/reading.h"

/* As 0.8 to 1.11 write them: each leaves out another mixture of times. */
#define RESULT(times) "{'taskId':'web.1','alive':true," times "}"
#define TASK(host, results) \
	"{'id':'web.1','host':'" host "','ports':[31001],'startedAt':" \
	"'2016-01-01T00:00:00.000Z','healthCheckResults':[" results "]}"
#define APP(counts, tasks) \
	"{'id':'/web','cmd':'exec ./web --port $PORT0','cpus':0.25,'env':{" \
	"'A':'b'},'labels':{'HAPROXY_GROUP':'external'},'ports':[10001]," \
	counts "'tasks':[" tasks "],'lastTaskFailure':null}"

#define FIRST_AND_LAST \
	"'consecutiveFailures':0,'firstSuccess':'2016-01-01T00:00:10.000Z'," \
	"'lastSuccess':'2016-01-01T01:00:10.000Z'"
#define FAILING \
	"'consecutiveFailures':3,'firstSuccess':'2016-01-01T00:00:10.000Z'," \
	"'lastFailure':'2016-01-01T02:00:10.000Z'," \
	"'lastFailureCause':'it says 500','lastSuccess':null"
#define COUNTS \
	"'tasksStaged':0,'tasksRunning':2,'tasksHealthy':2,'tasksUnhealthy':0,"

static const char *const apps[] = {
	APP("", ""),
	APP("", TASK("agent-1", "")),
	APP(COUNTS, TASK("agent-1", RESULT(FIRST_AND_LAST))),
	APP(COUNTS, TASK("agent-1", RESULT(FIRST_AND_LAST)) "," TASK("agent-2",
		RESULT(FIRST_AND_LAST) "," RESULT(FAILING))),
	APP("", TASK("agent-1", RESULT("'lastSuccess':'l','lastFailure':'l',"
		"'consecutiveFailures':1,'firstSuccess':'l'"))),
};

enum { APPS = sizeof(apps) / sizeof(apps[0]) };

static uint64_t print_of(struct skim *skim, const char *object)
{
	skim_start(skim);
	assert(skim_feed(skim, object, 0, strlen(object), 64) == 1);
	assert(skim->end == strlen(object));
	return skim_fingerprint(skim, object);
}

static bool is_cut(const struct skim *skim, size_t at)
{
	for (size_t i = 0; i < skim->cut_count; i++)
		if (at >= skim->cuts[i].from && at < skim->cuts[i].to)
			return true;
	return false;
}

/* Another letter or digit than it is, and no 0. */
static char other(char c)
{
	if (isdigit((unsigned char)c))
		return c == '9' ? '8' : '9';
	return c == 'q' ? 'Q' : 'q';
}

TEST(each_byte_that_is_not_left_out_counts)
{
	struct skim skim = {.cuts = NULL}, changed = {.cuts = NULL};

	for (size_t i = 0; i < APPS; i++) {
		CLEANUP(free) char *object = quoted(apps[i]);
		uint64_t print = print_of(&skim, object);

		for (size_t at = 0; object[at]; at++) {
			char was = object[at];

			if (!isalnum((unsigned char)was))
				continue;
			object[at] = other(was);
			if (is_cut(&skim, at))
				assert(print_of(&changed, object) == print);
			else
				assert(print_of(&changed, object) != print);
			object[at] = was;
		}
	}
	skim_done(&skim);
	skim_done(&changed);
}

TEST(what_moves_with_each_check_is_left_out)
{
	static const size_t expected[APPS] = {0, 0, 4, 10, 4};
	struct skim skim = {.cuts = NULL};

	for (size_t i = 0; i < APPS; i++) {
		CLEANUP(free) char *object = quoted(apps[i]);

		print_of(&skim, object);
		assert(skim.cut_count == expected[i]);
	}
	skim_done(&skim);
}

TEST(pieces_of_every_size_give_the_same_fingerprint)
{
	struct skim skim = {.cuts = NULL};

	for (size_t i = 0; i < APPS; i++) {
		CLEANUP(free) char *object = quoted(apps[i]);
		uint64_t print = print_of(&skim, object);
		size_t length = strlen(object);

		for (size_t piece = 1; piece <= 130; piece++) {
			int r = 0;

			skim_start(&skim);
			for (size_t at = 0; at < length; at += piece) {
				size_t to = at + piece < length ? at + piece
								: length;

				assert(r == 0);
				r = skim_feed(&skim, object, at, to, 64);
			}
			assert(r == 1 && skim.end == length);
			assert(skim_fingerprint(&skim, object) == print);
		}
	}
	skim_done(&skim);
}
