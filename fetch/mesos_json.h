/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MESOS_JSON_H
#define FETCH_MESOS_JSON_H

/*
 * Single parts of /master/state, as Mesos 0.2x to 1.11 write them: agents,
 * tasks, and what a master says of itself. Missing and null mean the same,
 * unknown members are ignored.
 */

#include "fetch/app_json.h"

struct mesos_parser;

/* reader is borrowed: it outlives the parser. -ENOMEM. */
int mesos_parser_new(
	const struct app_reader *reader, struct mesos_parser **ret);
void mesos_parser_free(struct mesos_parser *parser);
CLEANUP_DEFINE(struct mesos_parser *, mesos_parser_free)

/* All text is borrowed until the next call of the parser. */
struct mesos_agent {
	const char *id;
	const char *name;    /* its host name, else its address */
	const char *address; /* of its pid, else its host name */
};

/* One element of "slaves". -EBADMSG with words, -ENOMEM. */
int mesos_agent_from_json(struct mesos_parser *parser, const char *text,
	size_t length, struct mesos_agent *ret, struct why *why);

/* What a task is made with. */
struct mesos_task_context {
	const char *framework; /* as part of an id; borrowed */
	uint64_t fingerprint;  /* stored in what is made */
	/* Borrowed; NULL: no such agent is known. */
	const struct mesos_agent *(*agent)(void *context, const char *id);
	void *context;
};

/*
 * One element of "tasks" becomes an app of its own with one instance,
 * INSTANCE_SERVING or INSTANCE_KILLING; its health is the result of its check,
 * and check_count 1 says that it has one. *ret is a new reference; NULL: it
 * does not run, its agent is not known, or --groups leaves it out.
 * -EBADMSG with words, -ENOMEM.
 *
 * Ports of its DiscoveryInfo are at the task's own address, if it has one: that
 * of its network, but not of a bridge, or where a label of the port
 * ("network-scope") says otherwise. Ports of its resources, which count where
 * nothing is said to be discovered, are at its agent's.
 */
int mesos_task_from_json(struct mesos_parser *parser, const char *text,
	size_t length, const struct mesos_task_context *context,
	struct app **ret, struct why *why);

/* Borrowed until the next call; NULL: it is no string, or empty. */
int mesos_text_from_json(struct mesos_parser *parser, const char *text,
	size_t length, const char **ret, struct why *why);

/* "master@10.0.0.1:5050": what stands behind the '@'; NULL: nothing. */
const char *mesos_place(const char *pid);

#endif
