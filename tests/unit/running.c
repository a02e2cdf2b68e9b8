/* SPDX-License-Identifier: MIT */
#include "tests/unit/running.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "fetch/clock.h"
#include "fs/haproxy_socket.h"
#include "tests/unit/unit.h"

enum { ANSWER_MS = 5000, PAUSE_US = 2000 };

static void answer(int fd, uint16_t port)
{
	char text[256], number[8];
	int length;

	snprintf(number, sizeof(number), "%u", port);
	length = snprintf(text, sizeof(text),
		"HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
		strlen(number), number);
	if (send(fd, text, (size_t)length, MSG_NOSIGNAL) < 0)
		return;
}

/* One request in one piece, as our clients and haproxy send them. */
static bool serve(int fd, uint16_t port)
{
	char text[4096];
	ssize_t n = recv(fd, text, sizeof(text), 0);

	if (n <= 0)
		return false;
	answer(fd, port);
	return true;
}

static void *origin_run(void *argument)
{
	struct origin *origin = argument;
	struct pollfd fds[RUNNING_CLIENTS_MAX];
	nfds_t count = 2;

	fds[0] = (struct pollfd){origin->stop[0], POLLIN, 0};
	fds[1] = (struct pollfd){origin->listener, POLLIN, 0};
	while (poll(fds, count, -1) > 0 && !fds[0].revents) {
		for (nfds_t i = count - 1; i > 1; i--) {
			if (!fds[i].revents || serve(fds[i].fd, origin->port))
				continue;
			close(fds[i].fd);
			fds[i] = fds[--count];
		}
		if (fds[1].revents && count < RUNNING_CLIENTS_MAX)
			fds[count++] =
				(struct pollfd){accept4(origin->listener, NULL,
							NULL, SOCK_CLOEXEC),
					POLLIN, 0};
	}
	while (count > 2)
		close(fds[--count].fd);
	return NULL;
}

void origin_start(struct origin *origin)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t length = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	origin->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(bind(origin->listener, (struct sockaddr *)&address, length)
		== 0);
	assert(listen(origin->listener, 16) == 0);
	assert(getsockname(
		       origin->listener, (struct sockaddr *)&address, &length)
		== 0);
	origin->port = ntohs(address.sin_port);
	assert(pipe2(origin->stop, O_CLOEXEC) == 0);
	assert(pthread_create(&origin->thread, NULL, origin_run, origin) == 0);
}

void origin_stop(struct origin *origin)
{
	close(origin->stop[1]);
	pthread_join(origin->thread, NULL);
	close(origin->stop[0]);
	close(origin->listener);
}

static void write_configuration(
	const struct running *running, const char *mode, const char *rest)
{
	char path[64];
	FILE *out;

	snprintf(path, sizeof(path), "%s/haproxy.cfg", running->directory);
	out = fopen(path, "we");
	assert(out);
	fprintf(out,
		"global\n\tstats socket %s mode 600 level admin\n"
		"\tmaxconn 200\n\tnbthread 2\n"
		"defaults\n\tmode %s\n\ttimeout connect 1s\n"
		"\ttimeout client 50s\n\ttimeout server 50s\n"
		"\tretries 0\n"
		"\tdefault-server init-addr last,libc,none inter 10s "
		"pool-purge-delay 1s\n"
		"frontend front\n\tbind unix@%s\n\tdefault_backend one\n"
		"%s",
		running->socket, mode, running->front, rest);
	assert(fclose(out) == 0);
}

/* In the child. haproxy dies with the thread that started it. */
static void become_haproxy(
	const struct running *running, pid_t parent, const char *old)
{
	char path[64], foreground[] = "-db", file[] = "-f", finish[] = "-sf";
	char *argv[] = {unit_argv[1], foreground, file, path,
		old ? finish : NULL, (char *)(uintptr_t)old, NULL};
	int log;

	snprintf(path, sizeof(path), "%s/log", running->directory);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (log < 0 || getppid() != parent || dup2(log, 1) < 0
		|| dup2(log, 2) < 0)
		_exit(1);
	snprintf(path, sizeof(path), "%s/haproxy.cfg", running->directory);
	execv(argv[0], argv);
	_exit(1);
}

/* Who answers at the socket; 0: nobody. */
static uint64_t who_answers(const struct running *running)
{
	struct known_process process = {0};
	struct haproxy_batch batch = {0};

	haproxy_batch_add(&batch, "show info");
	if (haproxy_socket_ask(running->socket, ANSWER_MS, &batch, NULL) == 0)
		known_process_read(haproxy_batch_answer(&batch, 0), &process);
	haproxy_batch_done(&batch);
	return process.pid;
}

static void launch(struct running *running, const char *old)
{
	int64_t deadline = clock_now_ms() + 4 * (int64_t)ANSWER_MS;
	pid_t parent = getpid();

	running->pid = fork();
	assert(running->pid >= 0);
	if (running->pid == 0)
		become_haproxy(running, parent, old);
	while (who_answers(running) != (uint64_t)running->pid) {
		assert(waitpid(running->pid, NULL, WNOHANG) == 0);
		assert(clock_now_ms() < deadline);
		usleep(PAUSE_US);
	}
}

void running_start(struct running *running, const char *mode, const char *rest)
{
	assert(unit_argc > 1);
	strcpy(running->directory, "/tmp/mmsdfs-unit-XXXXXX");
	assert(mkdtemp(running->directory));
	snprintf(running->socket, sizeof(running->socket), "%s/s.sock",
		running->directory);
	snprintf(running->front, sizeof(running->front), "%s/" RUNNING_FRONT,
		running->directory);
	write_configuration(running, mode, rest);
	launch(running, NULL);
}

pid_t running_reload(
	struct running *running, const char *mode, const char *rest)
{
	pid_t before = running->pid;
	char old[16];

	snprintf(old, sizeof(old), "%d", (int)before);
	write_configuration(running, mode, rest);
	launch(running, old);
	return before;
}

void running_kill(struct running *running)
{
	kill(running->pid, SIGKILL);
	waitpid(running->pid, NULL, 0);
	running->pid = 0;
}

void running_stop(struct running *running)
{
	static const char *const files[] = {
		"haproxy.cfg", "log", "s.sock", RUNNING_FRONT};
	char path[64];

	if (running->pid)
		running_kill(running);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", running->directory,
			files[i]);
		unlink(path);
	}
	assert(rmdir(running->directory) == 0);
}

char *running_ask(const struct running *running, const char *command)
{
	struct haproxy_batch batch = {0};
	struct why why = {""};
	char *text;

	assert(haproxy_batch_add(&batch, "%s", command) == 0);
	assert(haproxy_socket_ask(running->socket, ANSWER_MS, &batch, &why)
		== 0);
	text = strdup(haproxy_batch_answer(&batch, 0));
	assert(text);
	haproxy_batch_done(&batch);
	return text;
}

struct known_backend *running_look(
	const struct running *running, struct known *known, const char *backend)
{
	CLEANUP(free) char *state = NULL;
	CLEANUP(free) char *stat = NULL;
	struct known_backend *ret;
	char command[128];

	snprintf(command, sizeof(command), "show servers state %s", backend);
	state = running_ask(running, command);
	snprintf(command, sizeof(command), "show stat %s 4 -1", backend);
	stat = running_ask(running, command);
	assert(known_backend_get(known, backend, &ret) == 0);
	assert(known_state_read(ret, state) == 0);
	assert(known_stat_read(ret, stat) == 0);
	assert(!ret->missing);
	return ret;
}

void running_expect(const struct running *running, const char *backend,
	const char *server, const char *expected)
{
	struct known known = {0};
	struct known_server *found;
	char text[128] = "";
	size_t hint = 0;

	found = known_server_find(
		running_look(running, &known, backend), server, &hint);
	if (found)
		snprintf(text, sizeof(text), "%s:%u %u %u %u", found->address,
			found->port, found->weight, found->admin,
			found->maxconn);
	if (strcmp(text, expected ? expected : "") != 0)
		printf("  %s/%s: %s\n", backend, server, text);
	assert(strcmp(text, expected ? expected : "") == 0);
	known_done(&known);
}

int client_open(const struct running *running)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert(fd >= 0);
	memcpy(address.sun_path, running->front, strlen(running->front));
	assert(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

bool client_send(int client)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

	return send(client, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0;
}

uint16_t client_get(int client)
{
	struct pollfd wait = {.fd = client, .events = POLLIN};
	char text[1024];
	const char *body;
	ssize_t n;

	if (!client_send(client))
		return 0;
	if (poll(&wait, 1, ANSWER_MS) <= 0)
		return 0;
	n = recv(client, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	body = strstr(text, "\r\n\r\n");
	return body ? (uint16_t)atoi(body + 4) : 0;
}

uint16_t client_get_once(const struct running *running)
{
	int client = client_open(running);
	uint16_t port = client_get(client);

	close(client);
	return port;
}

struct haproxy_runtime *runtime_of(const struct running *running)
{
	struct runtime_settings settings = {
		.socket = running->socket, .timeout_ms = ANSWER_MS};
	struct haproxy_runtime *runtime;

	assert(haproxy_runtime_new(&settings, &runtime) == 0);
	return runtime;
}
