/* SPDX-License-Identifier: MIT */
#ifndef RENDER_INSTANCES_H
#define RENDER_INSTANCES_H

/*
 * The bytes of services/<app>.instances: a line host:port for each serving
 * instance of one port, by host, then port number, none twice.
 */

#include "fetch/catalog.h"
#include "render/problems.h"

enum instances_format {
	INSTANCES_PLAIN,
	INSTANCES_HEADERS, /* as later mmsd: a header with CRLF before it */
};

/*
 * *ret_text is allocated, never NULL, and has a NUL behind its *ret_length
 * bytes. What cannot be shown is left out and added to problems (may be NULL).
 * -ENOMEM.
 *
 * To memory, not to a FILE: this is on the way of every event, and
 * open_memstream alone costs more than the rest.
 */
int render_instances(const struct app *app, uint32_t port_index,
	enum instances_format format, struct problems *problems,
	char **ret_text, size_t *ret_length);

#endif
