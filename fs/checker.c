/* SPDX-License-Identifier: MIT */
#include "fs/checker.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fetch/clock.h"
#include "fs/child.h"
#include "fs/haproxy.h"

extern char **environ;

enum {
	NICE = 10,
	OUTPUT_MAX = 1 << 16,
};

/* Where the program finds the text: the same in all its complaints. */
static const char text_path[] = "/proc/self/fd/3";

struct checker {
	struct checker_settings settings;
	pthread_t thread;
	int stop; /* eventfd */
	pthread_mutex_t lock; /* a leaf */
	pthread_cond_t changed;
	/* By lock. */
	struct checker_input input;
	struct checker_verdict verdict;
	bool has_input, has_verdict, stopping;
};

static void input_done(struct checker_input *input)
{
	free(input->text);
	for (size_t i = 0; i < CHECKER_MAPS; i++)
		free(input->maps[i]);
	*input = (struct checker_input){.text = NULL};
}

static int write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		length -= (size_t)n;
	}
	return 0;
}

/*
 * What is written otherwise for the check: the maps are not on the mount yet,
 * and names of hosts are not looked up, which takes its time and says nothing
 * of the configuration.
 */
struct replacement {
	const char *from, *to; /* from NULL: none */
};

enum { REPLACEMENTS = CHECKER_MAPS + 1 };

static void make_replacements(const struct checker_settings *settings,
	struct replacement ret[REPLACEMENTS])
{
	static const char *const paths[CHECKER_MAPS] = {
		"/proc/self/fd/4", "/proc/self/fd/5"};

	for (size_t i = 0; i < CHECKER_MAPS; i++)
		ret[i] = (struct replacement){
			settings->map_paths[i], paths[i]};
	ret[CHECKER_MAPS] = (struct replacement){
		"init-addr last,libc,none", "init-addr none"};
}

/* What comes first; NULL: none of them. */
static const char *find_first(
	const struct replacement replacements[REPLACEMENTS], const char *text,
	size_t length, const struct replacement **ret)
{
	const char *first = NULL;

	for (size_t i = 0; i < REPLACEMENTS; i++) {
		const char *from = replacements[i].from;
		const char *found = from
			? memmem(text, length, from, strlen(from))
			: NULL;

		if (found) {
			first = found;
			length = (size_t)(found - text);
			*ret = &replacements[i];
		}
	}
	return first;
}

static int write_text(const struct checker_settings *settings,
	const struct checker_input *input, int fd)
{
	struct replacement replacements[REPLACEMENTS];
	const struct replacement *replacement = NULL;
	const char *at = input->text;
	size_t left = input->length;
	int r = 0;

	make_replacements(settings, replacements);
	while (r == 0 && left > 0) {
		const char *found =
			find_first(replacements, at, left, &replacement);
		size_t length = found ? (size_t)(found - at) : left;

		r = write_all(fd, at, length);
		if (r < 0 || !found)
			return r;
		r = write_all(fd, replacement->to, strlen(replacement->to));
		length += strlen(replacement->from);
		at += length;
		left -= length;
	}
	return r;
}

struct files {
	int fds[1 + CHECKER_MAPS];
	int out[2];
};

static void files_done(struct files *files)
{
	for (size_t i = 0; i < 1 + CHECKER_MAPS; i++)
		if (files->fds[i] >= 0)
			close(files->fds[i]);
	for (size_t i = 0; i < 2; i++)
		if (files->out[i] >= 0)
			close(files->out[i]);
}

static int make_files(const struct checker *checker,
	const struct checker_input *input, struct files *ret)
{
	int r = 0;

	ret->out[0] = ret->out[1] = -1;
	for (size_t i = 0; i < 1 + CHECKER_MAPS; i++) {
		ret->fds[i] = memfd_create("haproxy.cfg", MFD_CLOEXEC);
		if (ret->fds[i] < 0)
			r = -errno;
	}
	if (r == 0 && pipe2(ret->out, O_CLOEXEC) < 0)
		r = -errno;
	if (r == 0)
		r = write_text(&checker->settings, input, ret->fds[0]);
	for (size_t i = 0; r == 0 && i < CHECKER_MAPS; i++)
		if (input->maps[i])
			r = write_all(ret->fds[i + 1], input->maps[i],
				input->map_lengths[i]);
	return r;
}

/* Above those they are to be, so that none is closed by another's dup2(). */
static int lift(struct files *files)
{
	for (size_t i = 0; i < 1 + CHECKER_MAPS; i++) {
		int fd = fcntl(files->fds[i], F_DUPFD_CLOEXEC, 64);

		if (fd < 0)
			return -errno;
		close(files->fds[i]);
		files->fds[i] = fd;
	}
	return 0;
}

static int spawn(const struct checker_settings *settings,
	const struct files *files, struct child *ret, struct why *why)
{
	char name[] = "haproxy", check[] = "-c", file[] = "-f";
	char path[sizeof(text_path)];
	char *const words[] = {name, check, file, path, NULL};
	CLEANUP(free) char *program = NULL;
	struct child_settings child = {
		.words = words,
		.environment = environ,
		.output = files->out[1],
		.files = files->fds,
		.file_count = 1 + CHECKER_MAPS,
	};
	int r;

	memcpy(path, text_path, sizeof(path));
	r = haproxy_find(settings->program, &program, why);
	if (r < 0)
		return r;
	child.program = program;
	r = child_start(ret, &child);
	return r < 0 ? why_set(why, r, "%s: %s", program, strerror(-r)) : 0;
}

/* Until the program has closed its output: 0, or why not. */
static int read_output(const struct checker *checker, int fd, char *output,
	size_t *length)
{
	int64_t deadline = clock_now_ms() + checker->settings.timeout_ms;
	char beyond[4096];

	for (;;) {
		struct pollfd polls[2] = {{.fd = fd, .events = POLLIN},
			{.fd = checker->stop, .events = POLLIN}};
		int64_t left = deadline - clock_now_ms();
		size_t space = OUTPUT_MAX - *length;
		ssize_t n;

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(polls, 2, (int)left) < 0 && errno != EINTR)
			return -errno;
		if (polls[1].revents)
			return -ECANCELED;
		if (!polls[0].revents)
			continue;
		n = read(fd, space ? output + *length : beyond,
			space ? space : sizeof(beyond));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		*length += space ? (size_t)n : 0;
	}
}

/* One line of the output, without its line break. */
static void take_line(struct checker_verdict *verdict, char *line)
{
	char *place, *words = line;
	size_t number = 0;

	if (strncmp(line, "[ALERT]", 7) != 0)
		return;
	/* "[ALERT]    (123) : config : parsing [FILE:11] : words" */
	place = strstr(line, text_path);
	if (place && place[strlen(text_path)] == ':') {
		number = strtoul(place + strlen(text_path) + 1, &words, 10);
		words += *words == ']';
	} else {
		char *colon = strstr(line, " : ");

		words = colon ? colon : line;
	}
	while (*words == ' ' || *words == ':')
		words++;
	for (char *c = words; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
	if (!verdict->why.text[0])
		snprintf(verdict->why.text, sizeof(verdict->why.text), "%.480s",
			words);
	if (number > 0 && verdict->line_count < CHECKER_LINES_MAX) {
		struct checker_line *to =
			&verdict->lines[verdict->line_count++];

		to->line = number;
		snprintf(to->words, sizeof(to->words), "%.190s", words);
	}
}

static void take_output(struct checker_verdict *verdict, char *output)
{
	char *rest = output, *line;

	while ((line = strsep(&rest, "\n")))
		take_line(verdict, line);
	if (!verdict->why.text[0])
		why_set(&verdict->why, 0, "haproxy says nothing");
}

static void judge(struct checker_verdict *verdict, int error, int status,
	char *output, unsigned timeout_ms)
{
	char words[64];

	if (error == -ETIMEDOUT) {
		verdict->result = CHECKER_FAILED;
		why_set(&verdict->why, error, "haproxy -c took more than %u ms",
			timeout_ms);
	} else if (error < 0) {
		verdict->result = CHECKER_FAILED;
		why_set(&verdict->why, error, "haproxy -c: %s",
			strerror(-error));
	} else if (status < 0 || !WIFEXITED(status)) {
		verdict->result = CHECKER_FAILED;
		child_words(status, words, sizeof(words));
		why_set(&verdict->why, 0, "haproxy -c: %s", words);
	} else if (WEXITSTATUS(status) == 0) {
		verdict->result = CHECKER_ACCEPTED;
	} else {
		verdict->result = CHECKER_REJECTED;
		take_output(verdict, output);
	}
}

static void wait_for(const struct checker *checker, struct files *files,
	struct child *child, char *output, struct checker_verdict *verdict)
{
	size_t length = 0;
	int status, r;

	close(files->out[1]);
	files->out[1] = -1;
	r = read_output(checker, files->out[0], output, &length);
	output[length] = '\0';
	if (r < 0)
		child_signal(child, SIGKILL);
	status = child_reap(child);
	judge(verdict, r, status, output, checker->settings.timeout_ms);
}

static void check(const struct checker *checker,
	const struct checker_input *input, struct checker_verdict *verdict)
{
	struct files files = {{-1, -1, -1}, {-1, -1}};
	int64_t since = clock_now_ms();
	char *output = malloc(OUTPUT_MAX + 1);
	struct child child;
	int r;

	*verdict = (struct checker_verdict){.result = CHECKER_FAILED};
	r = output ? make_files(checker, input, &files) : -ENOMEM;
	if (r == 0)
		r = lift(&files);
	if (r < 0)
		why_set(&verdict->why, r, "haproxy -c: %s", strerror(-r));
	if (r == 0)
		r = spawn(&checker->settings, &files, &child, &verdict->why);
	if (r == 0)
		wait_for(checker, &files, &child, output, verdict);
	else if (r == -ENOENT || r == -EACCES || r == -ENOEXEC)
		verdict->result = CHECKER_MISSING;
	files_done(&files);
	free(output);
	verdict->took_ms = clock_now_ms() - since;
}

static void *checker_run(void *argument)
{
	struct checker *checker = argument;

	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	pthread_mutex_lock(&checker->lock);
	while (!checker->stopping) {
		struct checker_verdict verdict;
		struct checker_input input;

		if (!checker->has_input) {
			pthread_cond_wait(&checker->changed, &checker->lock);
			continue;
		}
		input = checker->input;
		checker->input = (struct checker_input){.text = NULL};
		checker->has_input = false;
		pthread_mutex_unlock(&checker->lock);
		check(checker, &input, &verdict);
		input_done(&input);
		pthread_mutex_lock(&checker->lock);
		checker->verdict = verdict;
		checker->has_verdict = true;
		pthread_mutex_unlock(&checker->lock);
		checker->settings.wake(checker->settings.context);
		pthread_mutex_lock(&checker->lock);
	}
	pthread_mutex_unlock(&checker->lock);
	return NULL;
}

int checker_new(const struct checker_settings *settings, struct checker **ret)
{
	struct checker *checker = calloc(1, sizeof(*checker));
	int r;

	if (!checker)
		return -ENOMEM;
	checker->settings = *settings;
	pthread_mutex_init(&checker->lock, NULL);
	pthread_cond_init(&checker->changed, NULL);
	checker->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = checker->stop < 0 ? -errno
			      : -pthread_create(&checker->thread, NULL,
					checker_run, checker);
	if (r < 0) {
		if (checker->stop >= 0)
			close(checker->stop);
		free(checker);
		return r;
	}
	*ret = checker;
	return 0;
}

void checker_free(struct checker *checker)
{
	if (!checker)
		return;
	pthread_mutex_lock(&checker->lock);
	checker->stopping = true;
	pthread_cond_signal(&checker->changed);
	pthread_mutex_unlock(&checker->lock);
	eventfd_write(checker->stop, 1);
	pthread_join(checker->thread, NULL);
	close(checker->stop);
	input_done(&checker->input);
	pthread_cond_destroy(&checker->changed);
	pthread_mutex_destroy(&checker->lock);
	free(checker);
}

void checker_start(struct checker *checker, struct checker_input *input)
{
	pthread_mutex_lock(&checker->lock);
	checker->input = *input;
	checker->has_input = true;
	pthread_cond_signal(&checker->changed);
	pthread_mutex_unlock(&checker->lock);
	*input = (struct checker_input){.text = NULL};
}

bool checker_take(struct checker *checker, struct checker_verdict *ret)
{
	bool has;

	pthread_mutex_lock(&checker->lock);
	has = checker->has_verdict;
	if (has)
		*ret = checker->verdict;
	checker->has_verdict = false;
	pthread_mutex_unlock(&checker->lock);
	return has;
}
