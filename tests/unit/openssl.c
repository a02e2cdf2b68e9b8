/* SPDX-License-Identifier: MIT */
#include "tests/unit/openssl.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

enum { FILE_MAX = 64 << 10 };

static char directory[] = "/tmp/mmsdfs-tls-XXXXXX";

void openssl_begin(void)
{
	signal(SIGPIPE, SIG_IGN);
	assert(mkdtemp(directory));
}

void openssl_end(void)
{
	DIR *all = opendir(directory);
	struct dirent *entry;

	assert(all);
	while ((entry = readdir(all)))
		unlinkat(dirfd(all), entry->d_name, 0);
	closedir(all);
	assert(rmdir(directory) == 0);
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
}

const char *openssl_path(const char *name)
{
	static char paths[8][64];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

void openssl_write(const char *name, const char *text, size_t length)
{
	static const struct timespec times[2] = {{1000, 0}, {1000, 0}};
	int fd = open(openssl_path(name),
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert(fd >= 0);
	assert(write(fd, text, length) == (ssize_t)length);
	assert(futimens(fd, times) == 0);
	close(fd);
}

static size_t read_file(const char *name, char *to, size_t size)
{
	FILE *in = fopen(openssl_path(name), "re");
	size_t length;

	assert(in);
	length = fread(to, 1, size, in);
	assert(length < size);
	fclose(in);
	return length;
}

void openssl_copy(const char *to, const char *from, const char *more)
{
	static char text[FILE_MAX];
	size_t length = read_file(from, text, sizeof(text));

	if (more)
		length += read_file(
			more, text + length, sizeof(text) - length);
	openssl_write(to, text, length);
}

__attribute__((format(printf, 2, 0))) static pid_t start(
	int *ret_output, const char *format, va_list arguments)
{
	char text[1024], *words[64] = {unit_argv[1]}, *save;
	size_t count = 1;
	int ends[2];
	pid_t pid;

	vsnprintf(text, sizeof(text), format, arguments);
	for (char *at = strtok_r(text, " ", &save); at && count < 63;
		at = strtok_r(NULL, " ", &save))
		words[count++] = at;
	assert(pipe(ends) == 0);
	pid = fork();
	assert(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (chdir(directory) < 0)
			_exit(126);
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv(words[0], words);
		_exit(127);
	}
	close(ends[1]);
	*ret_output = ends[0];
	return pid;
}

__attribute__((format(printf, 2, 3))) static pid_t start_words(
	int *ret_output, const char *format, ...)
{
	va_list arguments;
	pid_t pid;

	va_start(arguments, format);
	pid = start(ret_output, format, arguments);
	va_end(arguments);
	return pid;
}

bool openssl_run(const char *format, ...)
{
	char buffer[4096];
	va_list arguments;
	int output, status;
	pid_t pid;

	va_start(arguments, format);
	pid = start(&output, format, arguments);
	va_end(arguments);
	while (read(output, buffer, sizeof(buffer)) > 0)
		;
	close(output);
	assert(waitpid(pid, &status, 0) == pid);
	assert(WIFEXITED(status) && WEXITSTATUS(status) < 126);
	return WEXITSTATUS(status) == 0;
}

void openssl_authority(const char *name)
{
	assert(openssl_run("req -x509 -newkey rsa:2048 -nodes -days 2"
			   " -subj /CN=%s -keyout %s.key -out %s.pem",
		name, name, name));
}

void openssl_certificate(
	const char *name, const char *authority, const char *for_whom)
{
	char names[128];

	snprintf(names, sizeof(names), "subjectAltName=%s\n", for_whom);
	openssl_write("names", names, strlen(names));
	assert(openssl_run("req -newkey rsa:2048 -nodes -subj /CN=%s"
			   " -keyout %s.key -out request",
		name, name));
	assert(openssl_run("x509 -req -in request -CA %s.pem -CAkey %s.key"
			   " -CAcreateserial -days 2 -extfile names"
			   " -out %s.pem",
		authority, authority, name));
}

pid_t openssl_serve(const char *certificate, const char *more,
	uint16_t *ret_port)
{
	unsigned port = 0;
	char line[256];
	FILE *output;
	pid_t pid;
	int fd;

	pid = start_words(&fd,
		"s_server -accept 127.0.0.1:0 -cert %s.pem -key %s.key -WWW %s",
		certificate, certificate, more);
	output = fdopen(fd, "r");
	assert(output);
	while (!port && fgets(line, sizeof(line), output))
		sscanf(line, "ACCEPT 127.0.0.1:%u", &port);
	fclose(output);
	assert(port);
	*ret_port = (uint16_t)port;
	return pid;
}

void openssl_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	assert(waitpid(pid, NULL, 0) == pid);
}
