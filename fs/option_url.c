/* SPDX-License-Identifier: MIT */
#include "fs/option_url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fetch/cleanup.h"
#include "fs/option_path.h"
#include "fs/option_value.h"

#define FORMS "http://HOST:PORT, https://HOST:PORT or file:PATH"
#define MASTER_PORT ":5050"

struct text {
	const char *start;
	size_t length;
};

static bool text_begins(struct text text, const char *with)
{
	size_t length = strlen(with);

	return text.length >= length &&
		strncasecmp(text.start, with, length) == 0;
}

static int refuse(struct text item, const char *what, struct why *why)
{
	char text[82];
	struct option_shown shown;

	snprintf(text, sizeof(text), "%.*s", (int)item.length, item.start);
	return why_set(
		why, -EINVAL, "'%s': %s", option_show(text, &shown), what);
}

/* The whole of text is a port. */
static bool port_valid(struct text text)
{
	unsigned port = 0;

	if (text.length < 1 || text.length > 5)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (!isdigit((unsigned char)text.start[i]))
			return false;
		port = port * 10 + (unsigned)(text.start[i] - '0');
	}
	return port >= 1 && port <= 65535;
}

/* "[::1]" at the start of text: how long it is; 0: it is not there. */
static size_t bracket_length(struct text text)
{
	char address[INET6_ADDRSTRLEN];
	const char *end = memchr(text.start, ']', text.length);
	struct in6_addr parsed;

	if (!end || end - text.start > INET6_ADDRSTRLEN)
		return 0;
	snprintf(address, sizeof(address), "%.*s", (int)(end - text.start - 1),
		text.start + 1);
	if (inet_pton(AF_INET6, address, &parsed) != 1)
		return 0;
	return (size_t)(end - text.start) + 1;
}

/* How long the host is that text begins with; 0: it begins with none. */
static size_t host_length(struct text text)
{
	size_t i = 0;

	if (text.length && text.start[0] == '[')
		return bracket_length(text);
	while (i < text.length &&
		(isalnum((unsigned char)text.start[i]) ||
			strchr(".-_", text.start[i])))
		i++;
	return i;
}

/* A URL without what only a request has. */
static int http_write(
	struct text item, struct text rest, FILE *out, struct why *why)
{
	struct text authority = rest, port;
	size_t host;

	for (size_t i = 0; i < item.length; i++)
		if (strchr("?#\"\\ ", item.start[i]))
			return refuse(item, "is not a plain URL", why);
	for (size_t i = 0; i < rest.length; i++)
		if (rest.start[i] == '/') {
			authority.length = i;
			break;
		}

	host = host_length(authority);
	port.start = authority.start + host;
	port.length = authority.length - host;
	if (host == 0)
		return refuse(item, "has no host, expected " FORMS, why);
	if (port.length && port.start[0] != ':')
		return refuse(item, "has a bad host", why);
	if (port.length) {
		port.start++;
		port.length--;
		if (!port_valid(port))
			return refuse(item, "has a bad port", why);
	}

	while (item.start[item.length - 1] == '/')
		item.length--;
	fwrite(item.start, 1, item.length, out);
	return 0;
}

static int file_write(
	struct text item, struct text rest, FILE *out, struct why *why)
{
	CLEANUP(free) char *path = NULL;
	CLEANUP(free) char *absolute = NULL;
	int r;

	if (rest.length == 0)
		return refuse(item, "has no path", why);
	path = strndup(rest.start, rest.length);
	if (!path)
		return -ENOMEM;
	r = option_path_absolute(path, &absolute, why);
	if (r < 0)
		return r;
	/* file:///x is as good as file:/x */
	fprintf(out, "file:/%s", absolute + strspn(absolute, "/"));
	return 0;
}

static const struct {
	const char *prefix;
	bool file;
	int (*write)(
		struct text item, struct text rest, FILE *out, struct why *why);
} schemes[] = {
	{"http://", false, http_write},
	{"https://", false, http_write},
	{"file:", true, file_write},
};

enum { SCHEME_COUNT = sizeof(schemes) / sizeof(schemes[0]) };

/* One item; *file is -1 before the first, then whether they are files. */
static int item_write(struct text item, FILE *out, int *file, struct why *why)
{
	struct text rest;
	size_t i;

	for (i = 0; i < SCHEME_COUNT; i++)
		if (text_begins(item, schemes[i].prefix))
			break;
	if (item.length == 0)
		return why_set(why, -EINVAL, "an item of the list is empty");
	if (i == SCHEME_COUNT)
		return refuse(item, "expected " FORMS, why);
	if (*file >= 0 && *file != schemes[i].file)
		return why_set(
			why, -EINVAL, "http:// and file: may not be mixed");
	if (*file >= 0)
		fputc(',', out);
	*file = schemes[i].file;

	rest.start = item.start + strlen(schemes[i].prefix);
	rest.length = item.length - strlen(schemes[i].prefix);
	return schemes[i].write(item, rest, out, why);
}

/* The next item without the spaces around it; *list is NULL after the last. */
static struct text item_next(const char **list)
{
	const char *comma = strchrnul(*list, ',');
	struct text item = {*list, (size_t)(comma - *list)};

	*list = *comma ? comma + 1 : NULL;
	while (item.length && item.start[0] == ' ') {
		item.start++;
		item.length--;
	}
	while (item.length && item.start[item.length - 1] == ' ')
		item.length--;
	return item;
}

/*
 * Anything with an '@' that is not all files. Looked for in the list as a
 * whole: a password may hold commas and slashes, and must not be shown.
 */
static bool has_secret(const char *list)
{
	if (!strchr(list, '@'))
		return false;
	while (list)
		if (!text_begins(item_next(&list), "file:"))
			return true;
	return false;
}

static int refuse_secret(const char *option, struct why *why)
{
	return why_set(why, -EINVAL,
		"no user or password in a URL: put USER:PASSWORD in a file, "
		"and give --%s-user-file=FILE",
		option);
}

static int urls_write(const char *list, FILE *out, struct why *why)
{
	int file = -1, r = 0;

	while (list && r == 0)
		r = item_write(item_next(&list), out, &file, why);
	return r;
}

int option_urls_parse(const char *list, char **ret, struct why *why)
{
	CLEANUP(free) char *text = NULL;
	CLEANUP(fclose) FILE *out = NULL;
	size_t size = 0;
	int r;

	if (has_secret(list))
		return refuse_secret("marathon", why);
	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	r = urls_write(list, out, why);
	if (r < 0)
		return r;
	/* glibc's fclose() succeeds without memory, too, and leaves no text. */
	if (fclose(take_ptr(&out)) != 0 || !text)
		return -ENOMEM;
	*ret = take_ptr(&text);
	return 0;
}

size_t option_host_length(const char *text, size_t length)
{
	return host_length((struct text){text, length});
}

bool option_port_valid(const char *text, size_t length)
{
	return port_valid((struct text){text, length});
}

/* One master, as it is said: "a", "a:5050" or a URL. */
static int master_write(struct text item, FILE *out, struct why *why)
{
	struct text rest = item;
	CLEANUP(free) char *url = NULL;
	size_t host;

	if (item.length == 0)
		return why_set(why, -EINVAL, "an item of the list is empty");
	for (int i = 0; i < 2; i++)
		if (text_begins(item, schemes[i].prefix)) {
			rest.start += strlen(schemes[i].prefix);
			rest.length -= strlen(schemes[i].prefix);
			return http_write(item, rest, out, why);
		}
	if (memmem(item.start, item.length, "://", 3))
		return refuse(item, "expected http://HOST:PORT, "
				    "https://HOST:PORT or HOST:PORT", why);
	host = host_length(item);
	if (asprintf(&url, "http://%.*s%s", (int)item.length, item.start,
		    host == item.length ? MASTER_PORT : "") < 0) {
		url = NULL;
		return -ENOMEM;
	}
	item = (struct text){url, strlen(url)};
	rest = (struct text){url + 7, item.length - 7};
	return http_write(item, rest, out, why);
}

int option_masters_parse(const char *list, char **ret, struct why *why)
{
	CLEANUP(free) char *text = NULL;
	CLEANUP(fclose) FILE *out = NULL;
	const char *before = "mesos:";
	size_t size = 0;
	int r;

	if (strchr(list, '@'))
		return refuse_secret("mesos", why);
	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	while (list) {
		fputs(before, out);
		before = ",";
		r = master_write(item_next(&list), out, why);
		if (r < 0)
			return r;
	}
	if (fclose(take_ptr(&out)) != 0 || !text)
		return -ENOMEM;
	*ret = take_ptr(&text);
	return 0;
}
