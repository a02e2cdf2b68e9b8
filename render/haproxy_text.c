/* SPDX-License-Identifier: MIT */
#include "render/haproxy_text.h"

#include <errno.h>
#include <string.h>


static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
		|| (c >= '0' && c <= '9');
}

int haproxy_name(
	const char *id, uint16_t service_port, char ret[HAPROXY_NAME_SIZE])
{
	char *to = ret, *end = ret + HAPROXY_SECTION_MAX - 16;

	if (*id == '/')
		id++;
	for (const char *start = id; *id; id++) {
		if (to >= end)
			return -ENAMETOOLONG;
		if (is_letter_or_digit(*id) || *id == '.' || *id == '-')
			*to++ = *id;
		else if (*id == '/' && id > start)
			*to++ = '_';
		else
			to += snprintf(to, 4, "_%02x", (unsigned char)*id);
	}
	snprintf(to, 8, "_%u", service_port);
	return 0;
}

char *haproxy_clean(char *to, const char *from)
{
	for (; *from; from++)
		*to++ = is_letter_or_digit(*from) || *from == '-' ? *from : '_';
	*to = '\0';
	return to;
}

static bool stands_in_uri(char c)
{
	return is_letter_or_digit(c) || strchr("-._~/?&=+,:;@!*()[]%'$", c);
}

int haproxy_path(const char *path, char ret[HAPROXY_PATH_MAX])
{
	char *to = ret, *end = ret + HAPROXY_PATH_MAX - 8;

	*to++ = '"';
	if (*path != '/')
		*to++ = '/';
	for (; *path; path++) {
		if (to >= end)
			return -ENAMETOOLONG;
		if ((unsigned char)*path < 0x20 || *path == 0x7f)
			return -EINVAL;
		if (!stands_in_uri(*path)) {
			to += snprintf(to, 4, "%%%02X", (unsigned char)*path);
			continue;
		}
		/* In quotes it would begin the name of a variable. */
		if (*path == '$')
			*to++ = '\\';
		*to++ = *path;
	}
	*to++ = '"';
	*to = '\0';
	return 0;
}

int haproxy_vhost(const char *text, size_t length,
	char ret[HAPROXY_VHOST_SIZE], bool *wildcard)
{
	size_t used = 0;

	*wildcard = length > 2 && text[0] == '*' && text[1] == '.';
	if (*wildcard) {
		text++;
		length--;
	}
	/* One that begins with a dash would be a flag of the ACL. */
	if (length == 0 || length >= HAPROXY_VHOST_SIZE || text[0] == '-')
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		if (!is_letter_or_digit(c) && c != '-' && c != '.' && c != '_')
			return -EINVAL;
		ret[used++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
	ret[used] = '\0';
	return 0;
}
