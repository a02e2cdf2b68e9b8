/* SPDX-License-Identifier: MIT */
#include "fs/option_etcd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fetch/cleanup.h"
#include "fs/option_url.h"
#include "fs/option_value.h"

#define FORMS                                                                  \
	"etcd://HOST:PORT[,HOST:PORT]/PATH (etcd3:// for v3, etcds:// and "    \
	"etcd3s:// over TLS)"

enum { ETCD_PORT = 2379, PATH_LEN_MAX = 1024 };

static int refuse(const char *address, const char *what, struct why *why)
{
	struct option_shown shown;

	return why_set(why, -EINVAL, "'%s': %s", option_show(address, &shown),
		what);
}

static const char *const schemes[] = {
	"etcd://", "etcds://", "etcd3://", "etcd3s://"};

/* Where the hosts begin; NULL: it is no such address. */
static const char *write_scheme(const char *address, FILE *out)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t length = strlen(schemes[i]);

		if (strncasecmp(address, schemes[i], length) == 0) {
			fputs(schemes[i], out);
			return address + length;
		}
	}
	return NULL;
}

/* HOST or HOST:PORT; what is wrong with it. */
static const char *write_host(const char *text, size_t length, FILE *out)
{
	size_t host = option_host_length(text, length);

	if (host == 0)
		return "has no host, expected " FORMS;
	fwrite(text, 1, length, out);
	if (host == length)
		fprintf(out, ":%d", ETCD_PORT);
	else if (text[host] != ':')
		return "has a bad host";
	else if (!option_port_valid(text + host + 1, length - host - 1))
		return "has a bad port";
	return NULL;
}

static const char *write_hosts(const char *text, size_t length, FILE *out)
{
	const char *wrong = NULL, *end = text + length;

	for (;;) {
		const char *comma = memchr(text, ',', (size_t)(end - text));

		wrong = write_host(
			text, (size_t)((comma ? comma : end) - text), out);
		if (wrong || !comma)
			return wrong;
		fputc(',', out);
		text = comma + 1;
	}
}

static bool is_dots(const char *text, size_t length)
{
	return (length == 1 && text[0] == '.')
		|| (length == 2 && text[0] == '.' && text[1] == '.');
}

/* As etcd itself keeps it: nothing in it that a URL would change. */
static const char *write_path(const char *path, FILE *out)
{
	if (strlen(path) > PATH_LEN_MAX)
		return "has a path that is too long";
	if (path[strspn(path, "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "0123456789._-~:+/")])
		return "has a path with other than letters, digits and "
		       "._-~:+";
	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		size_t length = strcspn(path, "/");

		if (is_dots(path, length))
			return "has a bad path";
		fprintf(out, "/%.*s", (int)length, path);
		path += length;
	}
	return NULL;
}

static int write_address(const char *address, FILE *out, struct why *why)
{
	const char *hosts = write_scheme(address, out);
	const char *wrong;
	size_t length;

	if (!hosts)
		return refuse(address, "expected " FORMS, why);
	length = strcspn(hosts, "/");
	wrong = write_hosts(hosts, length, out);
	if (!wrong)
		wrong = write_path(hosts + length, out);
	return wrong ? refuse(address, wrong, why) : 0;
}

int option_etcd_parse(const char *address, char **ret, struct why *why)
{
	CLEANUP(free) char *text = NULL;
	CLEANUP(fclose) FILE *out = NULL;
	size_t size = 0;
	int r;

	if (strchr(address, '@'))
		return why_set(why, -EINVAL,
			"no user or password in a URL: put USER:PASSWORD in a "
			"file, and give --registrator-user-file=FILE");
	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	r = write_address(address, out, why);
	if (r < 0)
		return r;
	/* glibc's fclose() succeeds without memory, too, and leaves no text. */
	if (fclose(take_ptr(&out)) != 0 || !text)
		return -ENOMEM;
	*ret = take_ptr(&text);
	return 0;
}
