/* SPDX-License-Identifier: MIT */
#include "fetch/walk.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>

enum state {
	DOCUMENT, /* before its '{' */
	KEY,      /* before a key */
	IN_KEY,
	KEY_ESCAPE,
	COLON,
	VALUE, /* before a value */
	IN_VALUE,
	NEXT, /* a comma, or the end of the container */
	END,
};

/* A value that is passed by or taken, from its first byte on. */
struct run {
	bool string, escape, scalar;
	uint32_t depth;
	uint64_t nest; /* bit 0 is the innermost: 1 for an array */
};

struct walk {
	struct walk_reader reader;
	enum state state;
	bool first;  /* nothing is in the container yet */
	bool arrays[WALK_DEPTH_MAX];
	unsigned depth; /* containers we are in */
	char key[WALK_KEY_MAX + 1];
	size_t key_length;
	struct run run;
	bool takes;
	char *carry; /* of what is taken, from earlier pieces */
	size_t carried, space;
};

int walk_new(const struct walk_reader *reader, struct walk **ret)
{
	struct walk *walk = calloc(1, sizeof(*walk));

	if (!walk)
		return -ENOMEM;
	walk->reader = *reader;
	*ret = walk;
	return 0;
}

void walk_free(struct walk *walk)
{
	if (!walk)
		return;
	free(walk->carry);
	free(walk);
}

bool walk_is_complete(const struct walk *walk)
{
	return walk->state == END;
}

static int bad_byte(struct why *why, char c)
{
	return why_set(why, -EBADMSG, "no JSON: '%c' does not belong there", c);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_scalar(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
		|| (c >= 'A' && c <= 'Z') || c == '+' || c == '-' || c == '.';
}

/* How far a string goes on; *ret_end: its quote is among the bytes. */
static size_t run_string(
	struct run *run, const char *bytes, size_t length, bool *ret_end)
{
	size_t i = 0;

	*ret_end = false;
	if (run->escape && length > 0) {
		run->escape = false;
		i = 1;
	}
	for (; i < length; i++) {
		if (bytes[i] == '"') {
			*ret_end = true;
			run->string = false;
			return i + 1;
		}
		if (bytes[i] != '\\')
			continue;
		if (++i == length)
			run->escape = true;
	}
	return length;
}

static int run_open(struct run *run, char c, struct why *why)
{
	if (run->depth == WALK_NEST_MAX)
		return why_set(why, -E2BIG, "nested deeper than %d",
			WALK_NEST_MAX);
	run->depth++;
	run->nest = run->nest << 1 | (c == '[');
	return 0;
}

static int run_close(struct run *run, char c, struct why *why)
{
	if ((run->nest & 1) != (c == ']'))
		return bad_byte(why, c);
	run->nest >>= 1;
	run->depth--;
	return 0;
}

/* Bytes of a container that are not in a string. 1: it has ended. */
static int run_container(struct run *run, const char *bytes, size_t length,
	size_t *used, struct why *why)
{
	for (; *used < length; ++*used) {
		char c = bytes[*used];
		int r = 0;

		if (c == '"') {
			run->string = true;
			++*used;
			return 0;
		}
		if (c == '{' || c == '[')
			r = run_open(run, c, why);
		else if (c == '}' || c == ']')
			r = run_close(run, c, why);
		if (r < 0)
			return r;
		if (run->depth == 0) {
			++*used;
			return 1;
		}
	}
	return 0;
}

/*
 * Goes on through a value; used says how far. 1: it has ended there. What ends
 * a scalar is not part of it.
 */
static int run_on(struct run *run, const char *bytes, size_t length,
	size_t *used, struct why *why)
{
	bool end;
	int r = 0;

	*used = 0;
	while (*used < length && r == 0) {
		if (run->scalar) {
			while (*used < length && is_scalar(bytes[*used]))
				++*used;
			return *used < length;
		}
		if (run->string) {
			*used += run_string(
				run, bytes + *used, length - *used, &end);
			r = end && run->depth == 0;
		} else {
			r = run_container(run, bytes, length, used, why);
		}
	}
	return r;
}

static int carry(struct walk *walk, const char *bytes, size_t length,
	struct why *why)
{
	size_t need = walk->carried + length, space = walk->space;
	char *larger;

	if (need > WALK_TAKE_MAX)
		return why_set(why, -E2BIG, "one item of more than %d MB",
			WALK_TAKE_MAX >> 20);
	while (space < need)
		space = space ? space * 2 : 16 << 10;
	if (space > walk->space) {
		larger = realloc(walk->carry, space);
		if (!larger)
			return -ENOMEM;
		walk->carry = larger;
		walk->space = space;
	}
	memcpy(walk->carry + walk->carried, bytes, length);
	walk->carried = need;
	return 0;
}

/* A value that was taken has ended with these bytes. */
static int hand_over(struct walk *walk, const char *bytes, size_t length,
	struct why *why)
{
	int r = 0;

	if (walk->carried) {
		r = carry(walk, bytes, length, why);
		bytes = walk->carry;
		length = walk->carried;
		walk->carried = 0;
	} else if (length > WALK_TAKE_MAX) {
		r = carry(walk, bytes, length, why);
	}
	return r < 0 ? r
		     : walk->reader.take(walk->reader.context, walk->depth,
			       bytes, length, why);
}

/* Bytes of a value that is not entered; how many, or an error. */
static ssize_t feed_value(struct walk *walk, const char *bytes, size_t length,
	struct why *why)
{
	size_t used;
	int ended = run_on(&walk->run, bytes, length, &used, why), r = 0;

	if (ended < 0)
		return ended;
	if (ended)
		walk->state = NEXT;
	if (walk->takes)
		r = ended ? hand_over(walk, bytes, used, why)
			  : carry(walk, bytes, used, why);
	return r < 0 ? r : (ssize_t)used;
}

static int enter(struct walk *walk, char c, struct why *why)
{
	if (walk->depth == WALK_DEPTH_MAX)
		return why_set(why, -E2BIG, "nested deeper than %d",
			WALK_DEPTH_MAX);
	walk->arrays[walk->depth++] = c == '[';
	walk->first = true;
	walk->state = c == '[' ? VALUE : KEY;
	return 0;
}

static int leave(struct walk *walk, char c, struct why *why)
{
	if (walk->arrays[walk->depth - 1] != (c == ']'))
		return bad_byte(why, c);
	walk->first = false;
	walk->state = --walk->depth == 0 ? END : NEXT;
	return 0;
}

/* The first byte of a value, which is then read again as part of it. */
static ssize_t begin_value(struct walk *walk, char c, struct why *why)
{
	bool in_array = walk->arrays[walk->depth - 1];
	bool container = c == '{' || c == '[';
	enum walk_verdict verdict;

	if (c == ']' && in_array && walk->first)
		return leave(walk, c, why) < 0 ? -EBADMSG : 1;
	if (!container && c != '"' && !is_scalar(c))
		return bad_byte(why, c);
	walk->first = false;
	verdict = walk->reader.value(walk->reader.context, walk->depth,
		in_array ? NULL : walk->key);
	if (container && verdict == WALK_ENTER) {
		int r = enter(walk, c, why);

		return r < 0 ? r : 1;
	}
	walk->state = IN_VALUE;
	walk->takes = verdict == WALK_TAKE;
	walk->run = (struct run){.scalar = !container && c != '"'};
	return 0;
}

static void key_byte(struct walk *walk, char c)
{
	if (walk->state == IN_KEY && c == '"') {
		if (walk->key_length > WALK_KEY_MAX)
			walk->key_length = 0;
		walk->key[walk->key_length] = '\0';
		walk->state = COLON;
		return;
	}
	if (walk->key_length < WALK_KEY_MAX)
		walk->key[walk->key_length] = c;
	if (walk->key_length <= WALK_KEY_MAX)
		walk->key_length++;
	if (walk->state == IN_KEY && c == '\\')
		walk->state = KEY_ESCAPE;
	else
		walk->state = IN_KEY;
}

static int begin_key(struct walk *walk, char c, struct why *why)
{
	if (c == '}' && walk->first)
		return leave(walk, c, why);
	if (c != '"')
		return bad_byte(why, c);
	walk->first = false;
	walk->key_length = 0;
	walk->state = IN_KEY;
	return 0;
}

static int go_next(struct walk *walk, char c, struct why *why)
{
	if (c != ',')
		return c == '}' || c == ']' ? leave(walk, c, why)
					    : bad_byte(why, c);
	walk->state = walk->arrays[walk->depth - 1] ? VALUE : KEY;
	return 0;
}

/* One byte between values; how many were used, or an error. */
static ssize_t step(struct walk *walk, char c, struct why *why)
{
	int r = -EBADMSG;

	if (walk->state == IN_KEY || walk->state == KEY_ESCAPE) {
		key_byte(walk, c);
		return 1;
	}
	if (is_space(c))
		return 1;
	switch (walk->state) {
	case DOCUMENT:
		r = c == '{' ? enter(walk, c, why) : bad_byte(why, c);
		break;
	case KEY:
		r = begin_key(walk, c, why);
		break;
	case COLON:
		r = c == ':' ? 0 : bad_byte(why, c);
		walk->state = VALUE;
		break;
	case VALUE:
		return begin_value(walk, c, why);
	case NEXT:
		r = go_next(walk, c, why);
		break;
	case END:
		return why_set(why, -EBADMSG, "bytes behind the JSON");
	case IN_KEY:
	case KEY_ESCAPE:
	case IN_VALUE:
		break;
	}
	return r < 0 ? r : 1;
}

int walk_feed(
	struct walk *walk, const char *bytes, size_t length, struct why *why)
{
	size_t done = 0;

	while (done < length) {
		ssize_t used = walk->state == IN_VALUE
			? feed_value(walk, bytes + done, length - done, why)
			: step(walk, bytes[done], why);

		if (used < 0)
			return (int)used;
		done += (size_t)used;
	}
	return 0;
}
