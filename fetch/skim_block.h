/* SPDX-License-Identifier: MIT */
#ifndef FETCH_SKIM_BLOCK_H
#define FETCH_SKIM_BLOCK_H

/*
 * 64 bytes as bit masks of where a character is, by vector instructions where
 * there are some: bit i is byte i. Inline, for skim.c alone, which does little
 * else. SKIM_PORTABLE: as on machines without SSE2.
 */

#include <endian.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && !defined(SKIM_PORTABLE)
#include <emmintrin.h>
#endif

enum { BLOCK = 64 };

#if defined(__SSE2__) && !defined(SKIM_PORTABLE)

enum { PARTS = 4 };
typedef __m128i part;

static inline part part_load(const char *bytes)
{
	return _mm_loadu_si128((const void *)bytes);
}

/* In the result a byte that is c is not zero. */
static inline part part_is(part p, char c)
{
	return _mm_cmpeq_epi8(p, _mm_set1_epi8(c));
}

static inline part part_or(part a, part b)
{
	return _mm_or_si128(a, b);
}

static inline part part_each(char c)
{
	return _mm_set1_epi8(c);
}

/* One bit for each byte. */
static inline uint64_t part_bits(part p)
{
	return (uint32_t)_mm_movemask_epi8(p);
}

#else

enum { PARTS = 8 };
typedef uint64_t part;

static inline part part_load(const char *bytes)
{
	part p;

	memcpy(&p, bytes, sizeof(p));
	return le64toh(p);
}

static inline part part_each(char c)
{
	return UINT64_C(0x0101010101010101) * (unsigned char)c;
}

static inline part part_is(part p, char c)
{
	part low = part_each(0x7f);

	p ^= part_each(c);
	return ~(((p & low) + low) | p | low);
}

static inline part part_or(part a, part b)
{
	return a | b;
}

static inline uint64_t part_bits(part p)
{
	return (p >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

#endif

struct block {
	part parts[PARTS];
};

static inline struct block block_load(const char *bytes)
{
	struct block block;

	for (int i = 0; i < PARTS; i++)
		block.parts[i] = part_load(bytes + i * (BLOCK / PARTS));
	return block;
}

/* Bit i of the result: byte i of the block is c. */
static inline uint64_t block_is(const struct block *block, char c)
{
	uint64_t bits = 0;

	for (int i = 0; i < PARTS; i++)
		bits |= part_bits(part_is(block->parts[i], c))
			<< i * (BLOCK / PARTS);
	return bits;
}

/* Brackets of both kinds, and colons. */
static inline uint64_t block_structure(const struct block *block)
{
	uint64_t bits = 0;

	for (int i = 0; i < PARTS; i++) {
		part p = block->parts[i];
		/* '[' and ']' differ from '{' and '}' in this bit alone */
		part braces = part_or(p, part_each(0x20));

		bits |= part_bits(part_or(part_is(p, ':'),
				part_or(part_is(braces, '{'),
					part_is(braces, '}'))))
			<< i * (BLOCK / PARTS);
	}
	return bits;
}

#endif
