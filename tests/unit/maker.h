/* SPDX-License-Identifier: MIT */
#ifndef TESTS_MAKER_H
#define TESTS_MAKER_H

/* Makes apps for tests, a line for each thing. Texts are borrowed until
 * maker_done(). */

#include "fetch/catalog.h"

enum { MAKER_PORTS = 8, MAKER_MANY = 64 };

struct maker {
	struct app app;
	struct label labels[MAKER_MANY], env[MAKER_MANY];
	struct label port_labels[MAKER_PORTS][MAKER_PORTS];
	struct port ports[MAKER_PORTS];
	struct check checks[MAKER_PORTS];
	struct instance instances[MAKER_MANY];
	struct endpoint endpoints[MAKER_MANY][MAKER_PORTS];
	char ids[MAKER_MANY][16];
};

/* An app of source "marathon" with nothing. */
void maker_begin(struct maker *m, const char *id);
void maker_label(struct maker *m, const char *key, const char *value);
struct port *maker_port(struct maker *m, uint16_t service_port);
void maker_port_label(
	struct maker *m, uint32_t port, const char *key, const char *value);
struct check *maker_check(
	struct maker *m, enum check_protocol protocol, const char *path);
/* Serving; its ports are first_port and those behind it. After the ports. */
struct instance *maker_instance(
	struct maker *m, const char *host, uint16_t first_port);
/* A new reference. */
struct app *maker_done(struct maker *m);

/* An app with that many ports, 10000 and on, without instances. */
struct app *app_with_ports(
	const char *id, const char *source, uint32_t port_count);

/* What becomes of *catalog when app (borrowed) comes or changes, or goes. */
void catalog_put(struct catalog **catalog, struct app *app);
void catalog_drop(
	struct catalog **catalog, const char *id, const char *source);

#endif
