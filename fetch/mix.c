/* SPDX-License-Identifier: MIT */
#include "fetch/mix.h"

#include <endian.h>
#include <string.h>

#define MIX_A UINT64_C(0xa0761d6478bd642f)
#define MIX_B MIX_BEGIN
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

uint64_t mix_bytes(uint64_t hash, const char *bytes, size_t length)
{
	/* Not made of hash, which it would cancel where there are few bytes. */
	uint64_t other = MIX_C;
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
