/* SPDX-License-Identifier: MIT */
#ifndef FETCH_SERVICE_JSON_H
#define FETCH_SERVICE_JSON_H

/*
 * A file of services in the form of proxym, of both of its generations
 * (peers.md 1.5), becomes apps:
 *
 *	id, port, servicePort, hosts: [{ip, port}]
 *	domain, protocol                                     the older
 *	domains, applicationProtocol, transportProtocol,
 *	config, proxyPath                                    the newer
 *
 * Keys count in any case of letters, and the last of two, as Go's decoder has
 * it; null is as good as missing, and what is not known is ignored. Beyond
 * proxym a file may hold an array of services, a service "labels" as an app
 * has them, and a file with one service need not say its id: it is then that
 * of the file's name.
 */

#include "fetch/app_json.h"

enum {
	SERVICES_MAX = 10000, /* of one file */
	SERVICE_DEPTH_MAX = 16,
};

/* Of one file, in order of their ids, each a reference. */
struct service_list {
	struct app **apps;
	size_t count;
};

/*
 * ret is empty on entry, and to be released by service_list_done(). name is
 * that of the file, for words ("web.json:7: ...") and its id. What --groups
 * leaves out is not in it. -EBADMSG with words, -ENOMEM: ret is as it was.
 */
int services_from_json(const struct app_reader *reader, const char *name,
	const char *text, size_t length, struct service_list *ret,
	struct why *why);

void service_list_done(struct service_list *list);

#endif
