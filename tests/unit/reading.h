/* SPDX-License-Identifier: MIT */
#ifndef TESTS_READING_H
#define TESTS_READING_H

/* Reads apps from JSON in which ' stands for ", and says what they hold. */

#include "fetch/app_json.h"

/* To be freed. */
char *quoted(const char *text);

/* Must be readable; a new reference. before may be NULL. */
struct app *read_app_as(const struct app_reader *reader,
	const struct app *before, const char *text);
struct app *read_app(const char *text);

/* Must be refused like this, with these words in it. */
void expect_refused(const char *text, int error, const char *words);

/*
 * A line for each port: "10000 tcp http: host:1 host:2", with its service
 * port, protocols, name if it has one, and where each instance is reached
 * ("-": nowhere).
 */
void expect_ports_of(const struct app *app, const char *expected);
void expect_ports(const char *text, const char *expected);

#endif
