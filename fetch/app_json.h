/* SPDX-License-Identifier: MIT */
#ifndef FETCH_APP_JSON_H
#define FETCH_APP_JSON_H

/*
 * One app object as Marathon 0.8 to 1.11 write it, with its embedded tasks,
 * becomes a struct app (marathon-api.md 3 and 4; endpoints by 3.6). Missing,
 * null and empty mean the same; unknown fields are ignored; a field of the
 * wrong type makes the app bad, with words, and never the whole answer.
 */

#include "fetch/catalog.h"
#include "fetch/groups.h"
#include "fetch/health.h"

struct list_memory;

struct app_reader {
	const char *source; /* name of the source, kept by the caller */
	uint8_t rank;       /* of its apps */
	struct health_policy health;
	const struct groups *groups; /* NULL: all apps */
	bool first; /* nothing was known of this source before */
	struct list_memory *memory; /* list.h; NULL: none */
};

/*
 * The app as it was before (borrowed for the parse), for the memory of health;
 * NULL: it is new. Its id is only known inside: it is asked once, as soon as
 * the id is read, also for an app that turns out to be bad.
 */
typedef const struct app *app_known(void *context, const char *id);

/* Reads one app after the other and keeps its memory between them. */
struct app_parser;

/* reader is borrowed: it outlives the parser. -ENOMEM. */
int app_parser_new(const struct app_reader *reader, struct app_parser **ret);
void app_parser_free(struct app_parser *parser);
CLEANUP_DEFINE(struct app_parser *, app_parser_free)

/* One complete JSON object. */
struct app_text {
	const char *bytes;
	size_t length;
	uint64_t fingerprint; /* stored in the app; 0: it is to be re-read */
};

/*
 * *ret is a new reference, or NULL when --groups leaves the app out. -EBADMSG
 * with words for a bad app; -EPROTO when the text is no JSON object at all,
 * and -ENODATA when it has no "tasks" key (embed was not honoured): the whole
 * answer is unusable; -ENOMEM.
 */
int app_parse(struct app_parser *parser, const struct app_text *text,
	app_known *known, void *context, struct app **ret, struct why *why);

/* The same with a parser of its own, for one app. */
int app_from_json(const struct app_reader *reader, const char *text,
	size_t length, uint64_t fingerprint, app_known *known, void *context,
	struct app **ret, struct why *why);

/*
 * The same for the reply of /v2/apps/<id>: {"app":{...}}. The fingerprint is
 * 0: this reply has fields that the list has not.
 */
int app_reply_from_json(const struct app_reader *reader, const char *text,
	size_t length, app_known *known, void *context, struct app **ret,
	struct why *why);

#endif
