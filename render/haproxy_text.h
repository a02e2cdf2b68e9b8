/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_TEXT_H
#define RENDER_HAPROXY_TEXT_H

/*
 * The only way of a source's text into haproxy.cfg. Each function writes what
 * HAProxy reads back as one word, or says that it cannot. Pure.
 */

#include <stdint.h>
#include <stdio.h>

#include "render/address.h"

enum {
	HAPROXY_NAME_SIZE = 640,
	HAPROXY_SECTION_MAX = 400, /* a rule has three such names */
	HAPROXY_PATH_MAX = 2048, /* of a check, as it is written */
	HAPROXY_VHOST_SIZE = 256,
};

/*
 * "/developer/trapni/php", 10001: developer_trapni_php_10001. Any byte but
 * letters, digits, '.' and '-' is _ and two hexadecimal digits, also a slash at
 * the beginning: names that begin with _ and a letter are ours. -ENAMETOOLONG.
 * With the port the name is the only one, as a port is bound once.
 */
int haproxy_name(
	const char *id, uint16_t service_port, char ret[HAPROXY_NAME_SIZE]);

/*
 * The path of a check in quotes, as the URI of a request: what cannot stand in
 * one is escaped with %, a slash is put in front. -EINVAL for a control
 * character, -ENAMETOOLONG.
 */
int haproxy_path(const char *path, char ret[HAPROXY_PATH_MAX]);

/*
 * A host name in lower case, perhaps with "*." in front. *wildcard says
 * whether it has; ret is then without the star: ".example.com". -EINVAL.
 */
int haproxy_vhost(const char *text, size_t length,
	char ret[HAPROXY_VHOST_SIZE], bool *wildcard);

/* Any byte but letters, digits and '-' is '_'; ret has strlen(from) + 1. */
char *haproxy_clean(char *ret, const char *from);

#endif
