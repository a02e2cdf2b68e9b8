/* SPDX-License-Identifier: MIT */
#ifndef FETCH_SERVICE_JSON_IMPL_H
#define FETCH_SERVICE_JSON_IMPL_H

/*
 * What service_json.c and its parts share; for nobody else. The parts: a file
 * and who is in it (service_json.c), what a service is for a load balancer
 * (service_label_json.c).
 */

#include "fetch/ports_json.h"
#include "fetch/service_json.h"

enum service_field {
	FIELD_ID,
	FIELD_HOSTS,
	FIELD_PORT,
	FIELD_SERVICE_PORT,
	FIELD_DOMAIN,
	FIELD_DOMAINS,
	FIELD_PROTOCOL,
	FIELD_TRANSPORT,
	FIELD_APPLICATION,
	FIELD_CONFIG,
	FIELD_PROXY_PATH,
	FIELD_LABELS,
	SERVICE_FIELDS,
};

/* One file while it is read, and where in it: for words. */
struct service_parsing {
	const struct app_reader *reader;
	const char *name;
	struct arena arena;
	struct json_tokener *tokener;
	ssize_t service;   /* of an array; -1: there is none */
	const char *field; /* NULL: the service itself */
	ssize_t host;	   /* of hosts; -1: none */
	const char *part;  /* of a host; NULL: itself */
	struct why *why;
};

/* One service. */
struct service_reading {
	struct json_object *fields[SERVICE_FIELDS];
	struct app draft;
	struct port port;
	struct label *labels;
	const char *application;
	char *domains; /* by commas; owned */
};

extern const char *const service_field_names[SERVICE_FIELDS];

/* service_label_json.c: protocols and labels of the draft. -EBADMSG, -ENOMEM.
 */
int service_read_protocols(
	struct service_parsing *p, struct service_reading *reading);
int service_read_labels(
	struct service_parsing *p, struct service_reading *reading);

#endif
