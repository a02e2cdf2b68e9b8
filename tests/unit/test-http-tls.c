/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/asking.h"

/* The first argument is openssl, which serves the files of the directory. */
static char directory[] = "/tmp/mmsdfs-tls-XXXXXX";

/* Runs openssl there with the words of format, parted by blanks. */
__attribute__((format(printf, 2, 3))) static pid_t start(
	int *ret_output, const char *format, ...)
{
	char text[1024], *words[64] = {unit_argv[1]}, *save;
	size_t count = 1;
	va_list arguments;
	int ends[2];
	pid_t pid;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
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

static void run(const char *words)
{
	char buffer[4096];
	ssize_t n;
	int output, status;
	pid_t pid = start(&output, "%s", words);

	while ((n = read(output, buffer, sizeof(buffer))) > 0)
		;
	close(output);
	assert(waitpid(pid, &status, 0) == pid);
	assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void write_file(const char *name, const char *text)
{
	char path[64];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	out = fopen(path, "we");
	assert(out && fputs(text, out) >= 0 && fclose(out) == 0);
}

/* A CA, what it signed for us, and for somebody else, and another CA. */
static void make_certificates(void)
{
	static const char names[] =
		"[ours]\nsubjectAltName=IP:127.0.0.1\n"
		"[theirs]\nsubjectAltName=DNS:other.example\n";
	char words[256];

	assert(mkdtemp(directory));
	write_file("body", "secretly");
	write_file("names", names);
	for (int i = 0; i < 2; i++) {
		snprintf(words, sizeof(words),
			"req -x509 -newkey rsa:2048 -nodes -days 2"
			" -subj /CN=ca%d -keyout ca%d.key -out ca%d.pem",
			i, i, i);
		run(words);
	}
	run("req -newkey rsa:2048 -nodes -subj /CN=server -keyout key"
	    " -out request");
	for (int i = 0; i < 2; i++) {
		const char *name = i ? "theirs" : "ours";

		snprintf(words, sizeof(words),
			"x509 -req -in request -CA ca0.pem -CAkey ca0.key"
			" -set_serial %d -days 2 -extfile names"
			" -extensions %s -out %s.pem",
			i + 1, name, name);
		run(words);
	}
}

static void remove_directory(void)
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

/* Until it says on which port. */
static pid_t serve(const char *certificate, uint16_t *ret_port)
{
	unsigned port = 0;
	char line[256];
	FILE *output;
	pid_t pid;
	int fd;

	pid = start(&fd,
		"s_server -accept 127.0.0.1:0 -cert %s.pem -key key -WWW",
		certificate);
	output = fdopen(fd, "r");
	assert(output);
	while (!port && fgets(line, sizeof(line), output))
		sscanf(line, "ACCEPT 127.0.0.1:%u", &port);
	fclose(output);
	assert(port);
	*ret_port = (uint16_t)port;
	return pid;
}

/* words NULL: it is believed. ca is a file of the directory, or NULL. */
static void expect(
	uint16_t port, const char *ca, bool insecure, const char *words)
{
	char path[64];
	struct identity_settings settings = {
		.ca_file = ca ? path : NULL, .insecure = insecure};
	struct asking asking = {.length = 0};
	struct why why = {""};
	struct identity *identity;
	struct http *http;

	snprintf(path, sizeof(path), "%s/%s", directory, ca ? ca : "");
	assert(identity_new(&settings, &identity, &why) == 0);
	asking.call.identity = identity;
	http = http_plain();
	ask(http, &asking, 0, "https://127.0.0.1:%u/body", port);
	ask_wait(http, &asking);
	if (!asking.error != !words)
		printf("  %s\n", asking.why.text);
	if (words) {
		assert(asking.error == -EIO && asking.status == 0);
		assert(strstr(asking.why.text, words));
	} else {
		assert(asking.error == 0);
		assert(strcmp(asking.body, "secretly") == 0);
	}
	asking_done(&asking);
	http_free(http);
	identity_free(identity);
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	assert(waitpid(pid, NULL, 0) == pid);
}

TEST(only_the_ca_that_was_given_is_believed_and_only_the_right_name)
{
	uint16_t port;
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	make_certificates();
	pid = serve("ours", &port);
	expect(port, "ca0.pem", false, NULL);
	expect(port, "ca1.pem", false, "certificate not accepted");
	expect(port, NULL, false, "certificate not accepted");
	expect(port, NULL, true, NULL);
	expect(port, "ca1.pem", true, NULL);
	/* It is a file, but no certificate. */
	expect(port, "key", false, "");
	stop(pid);
	pid = serve("theirs", &port);
	expect(port, "ca0.pem", false, "certificate not accepted");
	expect(port, "ca0.pem", true, NULL);
	stop(pid);
	remove_directory();
}
