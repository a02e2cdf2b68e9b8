/* SPDX-License-Identifier: MIT */
#ifndef FETCH_ETCD_IMPL_H
#define FETCH_ETCD_IMPL_H

/*
 * What etcd.c and its parts share; for nobody else. The parts: reading all keys
 * (etcd_read.c), the watch (etcd_watch.c), what a change does (etcd_change.c),
 * logging in to v3 (etcd_login.c), and the two dialects (etcd2.c, etcd3.c).
 */

#include "fetch/buffer.h"
#include "fetch/clock.h"
#include "fetch/elements.h"
#include "fetch/etcd.h"
#include "fetch/etcd_address.h"
#include "fetch/etcd_json.h"
#include "fetch/http_words.h"
#include "fetch/jitter.h"
#include "fetch/registry.h"
#include "fetch/replicas.h"

#define NEVER INT64_MAX

enum {
	READ_TOTAL_MS = 120000,
	READ_SILENCE_MS = 15000, /* etcd itself gives up after 7 s */
	READ_BODY_MAX = 256 << 20,
	READ_RETRY_MS = 200, /* doubled by each round that fails, up to */
	READ_RETRY_MAX_MS = 10000,
	PENDING_MAX = 10000, /* changes that come while all is read */

	WATCH_LINE_MAX = 16 << 20, /* etcd takes 1.5 MB at once */
	WATCH_ATTACH_MS = 1000,    /* it is there when it was not refused */
	WATCH_RETRY_MS = 200,      /* doubled by each failure */
	WATCH_LIVED_MS = 30000,    /* such a watch was a good one */
	WATCH_BEHIND = 100, /* so many answers of v3 without such a pause: */
	WATCH_PAUSE_MS = 200,

	LOGIN_TOTAL_MS = 15000,
	SMALL_BODY_MAX = 64 << 10, /* of refusals and logins */
	URL_SIZE = 2048,
};

struct etcd;

/* Where a full read stands. */
struct etcd_position {
	int64_t index;    /* of v2, or the revision of v3 */
	char cluster[24]; /* "" unknown */
};

/* A question, made by a dialect; json is to be freed. */
struct etcd_question {
	char url[URL_SIZE];
	char *json; /* NULL: a GET */
};

struct etcd_dialect {
	unsigned element_depth; /* of elements.h, of a full read */
	int (*element)(const char *text, size_t length, etcd_each *each,
		void *context, struct why *why);
	int (*ask_all)(struct etcd *e, struct etcd_question *ret);
	/* What is left of the answer; *ret is where it stands. */
	int (*frame)(struct etcd *e, const struct http_head *head,
		struct etcd_position *ret, struct why *why);
	/*
	 * A refusal. 0: it is an answer all the same, with no keys. -EAGAIN: to
	 * be asked at once once more, otherwise. Else error, with its words.
	 */
	int (*refused)(struct etcd *e, int error, const struct http_head *head,
		struct etcd_position *ret, struct why *why);

	int (*ask_watch)(struct etcd *e, struct etcd_question *ret);
	/* Bytes of a good answer. */
	int (*watch_body)(struct etcd *e, const char *bytes, size_t length,
		struct why *why);
	/*
	 * The answer has ended, well or not (error). 0: the next is to be
	 * asked; -ESTALE: changes were lost; else words for the end.
	 */
	int (*watch_end)(struct etcd *e, int error, struct why *why);
};

extern const struct etcd_dialect etcd2_dialect, etcd3_dialect;

/* All keys while they are read. */
struct etcd_read {
	struct http_request *request; /* NULL: nothing is being read */
	struct elements *elements;
	struct registry *registry;
	struct buffer refusal;
	bool refused;
	uint64_t bytes;
	int64_t at;        /* when the next is to begin */
	unsigned failures; /* since the last good one */
	bool again;        /* what it says may be too old for who asked */
};

struct etcd_watch {
	struct http_request *request; /* NULL: none is open */
	struct buffer line;           /* what is not complete yet */
	bool refused;
	int64_t next;      /* the first index that is wanted; 0: not yet */
	int64_t opened;
	int64_t attach_by; /* NEVER: attached, or not open */
	bool attached;
	unsigned failures; /* in a row */
	int64_t told;      /* when v3 answered last */
	unsigned backlog;  /* its answers since there was a pause */
	struct why why;    /* why there is none; "" for nothing wrong */
};

struct etcd_login {
	struct http_request *request; /* NULL: none is under way */
	struct buffer answer;
	bool refused;
	char *token; /* "": nobody asks for one; NULL: none */
	bool proved; /* something was answered to it */
};

/* A change that came while all was read: see etcd_change_replay(). */
struct etcd_pending {
	struct etcd_change change;
	struct etcd_pending *next;
};

struct etcd {
	struct source source; /* its first member */
	struct http *http;
	struct identity *identity;
	struct registry_reader reader;
	int64_t refresh_ms; /* between full reads, with a watch */
	int64_t poll_ms;    /* between full reads, without */
	struct etcd_address address;
	const struct etcd_dialect *dialect;
	struct replicas *replicas;
	struct registry *registry; /* NULL before the first answer */
	struct etcd_position position;
	struct etcd_pending *pending, **pending_end;
	size_t pending_count;
	int64_t now; /* of this turn */

	struct etcd_read read;
	struct etcd_watch watch;
	struct etcd_login login;
	unsigned gateway;       /* of the known paths of v3's */
	unsigned gateways_tried; /* in vain, since the last good answer */
	struct http_request *info; /* the question for the version */
	bool versioned;            /* it was asked, since the last failure */
	bool missing;              /* nothing stands at the path */
	struct why read_why;       /* "" nothing wrong with reading */
	struct why anew_why;       /* the store is not what it was */
};

/* Sets why and since of the report from what is wrong with all parts. */
void etcd_report_why(struct etcd *e);

/* The words of a refusal, where it has any, instead of those of http. */
void etcd_refusal(struct etcd *e, const struct etcd_error *error,
	struct why *why);

/* A question with what all have in common. -ENOMEM, -E2BIG. */
int etcd_ask(struct etcd *e, struct etcd_question *question,
	struct http_call *call, struct http_request **ret, struct why *why);

/* "http://host:port" of who is asked now, and more. -E2BIG. */
__attribute__((format(printf, 3, 4))) int etcd_url(struct etcd *e,
	struct etcd_question *question, const char *format, ...);

/* etcd3.c: the URL of one of the gateway's services. -E2BIG. */
int etcd3_url(
	struct etcd *e, struct etcd_question *question, const char *what);
/* As etcd_error_read(), of what the gateway says. */
int etcd3_refusal_read(const struct buffer *answer, struct etcd_error *ret);
/* There is no such gateway: -EAGAIN while there is another, else error. */
int etcd3_gateway_next(struct etcd *e, int error, struct why *why);

/* etcd_read.c */
void etcd_read_turn(struct etcd *e);
void etcd_read_want(struct etcd *e, int64_t at);
void etcd_read_failed(struct etcd *e, const struct why *why);
void etcd_read_done(struct etcd *e);

/* etcd_watch.c */
void etcd_watch_turn(struct etcd *e);
int64_t etcd_watch_deadline(const struct etcd *e);
/* Begins it anew, behind this index. */
void etcd_watch_from(struct etcd *e, int64_t index);
/* It is there. */
void etcd_watch_attached(struct etcd *e);
void etcd_watch_done(struct etcd *e);
/* An answer of v3's was taken. */
void etcd_watch_told(struct etcd *e);

/* etcd_change.c: as etcd_each, for an event. context is the etcd. */
int etcd_change_take(
	void *context, const struct etcd_change *change, struct why *why);
/* As etcd_each, for a key of a full read. */
int etcd_change_read(
	void *context, const struct etcd_change *change, struct why *why);
/*
 * To what was read, as of index: what came meanwhile and is newer, so that
 * nothing goes back. -ENOMEM, -E2BIG.
 */
int etcd_change_replay(struct etcd *e, int64_t index);
void etcd_change_forget(struct etcd *e);
/* What was read becomes the claim. -ENOMEM, -E2BIG. */
int etcd_change_answer(struct etcd *e);
/* What changed since is put into the claim. */
int etcd_change_edit(struct etcd *e);

/* etcd_login.c */
bool etcd_login_needed(struct etcd *e);
int etcd_login_begin(struct etcd *e, struct why *why);
/* The server refuses the token: true when another may help. */
bool etcd_login_renew(struct etcd *e);
void etcd_login_done(struct etcd *e);

#endif
