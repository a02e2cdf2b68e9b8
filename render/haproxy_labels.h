/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_LABELS_H
#define RENDER_HAPROXY_LABELS_H

/*
 * What labels (and, for servicerouter.py, environment variables) say of one
 * port of an app. By precedence: HAPROXY_n_*, as a label of the app or in its
 * environment; labels of the port; labels of the app as mmsd has them. Pure.
 */

#include "fetch/catalog.h"
#include "render/haproxy_section.h"

/* HAPROXY_<port_index>_<what>. Borrowed; NULL: not said. */
const char *haproxy_setting(
	const struct app *app, uint32_t port_index, const char *what);

enum haproxy_mode { MODE_UNSAID, MODE_TCP, MODE_HTTP };

/* An unknown word is added to problems, and counts as unsaid. */
enum haproxy_mode haproxy_mode_said(const struct app *app,
	uint32_t port_index, struct problems *problems);

/* A name found for a port. Text is borrowed for the call. */
typedef int haproxy_vhost_found(void *context, enum vhost_kind kind,
	const char *host, bool wildcard);

/*
 * Calls found for each name that the port wants, in the order of the labels;
 * for VHOST_DEFAULT and VHOST_TLS_DEFAULT host is "". What is no host name is
 * added to problems. Stops at, and returns, the first negative answer.
 */
int haproxy_vhosts_said(const struct app *app, uint32_t port_index,
	struct problems *problems, haproxy_vhost_found *found, void *context);

#endif
