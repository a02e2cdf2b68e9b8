/* SPDX-License-Identifier: MIT */
#ifndef FETCH_EVENT_H
#define FETCH_EVENT_H

/*
 * What one event of Marathon says (marathon-api.md 2), reduced to what is done
 * about it, and what becomes of an app by it. The same for the stream and for
 * callbacks; fetch/event_json.h reads it.
 *
 * EVENT_ALL comes when Marathon met Mesos again: read now. EVENT_LIST_SOON is
 * what names no app: a group changed or a deployment ended (the only events
 * that a change through /v2/groups to an app without tasks gives), or a type
 * that nobody knows. In a storm there are many, while all that is urgent has
 * events that name its app: wait for a quiet moment, and then read once. The
 * steps of a deployment are EVENT_NOTHING, except where (0.9, 0.10) an app
 * comes and goes with the end of a step.
 *
 * After EVENT_APP_GONE the app may still be there: it was stopped, perhaps
 * only to be started again. Read it: 404 means gone.
 */

#include "fetch/catalog.h"
#include "fetch/health.h"

enum event_kind {
	EVENT_NOTHING,   /* of no interest: another client, a failed probe */
	EVENT_ATTACHED,  /* event_stream_attached: a stream is live */
	EVENT_TASK,      /* status_update_event: complete in itself */
	EVENT_APP,       /* app_id is to be read again */
	EVENT_INSTANCE,  /* likewise; a status event of it comes along */
	EVENT_HEALTH,    /* likewise; instance_id and alive say which and how */
	EVENT_APP_GONE,  /* app_terminated_event: the tasks of app_id end */
	EVENT_ALL,       /* anything may have changed: read the list */
	EVENT_LIST_SOON, /* likewise, but it can wait until it gets quiet */
};

struct event {
	enum event_kind kind;
	const char *app_id;   /* NULL: none */
	const char *task_id;  /* status_update_event */
	const char *instance_id; /* health events: a task id to 1.3 */
	enum task_state task; /* status_update_event */
	bool alive;           /* EVENT_HEALTH */
	const char *host;     /* NULL or "": unknown */
	const char *ip;       /* the first of ipAddresses; NULL: none */
	const char *version;
	uint16_t ports[PORTS_MAX];
	uint32_t port_count;
	void *json;           /* what the strings live in */
};

/*
 * The app after a status event that is complete in itself (DESIGN 3.4): an
 * ended or killing task leaves; a running one is added when its version is the
 * app's, and its endpoints can be told from the event; where the app has
 * checks it waits for its first pass. *ret is a new reference with fingerprint
 * 0, or NULL when the event changes nothing by itself. -ENOMEM.
 */
int app_after_event(const struct app *before, const struct event *event,
	const struct health_policy *policy, struct app **ret);

/*
 * Likewise after a check has passed: where it is the only one, its instance is
 * given to clients. A check that fails says nothing by itself: it is the sign
 * of a partition as well, which only the whole tells.
 */
int app_after_health(const struct app *before, const struct event *event,
	const struct health_policy *policy, struct app **ret);

#endif
