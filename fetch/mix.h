/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MIX_H
#define FETCH_MIX_H

/*
 * A fast hash of many bytes: multiply and fold, 16 bytes at a time, the mixing
 * of wyhash. Not made to withstand somebody who chooses the bytes; he could
 * only hide a change of his own app.
 */

#include <stddef.h>
#include <stdint.h>

#define MIX_BEGIN UINT64_C(0xe7037ed1a0b428db)

/* To begin with: MIX_BEGIN. Two texts are not the same as one of both. */
uint64_t mix_bytes(uint64_t hash, const char *bytes, size_t length);

#endif
