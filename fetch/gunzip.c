/* SPDX-License-Identifier: MIT */
#include "fetch/gunzip.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

enum { GZIP_ONLY = 16 }; /* added to the bits of the window */

struct gunzip {
	z_stream stream;
	bool between; /* two members, or before the first one */
	char piece[GUNZIP_PIECE];
};

int gunzip_new(struct gunzip **ret)
{
	struct gunzip *gunzip = calloc(1, sizeof(*gunzip));

	if (!gunzip)
		return -ENOMEM;
	if (inflateInit2(&gunzip->stream, GZIP_ONLY + MAX_WBITS) != Z_OK) {
		free(gunzip);
		return -ENOMEM;
	}
	gunzip->between = true;
	*ret = gunzip;
	return 0;
}

void gunzip_free(struct gunzip *gunzip)
{
	if (!gunzip)
		return;
	inflateEnd(&gunzip->stream);
	free(gunzip);
}

/* 0, also when there was nothing to do. */
static int inflate_some(struct gunzip *gunzip)
{
	z_stream *stream = &gunzip->stream;

	if (gunzip->between && stream->avail_in == 0)
		return 0;
	gunzip->between = false;
	switch (inflate(stream, Z_NO_FLUSH)) {
	case Z_STREAM_END:
		gunzip->between = true;
		return inflateReset(stream) == Z_OK ? 0 : -EPROTO;
	case Z_OK:
	case Z_BUF_ERROR: /* it cannot go on without more */
		return 0;
	case Z_MEM_ERROR:
		return -ENOMEM;
	default:
		return -EPROTO;
	}
}

ssize_t gunzip_next(struct gunzip *gunzip, const char **bytes, size_t *length,
	const char **ret_piece)
{
	z_stream *stream = &gunzip->stream;
	uInt before;
	int r;

	/* zlib only reads it. */
	stream->next_in = (Bytef *)(uintptr_t)*bytes;
	stream->avail_in = (uInt)*length;
	stream->next_out = (Bytef *)gunzip->piece;
	stream->avail_out = GUNZIP_PIECE;
	do {
		before = stream->avail_in;
		r = inflate_some(gunzip);
	} while (r == 0 && stream->avail_out > 0 && stream->avail_in < before);
	*bytes += *length - stream->avail_in;
	*length = stream->avail_in;
	*ret_piece = gunzip->piece;
	return r < 0 ? r : (ssize_t)(GUNZIP_PIECE - stream->avail_out);
}

bool gunzip_is_complete(const struct gunzip *gunzip)
{
	return gunzip->between;
}
