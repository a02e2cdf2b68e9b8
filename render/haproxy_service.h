/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_SERVICE_H
#define RENDER_HAPROXY_SERVICE_H

/* A service as HAProxy is to have it: what the fields of templates stand for. */

#include "render/haproxy_writing.h"

struct haproxy_service {
	const struct service *service;
	bool http;
	bool any_http, any_tls; /* has names at that gateway */
	const struct check *check; /* NULL: none a proxy can repeat */
	int32_t check_index;       /* of its port; -1: a number of its own */
	const char *bind_claim;    /* "" is every address */
	const char *values[FIELD_COUNT];
	char name[HAPROXY_NAME_SIZE];
	/* What values point into. */
	char app_id[HAPROXY_NAME_SIZE];
	char path[HAPROXY_PATH_MAX];
	char *bind_options;
	char port[8], falls[12], grace[12], interval[12], failures[12];
	char check_port[8], check_port_index[12], timeout[12];
};

/*
 * service is borrowed, and filled up with what was said of it by hand. -EINVAL: it cannot be shown, problems says why; -ENOMEM.
 */
int haproxy_service_new(struct haproxy_writing *w, struct service *service,
	struct haproxy_service *ret);
void haproxy_service_done(struct haproxy_service *view);

/* The port's own, else that of all. */
const struct template *haproxy_template_of(const struct haproxy_writing *w,
	const struct haproxy_service *view, enum template_id id);

void haproxy_write(struct haproxy_writing *w,
	const struct haproxy_service *view, enum template_id id);

bool haproxy_checks_http(const struct check *check);
bool haproxy_checks_tls(const struct check *check);

#endif
