/* SPDX-License-Identifier: MIT */
#include "fetch/skim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/mix.h"
#include "fetch/skim_block.h"

/* Each bit becomes the parity of itself and all below: inside a string. */
static inline uint64_t prefix_xor(uint64_t bits)
{
	bits ^= bits << 1;
	bits ^= bits << 2;
	bits ^= bits << 4;
	bits ^= bits << 8;
	bits ^= bits << 16;
	bits ^= bits << 32;
	return bits;
}

/*
 * Bytes behind a backslash that is not itself behind one. There is seldom any,
 * and seldom more than a few: each is looked at singly.
 */
static uint64_t escaped_of(struct skim *skim, uint64_t backslash, size_t length)
{
	uint64_t escaped = skim->escaped;

	skim->escaped = 0;
	for (; backslash; backslash &= backslash - 1) {
		unsigned i = (unsigned)__builtin_ctzll(backslash);

		if (escaped >> i & 1)
			continue;
		if (i + 1 < length)
			escaped |= UINT64_C(2) << i;
		else
			skim->escaped = 1;
	}
	return escaped;
}

/* What of a block is outside of strings, and what of that is structure. */
struct marks {
	uint64_t outside, structure;
};

static inline struct marks mark_block(
	struct skim *skim, const char *bytes, size_t length)
{
	const struct block block = block_load(bytes);
	uint64_t quote = block_is(&block, '"');
	uint64_t backslash = block_is(&block, '\\');
	struct marks marks;

	if (backslash | skim->escaped)
		quote &= ~escaped_of(skim, backslash, length);
	marks.outside = ~(prefix_xor(quote) ^ skim->in_string);
	skim->in_string = (uint64_t)((int64_t)~marks.outside >> 63);
	marks.structure = block_structure(&block) & marks.outside;
	return marks;
}

/* A block that is not full is filled with blanks. */
static const char *fill_block(const char *bytes, size_t length, char *full)
{
	memset(full, ' ', BLOCK);
	memcpy(full, bytes, length);
	return full;
}

static uint64_t mark_commas(const char *bytes, const struct marks *marks)
{
	const struct block block = block_load(bytes);

	return block_is(&block, ',') & marks->outside;
}

void skim_start(struct skim *skim)
{
	struct skim_cut *cuts = skim->cuts;
	size_t space = skim->cut_space;

	*skim = (struct skim){.cuts = cuts, .cut_space = space};
}

void skim_done(struct skim *skim)
{
	free(skim->cuts);
	*skim = (struct skim){.cuts = NULL};
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* The key before a colon: from its first byte to behind its last. */
struct key {
	const char *text;
	size_t length;
};

/*
 * A key with an escape in it comes out as if it were empty: it is none of
 * those that are looked for, and none that may be left out.
 */
static struct key key_before(const char *object, size_t colon)
{
	const char *end = object + colon, *text;

	while (end > object && is_space(end[-1]))
		end--;
	if (end - object < 2 || end[-1] != '"')
		return (struct key){"", 0};
	end--;
	text = end;
	while (text > object && text[-1] != '"') {
		text--;
		if (*text == '\\')
			return (struct key){"", 0};
	}
	if (text - object >= 2 && text[-2] == '\\')
		return (struct key){"", 0};
	return (struct key){text, (size_t)(end - text)};
}

struct word {
	const char *text;
	size_t length;
};

#define WORD(literal) {literal, sizeof(literal) - 1}

/* words end with an empty one. */
static inline bool key_in(struct key key, const struct word *words)
{
	for (; words->length; words++)
		if (key.length == words->length
			&& memcmp(key.text, words->text, key.length) == 0)
			return true;
	return false;
}

/*
 * Whether the key that ends before the colon is this one. No blank is allowed
 * between: no server writes one, and a key that is not found is only one that
 * is not left out. The byte before its quote is no backslash, else the quote
 * would be part of a longer key.
 */
static inline bool ends_key(const char *object, size_t colon,
	const char *quoted, size_t length)
{
	const char *at = object + colon - length;

	return colon > length && memcmp(at, quoted, length) == 0
		&& at[-1] != '\\';
}

#define ENDS_KEY(object, colon, name)                                          \
	ends_key(object, colon, "\"" name "\"", sizeof(name) + 1)

/* The last two letters of a key sort out nearly all others. */
static inline unsigned last_two(const char *object, size_t colon)
{
	return colon < 4 ? 0
			 : (unsigned)(unsigned char)object[colon - 3] << 8
			| (unsigned char)object[colon - 2];
}

#define TWO(a, b) ((unsigned)(a) << 8 | (unsigned)(b))

static bool is_count(const char *object, size_t colon)
{
	switch (last_two(object, colon)) {
	case TWO('e', 'd'):
		return ENDS_KEY(object, colon, "tasksStaged");
	case TWO('n', 'g'):
		return ENDS_KEY(object, colon, "tasksRunning");
	case TWO('h', 'y'):
		return ENDS_KEY(object, colon, "tasksHealthy")
			|| ENDS_KEY(object, colon, "tasksUnhealthy");
	}
	return false;
}

static bool is_time(const char *object, size_t colon)
{
	switch (last_two(object, colon)) {
	case TWO('s', 's'):
		return ENDS_KEY(object, colon, "lastSuccess")
			|| ENDS_KEY(object, colon, "firstSuccess");
	case TWO('r', 'e'):
		return ENDS_KEY(object, colon, "lastFailure");
	case TWO('e', 's'):
		return ENDS_KEY(object, colon, "consecutiveFailures");
	case TWO('s', 'e'):
		return ENDS_KEY(object, colon, "lastFailureCause");
	}
	return false;
}

/* Depths: 1 the app, 3 a task, 5 a result of a health check. */
static inline void see_colon(struct skim *skim, const char *object, size_t at)
{
	if (skim->depth == 1) {
		skim->tasks = ENDS_KEY(object, at, "tasks");
		skim->pending = is_count(object, at);
	} else if (skim->depth == 3 && skim->tasks) {
		skim->results = ENDS_KEY(object, at, "healthCheckResults");
	} else if (skim->depth == 5 && skim->tasks && skim->results) {
		skim->pending = is_time(object, at);
	}
	skim->colon = at;
}

/* The value that began behind the colon ends before to. */
static int see_value_end(struct skim *skim, const char *object, size_t to)
{
	size_t from = skim->colon + 1;
	struct skim_cut *larger;

	skim->pending = false;
	while (from < to && is_space(object[from]))
		from++;
	if (from == to || object[from] == 'n' || object[from] == '0')
		return 0;
	if (skim->cut_count == skim->cut_space) {
		size_t space = skim->cut_space ? skim->cut_space * 2 : 64;

		larger = realloc(skim->cuts, space * sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		skim->cuts = larger;
		skim->cut_space = space;
	}
	skim->cuts[skim->cut_count++] =
		(struct skim_cut){(uint32_t)from, (uint32_t)to};
	return 0;
}

/* block is at the offset at of the object. */
static int see_block(struct skim *skim, const char *object, size_t at,
	const char *block, const struct marks *marks, uint32_t depth_max)
{
	uint64_t look = marks->structure;
	int r;

	/* A comma only counts as the end of a value that is to be cut. */
	if (skim->pending)
		look |= mark_commas(block, marks);
	for (; look; look &= look - 1) {
		size_t here = at + (unsigned)__builtin_ctzll(look);
		char c = object[here];

		if (skim->pending) {
			r = see_value_end(skim, object, here);
			if (r < 0)
				return r;
		}
		if (c == ':') {
			see_colon(skim, object, here);
			if (skim->pending)
				look |= mark_commas(block, marks)
					& ~(look ^ (look - 1));
		} else if (c == '{' || c == '[') {
			if (skim->depth++ == depth_max)
				return -E2BIG;
		} else if (c != ',' && --skim->depth == 0) {
			skim->end = here + 1;
			return 1;
		}
	}
	return 0;
}

int skim_feed(struct skim *skim, const char *object, size_t from, size_t to,
	uint32_t depth_max)
{
	char full[BLOCK];
	int r;

	for (; from < to; from += BLOCK) {
		size_t length = to - from < BLOCK ? to - from : BLOCK;
		const char *block = length == BLOCK
			? object + from
			: fill_block(object + from, length, full);
		struct marks marks = mark_block(skim, block, length);

		r = see_block(skim, object, from, block, &marks, depth_max);
		if (r != 0)
			return r;
	}
	return 0;
}

uint64_t skim_fingerprint(const struct skim *skim, const char *object)
{
	uint64_t hash = MIX_BEGIN;
	size_t from = 0;

	for (size_t i = 0; i < skim->cut_count; i++) {
		hash = mix_bytes(
			hash, object + from, skim->cuts[i].from - from);
		from = skim->cuts[i].to;
	}
	hash = mix_bytes(hash, object + from, skim->end - from);
	return hash ? hash : 1;
}

/*
 * Trimming. What app_json.c and tasks_json.c read, by depth; a member with
 * another key is not copied. Most of the time of a first read is json-c's, and
 * most of the bytes are such members.
 */
static const struct word app_words[] = {WORD("id"), WORD("version"),
	WORD("labels"), WORD("env"), WORD("instances"), WORD("networks"),
	WORD("ipAddress"), WORD("container"), WORD("portDefinitions"),
	WORD("ports"), WORD("healthChecks"), WORD("tasks"),
	WORD("tasksRunning"), WORD("versionInfo"), {"", 0}};

static const struct word task_words[] = {WORD("id"), WORD("host"),
	WORD("ports"), WORD("ipAddresses"), WORD("startedAt"), WORD("version"),
	WORD("state"), WORD("healthCheckResults"), {"", 0}};

static const struct word result_words[] = {WORD("alive"),
	WORD("consecutiveFailures"), WORD("lastFailure"), WORD("lastSuccess"),
	{"", 0}};

struct trimmer {
	struct skim skim; /* where we are; it makes no cuts */
	const char *object;
	size_t from;        /* what is not copied yet begins here */
	uint32_t drop;      /* at this depth a member is dropped; 0: none */
	char *to;
	size_t length;      /* of what is written */
};

static void trim_copy(struct trimmer *t, size_t end)
{
	memcpy(t->to + t->length, t->object + t->from, end - t->from);
	t->length += end - t->from;
}

/* A comma before a member that was the last and is not there any more. */
static void trim_comma(struct trimmer *t)
{
	size_t length = t->length;

	while (length > 0 && is_space(t->to[length - 1]))
		length--;
	if (length > 0 && t->to[length - 1] == ',')
		t->length = length - 1;
}

static void trim_colon(struct trimmer *t, size_t at)
{
	struct skim *skim = &t->skim;
	const struct word *words;
	struct key key;

	if (skim->depth == 1)
		words = app_words;
	else if (skim->depth == 3 && skim->tasks)
		words = task_words;
	else if (skim->depth == 5 && skim->tasks && skim->results)
		words = result_words;
	else
		return;
	see_colon(skim, t->object, at);
	skim->pending = false;
	key = key_before(t->object, at);
	if (key.length == 0 || key_in(key, words)
		|| key.text <= t->object + t->from)
		return;
	t->drop = skim->depth;
	trim_copy(t, (size_t)(key.text - t->object) - 1);
}

/* One byte of structure; true when it was the object's last. */
static bool trim_at(struct trimmer *t, size_t at)
{
	uint32_t *depth = &t->skim.depth;

	switch (t->object[at]) {
	case '{':
	case '[':
		++*depth;
		return false;
	case '}':
	case ']':
		if (t->drop == *depth) {
			t->drop = 0;
			t->from = at;
			trim_comma(t);
		}
		return --*depth == 0;
	case ',':
		if (t->drop == *depth) {
			t->drop = 0;
			t->from = at + 1;
		}
		return false;
	default:
		if (!t->drop)
			trim_colon(t, at);
		return false;
	}
}

size_t skim_trim(const char *object, size_t length, char *to)
{
	struct trimmer t = {.object = object, .to = to};
	char full[BLOCK];
	bool done = false;

	for (size_t at = 0; at < length && !done; at += BLOCK) {
		size_t size = length - at < BLOCK ? length - at : BLOCK;
		const char *block = size == BLOCK
			? object + at
			: fill_block(object + at, size, full);
		struct marks marks = mark_block(&t.skim, block, size);
		uint64_t look = marks.structure | mark_commas(block, &marks);

		for (; look && !done; look &= look - 1)
			done = trim_at(
				&t, at + (unsigned)__builtin_ctzll(look));
	}
	trim_copy(&t, length);
	return t.length;
}
