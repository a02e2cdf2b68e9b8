/* SPDX-License-Identifier: MIT */
#ifndef FETCH_PORTS_JSON_H
#define FETCH_PORTS_JSON_H

/*
 * The networking of an app in every form of Marathon 0.8 to 1.11, and from it
 * the endpoints of a task: the algorithm of marathon-api.md 3.6, cut in two.
 */

#include "fetch/arena.h"
#include "fetch/catalog.h"
#include "fetch/field_json.h"

/* Where the endpoint of one port of a task comes from. */
struct port_origin {
	bool by_ip;      /* the task's own address; else its agent's */
	uint16_t number; /* by_ip: the port, 0 unknown */
	uint32_t slot;   /* else: its place in the ports of the task */
};

struct networking {
	enum app_network network;
	struct port *ports;
	const struct port_origin *origins;
	uint32_t count;
	uint32_t slots; /* ports that a task of this definition has */
};

/* The members of the app it is told from; NULL for what is missing. */
struct networking_fields {
	struct json_object *networks, *ip_address, *container;
	struct json_object *port_definitions, *ports;
};

/*
 * Text is borrowed from the fields, arrays are the arena's. -EBADMSG with
 * words, -ENOMEM.
 */
int networking_from_json(const struct networking_fields *fields,
	struct arena *arena, struct networking *ret, struct why *why);

/* Of one task. */
struct task_addresses {
	const char *host;         /* the agent's */
	const char *ip;           /* its own first address; NULL: none */
	struct json_object *ports; /* an array, or NULL */
	bool other_version; /* made from another definition than the app's */
};

/*
 * endpoints has networking->count entries; one that cannot be told has port
 * 0. -EBADMSG with words when a port is no number.
 */
int endpoints_of_task(const struct networking *networking,
	const struct task_addresses *task, struct endpoint *endpoints,
	struct why *why);

/*
 * labels (NULL, or an object of strings) as an array in the arena; with prefix
 * only keys that begin so, and what is no string is passed over.
 */
struct label_list {
	struct label *labels;
	uint32_t count;
};
int labels_from_json(struct json_object *object, const char *prefix,
	struct arena *arena, struct label_list *ret, struct why *why);

/*
 * A host or address that can be connected to: *ret is NULL for what is empty,
 * has blanks or control characters, or looks like an IPv6 address and is none.
 * IPv6 comes out without brackets. Text is borrowed, or the arena's.
 */
int host_from_text(
	const char *text, struct arena *arena, const char **ret);

/* 0 for what is missing, or out of the range of ports. */
int port_from_json(struct json_object *value, const char *name, uint16_t *ret,
	struct why *why);

#endif
