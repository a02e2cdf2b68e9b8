/* SPDX-License-Identifier: MIT */
#ifndef MARATHON_DEFINITION_H
#define MARATHON_DEFINITION_H

/*
 * One version of an app's definition: what a user posted, what Marathon made
 * of it (networking in one form, service ports assigned) and the JSON that
 * the profile's Marathon would show. Immutable and counted; by the model's
 * lock.
 */

#include <json-c/json.h>

#include "tests/marathon/profile.h"
#include "tests/marathon/text.h"

enum network { NETWORK_HOST, NETWORK_BRIDGE, NETWORK_CONTAINER };

enum {
	PORTS_MAX = 256,
	HOST_PORT_NONE = -1, /* "hostPort": null */
};

struct port {
	char *name;                  /* NULL: none */
	char *protocol;              /* "tcp", "udp", "udp,tcp" */
	struct json_object *labels;  /* borrowed from posted; NULL: none */
	struct json_object *networks; /* networkNames; the same */
	int container_port;
	int host_port;
	int service_port;
};

struct definition {
	unsigned references;
	char *id;
	char version[ISO_SIZE];
	char scaled_at[ISO_SIZE];
	char changed_at[ISO_SIZE];
	struct json_object *posted;
	enum network network;
	bool mapped;       /* ports come from portMappings */
	bool require_ports;
	int instances;
	unsigned check_count;
	struct port *ports;
	size_t port_count;
	/* the app object up to the counts, without its closing brace */
	struct text json;
	struct text service_ports; /* "10000,10001" */
};

/* Where service ports that nobody asked for come from. */
struct port_pool {
	unsigned char used[65536];
	bool off; /* leave 0, as an app migrated from an older Marathon has */
};

/*
 * posted is a user's definition (borrowed; referenced). before, if not NULL,
 * is the definition that this one replaces: it gives service ports and dates.
 * The version is now. -EINVAL: no id, or not an object. -ENOMEM.
 */
int definition_new(struct json_object *posted, const struct definition *before,
	const struct profile *profile, struct port_pool *pool,
	struct definition **ret);

/* The same with other instances; a new version. */
int definition_scale(const struct definition *before, int instances,
	const struct profile *profile, struct port_pool *pool,
	struct definition **ret);

/* The same version, as another Marathon shows it. */
int definition_convert(const struct definition *before,
	const struct profile *profile, struct port_pool *pool,
	struct definition **ret);

struct definition *definition_ref(struct definition *definition);
void definition_unref(struct definition *definition);
CLEANUP_DEFINE(struct definition *, definition_unref)

static inline void json_unref_cleanup(struct json_object **json)
{
	json_object_put(*json);
}
#define json_unref json_object_put

/* Fills json and service_ports; definition_json.c. */
void definition_write(
	struct definition *definition, const struct profile *profile);

/* Borrowed; NULL when it is missing or null, at any step of a/b/c. */
struct json_object *json_path(struct json_object *json, const char *path);
/* Adds json as it is. */
void text_json(struct text *text, struct json_object *json);

#endif
