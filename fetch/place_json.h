/* SPDX-License-Identifier: MIT */
#ifndef FETCH_PLACE_JSON_H
#define FETCH_PLACE_JSON_H

/*
 * Where in a text of JSON its parts stand, for words to a human: what parses it
 * does not tell. The text has been parsed and is well-formed; one that is not
 * gives some place in it all the same. Pure.
 */

#include <stddef.h>

/* From the first byte of a value on. */
struct json_place {
	const char *at, *end; /* end: of the text */
};

/* The first value of the text. */
struct json_place place_of_text(const char *text, size_t length);

/*
 * The value of the last member that is called so, in any case of letters; the
 * object's own place when there is none, or it is no object.
 */
struct json_place place_of_member(struct json_place object, const char *name);

/* The same for an element of an array. */
struct json_place place_of_element(struct json_place array, size_t index);

/* Lines count from 1. */
size_t place_line(const char *text, const char *at);

#endif
