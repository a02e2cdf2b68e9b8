/* SPDX-License-Identifier: MIT */
#include "fetch/skim.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__) && !defined(SKIM_PORTABLE)
#include <emmintrin.h>
#endif

enum { BLOCK = 64 };

/* Bit i of each mask is byte i of a block. */
struct marks {
	uint64_t quote, backslash, open, close, colon, comma;
};

#if defined(__SSE2__) && !defined(SKIM_PORTABLE)

static inline uint64_t mask_of(__m128i bytes, char c)
{
	return (uint32_t)_mm_movemask_epi8(
		_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}

static inline void mark_block(const char *bytes, struct marks *m)
{
	*m = (struct marks){0, 0, 0, 0, 0, 0};
	for (int i = 0; i < BLOCK; i += 16) {
		__m128i b = _mm_loadu_si128((const void *)(bytes + i));
		/* '[' and ']' differ from '{' and '}' in this bit alone */
		__m128i braces = _mm_or_si128(b, _mm_set1_epi8(0x20));

		m->quote |= mask_of(b, '"') << i;
		m->backslash |= mask_of(b, '\\') << i;
		m->colon |= mask_of(b, ':') << i;
		m->comma |= mask_of(b, ',') << i;
		m->open |= mask_of(braces, '{') << i;
		m->close |= mask_of(braces, '}') << i;
	}
}

#else

#define EACH(byte) (UINT64_C(0x0101010101010101) * (unsigned char)(byte))

/* Eight bits: which of the eight bytes of word are c. */
static inline uint64_t mask_of(uint64_t word, char c)
{
	uint64_t low = word ^ EACH(c);

	low = ~(((low & EACH(0x7f)) + EACH(0x7f)) | low | EACH(0x7f));
	return (low >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

static inline void mark_block(const char *bytes, struct marks *m)
{
	*m = (struct marks){0, 0, 0, 0, 0, 0};
	for (int i = 0; i < BLOCK; i += 8) {
		uint64_t word, braces;

		memcpy(&word, bytes + i, sizeof(word));
		word = le64toh(word);
		braces = word | EACH(0x20);
		m->quote |= mask_of(word, '"') << i;
		m->backslash |= mask_of(word, '\\') << i;
		m->colon |= mask_of(word, ':') << i;
		m->comma |= mask_of(word, ',') << i;
		m->open |= mask_of(braces, '{') << i;
		m->close |= mask_of(braces, '}') << i;
	}
}

#endif

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

/* Bytes behind a backslash that is not itself behind one; seldom any. */
static uint64_t escaped_of(struct skim *skim, uint64_t backslash, size_t length)
{
	uint64_t escaped = skim->escaped;

	if (!backslash) {
		skim->escaped = 0;
		return escaped;
	}
	for (size_t i = 0; i + 1 < length; i++)
		escaped |= (backslash & ~escaped & (UINT64_C(1) << i)) << 1;
	skim->escaped = (backslash & ~escaped) >> (length - 1) & 1;
	return escaped;
}

/* What of a block (length bytes of it) is structure, outside of strings. */
static inline void mark_structure(
	struct skim *skim, const char *bytes, size_t length, struct marks *m)
{
	uint64_t outside, quote;
	char padded[BLOCK];

	if (length < BLOCK) {
		memset(padded, ' ', BLOCK);
		memcpy(padded, bytes, length);
		bytes = padded;
	}
	mark_block(bytes, m);
	quote = m->quote;
	if (m->backslash | skim->escaped)
		quote &= ~escaped_of(skim, m->backslash, length);
	outside = ~(prefix_xor(quote) ^ skim->in_string);
	skim->in_string = (uint64_t)((int64_t)~outside >> 63);
	m->open &= outside;
	m->close &= outside;
	m->colon &= outside;
	m->comma &= outside;
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

static const struct word tasks_word[] = {WORD("tasks"), {"", 0}};
static const struct word results_word[] = {
	WORD("healthCheckResults"), {"", 0}};

static const struct word counts[] = {WORD("tasksStaged"), WORD("tasksRunning"),
	WORD("tasksHealthy"), WORD("tasksUnhealthy"), {"", 0}};

static const struct word times[] = {WORD("lastSuccess"), WORD("lastFailure"),
	WORD("firstSuccess"), WORD("consecutiveFailures"),
	WORD("lastFailureCause"), {"", 0}};

/* Depths: 1 the app, 3 a task, 5 a result of a health check. */
static void see_colon(struct skim *skim, const char *object, size_t at)
{
	if (skim->depth == 1) {
		struct key key = key_before(object, at);

		skim->tasks = key_in(key, tasks_word);
		skim->pending = key_in(key, counts);
	} else if (skim->depth == 3 && skim->tasks) {
		skim->results = key_in(key_before(object, at), results_word);
	} else if (skim->depth == 5 && skim->tasks && skim->results) {
		skim->pending = key_in(key_before(object, at), times);
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

/* Bits above bit i. */
static inline uint64_t above(unsigned i)
{
	return ~UINT64_C(0) << i << 1;
}

/* at is where the block begins in the object. */
static int see_block(struct skim *skim, const char *object, size_t at,
	const struct marks *m, uint32_t depth_max)
{
	uint64_t brackets = m->open | m->close;
	uint64_t rest = ~UINT64_C(0);
	int r;

	for (;;) {
		uint64_t live = brackets;
		unsigned i;

		if (skim->pending)
			live |= m->comma;
		else if (skim->depth & 1)
			live |= m->colon;
		live &= rest;
		if (!live)
			return 0;
		i = (unsigned)__builtin_ctzll(live);
		rest = above(i);
		if (skim->pending) {
			r = see_value_end(skim, object, at + i);
			if (r < 0)
				return r;
		}
		if (m->open >> i & 1) {
			if (++skim->depth > depth_max)
				return -E2BIG;
		} else if (m->close >> i & 1) {
			if (--skim->depth == 0) {
				skim->end = at + i + 1;
				return 1;
			}
		} else if (m->colon >> i & 1) {
			see_colon(skim, object, at + i);
		}
	}
}

int skim_feed(struct skim *skim, const char *object, size_t from, size_t to,
	uint32_t depth_max)
{
	struct marks m;
	int r;

	while (from < to) {
		size_t length = to - from < BLOCK ? to - from : BLOCK;

		mark_structure(skim, object + from, length, &m);
		r = see_block(skim, object, from, &m, depth_max);
		if (r != 0)
			return r;
		from += length;
	}
	return 0;
}

/*
 * Multiply and fold, 16 bytes at a time: the mixing of wyhash. Not made to
 * withstand somebody who chooses the bytes; he could only hide a change of
 * his own app.
 */
#define MIX_A UINT64_C(0xa0761d6478bd642f)
#define MIX_B UINT64_C(0xe7037ed1a0b428db)
#define MIX_C UINT64_C(0x8ebc6af09c88c6e3)

static inline uint64_t mix(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
	uint64_t al = (uint32_t)a, ah = a >> 32;
	uint64_t bl = (uint32_t)b, bh = b >> 32;
	uint64_t low = al * bl, middle = ah * bl + (low >> 32);
	uint64_t other = al * bh + (uint32_t)middle;

	return (other << 32 | (uint32_t)low)
		^ (ah * bh + (middle >> 32) + (other >> 32));
#endif
}

static inline uint64_t word_at(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return le64toh(word);
}

static uint64_t mix_bytes(uint64_t hash, const char *bytes, size_t length)
{
	uint64_t other = hash ^ MIX_C;
	size_t left = length;
	char tail[16] = "";

	for (; left >= 32; left -= 32, bytes += 32) {
		hash = mix(word_at(bytes) ^ MIX_A, word_at(bytes + 8) ^ hash);
		other = mix(word_at(bytes + 16) ^ MIX_B,
			word_at(bytes + 24) ^ other);
	}
	if (left >= 16) {
		hash = mix(word_at(bytes) ^ MIX_A, word_at(bytes + 8) ^ hash);
		left -= 16;
		bytes += 16;
	}
	memcpy(tail, bytes, left);
	hash = mix(word_at(tail) ^ MIX_B, word_at(tail + 8) ^ hash ^ other);
	return mix(hash ^ MIX_C, length ^ MIX_A);
}

uint64_t skim_fingerprint(const struct skim *skim, const char *object)
{
	uint64_t hash = MIX_B;
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
	WORD("tasksRunning"), {"", 0}};

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
static bool trim_at(struct trimmer *t, const struct marks *m, unsigned i,
	size_t at)
{
	uint32_t *depth = &t->skim.depth;

	if (m->open >> i & 1) {
		++*depth;
		return false;
	}
	if (m->close >> i & 1) {
		if (t->drop == *depth) {
			t->drop = 0;
			t->from = at;
			trim_comma(t);
		}
		return --*depth == 0;
	}
	if (m->comma >> i & 1) {
		if (t->drop == *depth) {
			t->drop = 0;
			t->from = at + 1;
		}
		return false;
	}
	if (!t->drop)
		trim_colon(t, at);
	return false;
}

size_t skim_trim(const char *object, size_t length, char *to)
{
	struct trimmer t = {.object = object, .to = to};
	struct marks m;

	for (size_t at = 0; at < length; at += BLOCK) {
		size_t size = length - at < BLOCK ? length - at : BLOCK;
		uint64_t live;

		mark_structure(&t.skim, object + at, size, &m);
		live = m.open | m.close | m.colon | m.comma;
		while (live) {
			unsigned i = (unsigned)__builtin_ctzll(live);

			live &= live - 1;
			if (trim_at(&t, &m, i, at + i))
				break;
		}
	}
	trim_copy(&t, length);
	return t.length;
}
