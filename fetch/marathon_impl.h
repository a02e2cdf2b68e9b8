/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MARATHON_IMPL_H
#define FETCH_MARATHON_IMPL_H

/*
 * What marathon.c and its parts share; for nobody else. The parts: the whole
 * list (marathon_list.c), whether who gave it may (marathon_leader.c), single
 * apps (marathon_apps.c), the event stream (marathon_stream.c), callbacks where
 * there is no stream (marathon_callback.c) and what events mean
 * (marathon_events.c).
 *
 * Each part has a time at which it wants to do something (NEVER: nothing),
 * begins it in its *_turn(), and hears of it in callbacks of http.
 */

#include "fetch/belief.h"
#include "fetch/body.h"
#include "fetch/clock.h"
#include "fetch/dirty.h"
#include "fetch/http_words.h"
#include "fetch/jitter.h"
#include "fetch/list.h"
#include "fetch/listener.h"
#include "fetch/marathon.h"
#include "fetch/replicas.h"
#include "fetch/sse.h"

#define NEVER INT64_MAX

enum {
	LIST_TOTAL_MS = 120000,
	LIST_SILENCE_MS = 30000,
	LIST_BODY_MAX = 512 << 20,
	LIST_RETRY_MS = 200, /* doubled by each round that fails, up to */
	LIST_RETRY_MAX_MS = 10000,

	LEADER_TOTAL_MS = 10000,
	LEADER_BODY_MAX = 4096,

	APP_READS_MAX = 8, /* at a time */
	APP_TOTAL_MS = 30000,
	APPS_DIRTY_MAX = 2000, /* more, and most of all: read the list */
	VERIFY_MS = 100, /* what an event said in full is read so much later */
	SICK_MS = 100,   /* checks that fail together are looked at together */
	SICK_MAX_MS = 2000, /* and believed then, whoever has not answered */

	STREAM_SILENCE_MS = 35000, /* three heartbeats and a bit */
	STREAM_ATTACH_MS = 2000, /* no event, but the subscription may be there */
	STREAM_FIRST_MS = 100,   /* the first list waits so long for it */
	STREAM_RETRY_MS = 200,   /* doubled by each failure, up to */
	STREAM_RETRY_MAX_MS = 15000,
	STREAM_LIVED_MS = 30000,  /* such a stream was a good one */
	STREAM_PROBE_MS = 300000, /* where there was none; it may be upgraded */

	CALLBACK_LISTEN_MS = 100, /* between tries, where the port is taken */
	CALLBACK_LISTEN_TRIES = 50, /* then it is said; nobody may see it yet */
	CALLBACK_TOTAL_MS = 10000,
	CALLBACK_LIST_MAX = 4 << 20, /* of the URLs that Marathon has */
	CALLBACK_PROVE_MS = 10000, /* a URL that is taken is called so soon */
	CALLBACK_LEAVE_MS = 500,   /* at the end */

	SOON_QUIET_MS = 1000, /* after the last event */
	SOON_MAX_MS = 10000,  /* after the first that asked for the list */
	SOON_SHARE = 4,       /* the list takes a fourth of the time at most */
};

/* The list that is being read. */
struct full {
	struct http_request *request; /* NULL: none is under way */
	struct list *list;            /* NULL: none is being read */
	const char *url;              /* of who is asked */
	bool ended;            /* it is here, but who leads is not known */
	struct catalog *before; /* what list stands on */
	uint64_t asked;         /* the stamp of dirty when it began */
	int64_t began;
	uint64_t bytes;
	int64_t at;         /* when the next is to begin */
	int64_t lasted;     /* the last good one, milliseconds */
	bool again;         /* what it says is too old: read another */
	unsigned failures;  /* since the last good one */
	int64_t soon_at;    /* some event asked for it; NEVER: none */
	int64_t soon_since; /* the first of them */
};

/* What /v2/leader says, while the list waits for that. */
struct leader {
	char body[LEADER_BODY_MAX];
	size_t length;
};

struct stream {
	struct http_request *request; /* NULL: none is open */
	struct sse *sse;
	int64_t at;        /* when it is to be opened */
	int64_t attach_by; /* NEVER: attached, or not open */
	int64_t opened;
	bool attached;     /* there may be a subscription */
	bool none;         /* where it was asked for last there was none */
	bool proved;       /* an event has come */
	unsigned failures; /* in a row */
	struct why why;    /* why there is none; "" for nothing wrong */
};

enum callback_step { CALLBACK_LOOK, CALLBACK_REGISTER, CALLBACK_LEAVE };

/* Our URL at Marathon, while there is no stream. */
struct callback {
	char *url; /* NULL: no callbacks are wanted */
	struct callback_place place;
	struct listener *listener; /* NULL: the port is not free yet */
	int64_t listen_at;         /* to try it again */
	bool limited; /* the user said who may call */
	bool here;    /* a Marathon is on this machine, or who else can call */
	struct ranges may;         /* else: who has answered us */
	struct http_request *request; /* NULL: nothing is being asked */
	enum callback_step step;
	struct body body;
	size_t replica;    /* to be asked next */
	size_t home;       /* that answered last */
	size_t looked;     /* how often */
	bool met;          /* each replica was asked once, to know its address */
	bool registered;   /* Marathon has the URL, as far as we know */
	int64_t at;        /* when it is to be looked after */
	bool doubt;        /* something happened since it was asked for */
	int64_t prove_by;  /* a callback has to come; NEVER: none is due */
	bool unproved;     /* none came */
	uint64_t taken_before; /* callbacks, when it was last looked */
	unsigned failures; /* in a row */
	struct why why;    /* why there are none; "" for nothing wrong */
	struct why refused;    /* the first that was refused of late, or "" */
	int64_t refused_until; /* forgotten, if there is no more; NEVER */
};

/*
 * What was read of apps of which a check failed, until all of them are read.
 * A partition makes all sick at once, and the guard has to see it as one loss:
 * app by app it would let half of them go.
 */
struct sick {
	struct sick_app {
		char *id;
		struct app *app; /* a reference; NULL: it is gone */
		uint64_t asked;
	} *apps;
	size_t count, space;
	int64_t since; /* the first event; NEVER: there is none */
};

struct marathon {
	struct source source; /* its first member */
	struct http *http;
	struct identity *identity;
	int64_t refresh_ms; /* between full reads, with events */
	int64_t poll_ms;    /* between full reads, without */
	struct replicas *replicas;
	struct app_reader reader;
	struct list_memory *memory;
	struct dirty_table *dirty;
	int64_t now; /* of this turn */

	struct full full;
	struct leader leader;
	struct stream stream;
	struct callback callback;
	struct sick sick;
	unsigned app_reads;           /* under way */
	struct app_read *reads;       /* a list of them */
	struct http_request *info;    /* the question for the version */
	struct why list_why;          /* "" nothing wrong with the list */
};

/* Sets why and since of the report from what is wrong with any part. */
void report_why(struct marathon *m);
void report_leader(struct marathon *m, const char *leader);

/* marathon_list.c */
void full_turn(struct marathon *m);
void full_want(struct marathon *m, int64_t at);
/* Read it again when it gets quiet; see EVENT_LIST_SOON. */
void full_want_soon(struct marathon *m);
void full_done_all(struct marathon *m);
/*
 * The list is complete, and who gave it leads, or passes on what leader says
 * ("" unknown), or error and why say what is wrong.
 */
void full_judged(struct marathon *m, int error, const char *leader,
	const struct why *why);

/* marathon_leader.c */
bool leader_must_be_asked(
	const struct marathon *m, const struct http_head *head);
/* It ends in full_judged(). -ENOMEM. */
int leader_ask(struct marathon *m, struct http_request **ret, struct why *why);

/* marathon_sick.c */
void sick_turn(struct marathon *m);
/* An event says that a check of this app failed. -ENOMEM. */
int sick_want(struct marathon *m, const char *id);
/* What its read gave, as of the stamp asked. app is borrowed. -ENOMEM. */
int sick_add(struct marathon *m, const char *id, struct app *app,
	uint64_t asked);
void sick_done_all(struct marathon *m);

/* marathon_apps.c */
void apps_turn(struct marathon *m);
int64_t apps_deadline(const struct marathon *m);
void apps_done_all(struct marathon *m);

/* marathon_stream.c */
void stream_turn(struct marathon *m);
int64_t stream_deadline(const struct marathon *m);
/* Opens it anew, at the replica that is asked now. */
void stream_move(struct marathon *m);
/* Where there was none there may be one now. */
void stream_probe(struct marathon *m);
void stream_done_all(struct marathon *m);

/* marathon_callback.c */
int callback_init(struct marathon *m, const struct source_context *context,
	struct why *why);
void callback_turn(struct marathon *m);
int64_t callback_deadline(const struct marathon *m);
/* Marathon may have lost the URL: look at the next turn. */
void callback_doubt(struct marathon *m);
/* Who answers may call. */
void callback_meet(struct marathon *m, const struct http_head *head);
/* Asks Marathon to forget the URL, and waits for that, not long. */
void callback_done_all(struct marathon *m);

/*
 * marathon_events.c: one event, length bytes with a NUL behind. -EBADMSG with
 * words for what is none; the list is read then.
 */
int event_take(struct marathon *m, const char *type, const char *data,
	size_t length, struct why *why);
/* As sse_event. */
int events_take(
	void *context, const char *type, const char *data, size_t length);

#endif
