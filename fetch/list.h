/* SPDX-License-Identifier: MIT */
#ifndef FETCH_LIST_H
#define FETCH_LIST_H

/*
 * A reply of /v2/apps?embed=apps.tasks, read as it arrives: a string-aware
 * scanner finds where each element of "apps" begins and ends, json-c parses
 * that one element, and an element whose bytes hash as last time (leaving out
 * what moves with every health check) is not parsed at all. Nothing of it
 * counts before the document has ended well (DESIGN 3.10). Pure but for malloc.
 *
 * Only the top-level key "apps" counts. An app that is not JSON, or comes
 * without tasks, spoils the answer: no server writes that. An app that is JSON
 * but cannot be understood is one bad app. Of two apps with one id the newer
 * version counts and the other is bad.
 */

#include "fetch/app_json.h"

enum {
	LIST_ELEMENT_MAX = 64 << 20, /* bytes of one app */
	LIST_DEPTH_MAX = 64,         /* of JSON */
};

struct list;

/*
 * What one list leaves for the next beside the catalog: which apps --groups
 * left out, so that they are not parsed again each time. It belongs to one
 * source, whose reader names it; only a list that ended well changes it.
 */
struct list_memory;

int list_memory_new(struct list_memory **ret);
void list_memory_free(struct list_memory *memory);
CLEANUP_DEFINE(struct list_memory *, list_memory_free)

/*
 * before is what was known (borrowed: valid while the list lives; NULL:
 * nothing); reader likewise.
 */
int list_new(const struct app_reader *reader, const struct catalog *before,
	struct list **ret);
void list_free(struct list *list);
CLEANUP_DEFINE(struct list *, list_free)

/*
 * Takes in bytes as they arrive. The cost of one call is bounded by what it is
 * given: feed small pieces to stay responsive. -EBADMSG with words when it is
 * no such document, -ENODATA when apps come without tasks, -E2BIG, -ENOMEM.
 */
int list_feed(
	struct list *list, const char *bytes, size_t length, struct why *why);

/*
 * The reply ended; the list is to be freed then. *ret is what it says (a new
 * reference), sharing every unchanged app with before; apps of other sources
 * that before holds are kept.
 * An app that was bad stays as it was before, or is absent if it is new;
 * *ret_bad counts them and first_bad says why of the first. When one has not
 * even an id, it may be any: no app that is missing is taken to be gone. A
 * document that is not complete, or has anything but white space behind it, is
 * -EBADMSG.
 */
int list_end(struct list *list, struct catalog **ret, size_t *ret_bad,
	struct why *first_bad, struct why *why);

#endif
