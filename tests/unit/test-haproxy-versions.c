/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fs/haproxy_runtime.h"

/*
 * Something that talks like a haproxy of another version. It shows one server
 * for ever, believes nothing, and keeps what it was told.
 */
struct fake {
	const char *info;  /* but for the pid */
	const char *state; /* of backend one */
	bool new_pids;     /* another at each connection */
	char told[8192];
	char path[64];
	int listener, connections;
	pthread_t thread;
};

static const char *const one_server =
	"1\n# be_id be_name srv_id srv_name ...\n"
	"2 one 1 a 127.0.0.1 2 0 1 1 6 8 2 0 0 0 0 0 - 80 - 0 0 - - 0\n";

static void answer(struct fake *fake, FILE *out, const char *line)
{
	if (strcmp(line, "show info\n") == 0)
		fprintf(out, "%sPid: %d\n", fake->info,
			fake->new_pids ? fake->connections : 1);
	else if (strcmp(line, "show servers state one\n") == 0)
		fputs(fake->state, out);
	else if (strcmp(line, "prompt\n") != 0)
		strncat(fake->told, line,
			sizeof(fake->told) - strlen(fake->told) - 1);
	fputs("\n> ", out);
	fflush(out);
}

static void serve(struct fake *fake, int fd)
{
	FILE *in = fdopen(fd, "r+");
	char line[512];

	assert(in);
	setvbuf(in, NULL, _IONBF, 0);
	fake->connections++;
	while (fgets(line, sizeof(line), in))
		answer(fake, in, line);
	fclose(in);
}

static void *fake_run(void *argument)
{
	struct fake *fake = argument;
	int fd;

	while ((fd = accept4(fake->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		serve(fake, fd);
	return NULL;
}

static void fake_start(struct fake *fake)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(fake->path, sizeof(fake->path), "abns@mmsdfs-unit-%d",
		(int)getpid());
	memcpy(address.sun_path + 1, fake->path + 5, strlen(fake->path + 5));
	fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(fake->listener >= 0);
	assert(bind(fake->listener, (struct sockaddr *)&address,
		       sizeof(address))
		== 0);
	assert(listen(fake->listener, 4) == 0);
	assert(pthread_create(&fake->thread, NULL, fake_run, fake) == 0);
}

static void fake_stop(struct fake *fake)
{
	shutdown(fake->listener, SHUT_RDWR);
	pthread_join(fake->thread, NULL);
	close(fake->listener);
}

/* Wants server name instead of "a", at port. */
static int apply(
	struct fake *fake, const char *name, uint16_t port, struct why *why)
{
	struct runtime_settings settings = {
		.socket = fake->path, .timeout_ms = 5000};
	struct runtime_server server = {.name = name,
		.host = "127.0.0.1",
		.port = port,
		.weight = 1,
		.words = ""};
	struct runtime_backend backend = {"one", NULL, &server, 1};
	struct haproxy_runtime *runtime;
	int r;

	fake_start(fake);
	assert(haproxy_runtime_new(&settings, &runtime) == 0);
	r = haproxy_runtime_apply(runtime, &backend, 1, why);
	haproxy_runtime_free(runtime);
	fake_stop(fake);
	return r;
}

TEST(an_old_one_adds_and_deletes_nothing)
{
	struct fake fake = {"Version: 2.2.9\n", one_server, .told = ""};
	struct why why;

	assert(apply(&fake, "b", 80, &why) == 1);
	assert(strstr(why.text, "one/b: this haproxy adds no servers"));
	assert(strstr(fake.told, "set server one/a state maint\n"));
	assert(!strstr(fake.told, "add server"));
	assert(!strstr(fake.told, "del server"));
	assert(!strstr(fake.told, "experimental"));
}

TEST(one_that_adds_as_an_experiment_is_asked_for_that)
{
	struct fake fake = {"Version: 2.4.22\n", one_server, .told = ""};
	const char *mode;
	struct why why;

	assert(apply(&fake, "b", 80, &why) == 1);
	mode = strstr(fake.told, "experimental-mode on\n");
	assert(mode
		&& strstr(mode, "add server one/b 127.0.0.1:80 weight 1\n"));
	assert(strstr(mode, "del server one/a\n"));
}

TEST(a_later_one_is_not)
{
	struct fake fake = {"Version: 3.2.1-abc\n", one_server, .told = ""};
	struct why why;

	assert(apply(&fake, "b", 80, &why) == 1);
	assert(strstr(fake.told, "add server one/b 127.0.0.1:80 weight 1\n"));
	assert(!strstr(fake.told, "experimental"));
}

TEST(what_is_not_seen_is_told_twice_and_no_more)
{
	struct fake fake = {"Version: 2.6.12\n", one_server, .told = ""};
	static const char *const change =
		"set server one/a addr 127.0.0.1 port 81\n";
	char twice[200];
	struct why why;

	assert(apply(&fake, "a", 81, &why) == 1);
	assert(strstr(why.text, "one: haproxy is not as it was told"));
	snprintf(twice, sizeof(twice), "%s%s", change, change);
	assert(strcmp(fake.told, twice) == 0);
}

TEST(a_listing_that_cannot_be_read_needs_a_reload)
{
	struct fake fake = {"Version: 1.7.0\n",
		"1\n2 one 1 a 127.0.0.1 2 0 1 1 6 8 2 0\n", .told = ""};
	struct why why;

	assert(apply(&fake, "a", 80, &why) == 1);
	assert(strstr(why.text, "a listing that cannot be read"));
}

TEST(one_of_several_processes_needs_a_reload)
{
	struct fake fake = {
		"Version: 2.2.9\nNbproc: 4\n", one_server, .told = ""};
	struct why why;

	assert(apply(&fake, "a", 80, &why) == 1);
	assert(strstr(why.text, "runs as 4 processes"));
}

TEST(one_that_is_stopping_is_asked_again_later)
{
	struct fake fake = {
		"Version: 2.6.12\nStopping: 1\n", one_server, .told = ""};
	struct why why;

	assert(apply(&fake, "a", 80, &why) == -EAGAIN);
}

TEST(one_that_starts_again_and_again_is_an_error)
{
	struct fake fake = {"Version: 2.6.12\n", one_server, .new_pids = true};
	struct why why;

	assert(apply(&fake, "a", 81, &why) == -EAGAIN);
	assert(strstr(why.text, "again and again"));
}

TEST(what_is_no_haproxy_is_an_error)
{
	struct fake fake = {"Pid: none\n", one_server, .told = ""};
	struct why why;

	fake.new_pids = true;
	fake.connections = -1; /* "Pid: 0" */
	assert(apply(&fake, "a", 80, &why) == -EPROTO);
}
