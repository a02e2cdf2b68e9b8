/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fetch/cleanup.h"
#include "fs/log.h"

enum { THREADS = 8, LINES = 400 };

/* stderr goes into a file meanwhile. */
static FILE *capture;
static int kept = -1;

static void capture_begin(void)
{
	capture = tmpfile();
	kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	assert(capture && kept >= 0);
	assert(fcntl(fileno(capture), F_SETFL, O_APPEND) == 0);
	assert(dup2(fileno(capture), STDERR_FILENO) >= 0);
}

static void capture_end(void)
{
	assert(dup2(kept, STDERR_FILENO) >= 0);
	close(kept);
	rewind(capture);
}

/* One line of what was written, without its end; false: no more. */
static bool capture_line(char *line, size_t size)
{
	if (!fgets(line, (int)size, capture))
		return false;
	assert(line[strlen(line) - 1] == '\n');
	line[strlen(line) - 1] = '\0';
	return true;
}

static void assert_line(const char *expected)
{
	char line[4096];

	assert(capture_line(line, sizeof(line)));
	assert(strcmp(line, expected) == 0);
}

static void assert_end(void)
{
	char line[4096];

	assert(!capture_line(line, sizeof(line)));
	fclose(capture);
}

TEST(a_line_says_who_and_how_bad)
{
	capture_begin();
	log_open(LOG_LEVEL_DEBUG, LOG_TARGET_STDERR);
	log_debug("looking at %s", "marathon-1");
	log_info("mounted");
	log_warn("lost %d of %d", 1, 2);
	log_error("gone");
	capture_end();

	assert_line("mmsdfs: looking at marathon-1");
	assert_line("mmsdfs: mounted");
	assert_line("mmsdfs: warning: lost 1 of 2");
	assert_line("mmsdfs: error: gone");
	assert_end();
}

static int evaluations;

static const char *evaluate(void)
{
	evaluations++;
	return "costly";
}

TEST(what_is_below_the_level_costs_nothing)
{
	capture_begin();
	log_open(LOG_LEVEL_WARN, LOG_TARGET_STDERR);
	log_debug("%s", evaluate());
	log_info("%s", evaluate());
	assert(evaluations == 0);
	assert(!log_wants(LOG_LEVEL_INFO) && log_wants(LOG_LEVEL_WARN));
	log_warn("%s", evaluate());
	capture_end();

	assert_line("mmsdfs: warning: costly");
	assert_end();
}

TEST(control_characters_of_a_source_do_not_reach_the_terminal)
{
	capture_begin();
	log_open(LOG_LEVEL_INFO, LOG_TARGET_STDERR);
	log_info("app %s", "/a\nmmsdfs: forged\x1b[2J\x7f\t\r");
	log_info("%s",
		"caf\xc3\xa9 \xc2\x9b"
		"2J \xc2\xa7");
	capture_end();

	assert_line("mmsdfs: app /a?mmsdfs: forged?[2J???");
	assert_line("mmsdfs: caf\xc3\xa9 ??2J \xc2\xa7");
	assert_end();
}

TEST(a_line_is_bounded)
{
	char text[65536], line[4096];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	capture_begin();
	log_open(LOG_LEVEL_INFO, LOG_TARGET_STDERR);
	log_error("%s", text);
	/* "mmsdfs: error: " and the line end are 16. */
	log_error("%.*s", LOG_LINE_MAX - 16, text);
	log_error("%.*s", LOG_LINE_MAX - 15, text);
	capture_end();

	for (int i = 0; i < 3; i++) {
		assert(capture_line(line, sizeof(line)));
		assert(strlen(line) + 1 == LOG_LINE_MAX);
		assert(strcmp(line + strlen(line) - 4,
			       i == 1 ? "xxxx" : "x...") == 0);
	}
	assert_end();
}

TEST(logging_keeps_errno)
{
	capture_begin();
	log_open(LOG_LEVEL_INFO, LOG_TARGET_STDERR);
	errno = ENOTCONN;
	log_info("%s", "x");
	assert(errno == ENOTCONN);
	capture_end();

	fclose(capture);
}

static void *chatter(void *name)
{
	for (int i = 0; i < LINES; i++)
		log_info("%s says %200d", (const char *)name, i);
	return NULL;
}

TEST(lines_of_threads_do_not_mix)
{
	pthread_t threads[THREADS];
	char names[THREADS][8], name[8], line[4096];
	int next[THREADS] = {0}, number;

	capture_begin();
	log_open(LOG_LEVEL_INFO, LOG_TARGET_STDERR);
	for (int i = 0; i < THREADS; i++) {
		snprintf(names[i], sizeof(names[i]), "%d", i);
		assert(pthread_create(&threads[i], NULL, chatter, names[i]) ==
			0);
	}
	for (int i = 0; i < THREADS; i++)
		assert(pthread_join(threads[i], NULL) == 0);
	capture_end();

	for (int i = 0; i < THREADS * LINES; i++) {
		assert(capture_line(line, sizeof(line)));
		assert(sscanf(line, "mmsdfs: %7s says %d", name, &number) == 2);
		assert(number == next[name[0] - '0']++);
	}
	assert_end();
}

TEST(syslog_leaves_stderr_alone)
{
	capture_begin();
	log_open(LOG_LEVEL_INFO, LOG_TARGET_SYSLOG);
	log_info("a line of the unit tests, %s", "please ignore");
	log_close();
	capture_end();

	assert_end();
}
