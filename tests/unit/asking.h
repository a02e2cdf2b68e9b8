/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ASKING_H
#define TESTS_ASKING_H

/* Requests of a test, and what became of them. */

#include "fetch/http.h"

struct asking {
	struct http_call call; /* callbacks that are NULL are filled in */
	struct http_request *request; /* NULL: it has ended */
	char url[256];
	char *body;
	size_t length;
	unsigned heads, pieces;
	bool ended;
	int error;
	long status; /* 0: there was no answer */
	char leader[64], type[64], place[256];
	struct why why;
};

struct http *http_plain(void);

/* "http://127.0.0.1:port" and path, unless the format says all. */
__attribute__((format(printf, 4, 5))) void ask(struct http *http,
	struct asking *asking, uint16_t port, const char *format, ...);

/* Turns until it has ended; the error. */
int ask_wait(struct http *http, struct asking *asking);
void asking_done(struct asking *asking);

/* The callbacks, for those that add to them. */
int asking_body(void *context, const char *bytes, size_t length,
	struct why *why);

/*
 * Names that end in ".test" are ours: 127.0.0.1, and "slow.test" is not found
 * before names_let_go(). false, with words, where libcurl asks nobody.
 */
bool names_are_ours(void);
void names_hold(void);
void names_let_go(void);
/* Until that many lookups of slow.test hang. */
void names_wait(unsigned count);

#endif
