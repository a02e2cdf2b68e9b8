/* SPDX-License-Identifier: MIT */
#include "tests/marathon/text.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

void text_done(struct text *text)
{
	free(text->data);
	*text = (struct text){0};
}

void text_clear(struct text *text)
{
	text->len = 0;
	text->failed = false;
}

char *text_room(struct text *text, size_t more)
{
	size_t size = text->size ? text->size : 256;
	char *data;

	if (text->len + more < text->size)
		return text->data + text->len;
	while (size <= text->len + more)
		size *= 2;
	data = realloc(text->data, size);
	if (!data) {
		text->failed = true;
		return NULL;
	}
	text->data = data;
	text->size = size;
	return data + text->len;
}

void text_add(struct text *text, const void *data, size_t len)
{
	char *room = text_room(text, len);

	if (!room)
		return;
	memcpy(room, data, len);
	room[len] = '\0';
	text->len += len;
}

void text_put(struct text *text, const char *s)
{
	text_add(text, s, strlen(s));
}

void text_print(struct text *text, const char *format, ...)
{
	va_list args;
	char *room;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	room = len < 0 ? NULL : text_room(text, (size_t)len);
	if (!room) {
		text->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(room, (size_t)len + 1, format, args);
	va_end(args);
	text->len += (size_t)len;
}

static void quote_char(struct text *text, char c)
{
	switch (c) {
	case '"':
		text_put(text, "\\\"");
		break;
	case '\\':
		text_put(text, "\\\\");
		break;
	case '\n':
		text_put(text, "\\n");
		break;
	default:
		text_print(text, "\\u%04x", (unsigned char)c);
	}
}

void text_quote(struct text *text, const char *s)
{
	size_t plain;

	if (!s) {
		text_put(text, "null");
		return;
	}
	text_put(text, "\"");
	while (*s) {
		plain = 0;
		while ((unsigned char)s[plain] >= ' ' && s[plain] != '"' &&
			s[plain] != '\\')
			plain++;
		text_add(text, s, plain);
		s += plain;
		if (*s)
			quote_char(text, *s++);
	}
	text_put(text, "\"");
}

static void digits(char *end, int64_t value, int count)
{
	while (count--) {
		*--end = (char)('0' + value % 10);
		value /= 10;
	}
}

void iso_write(char ret[ISO_SIZE], int64_t unix_ms)
{
	time_t seconds = unix_ms / 1000;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	memcpy(ret, "0000-00-00T00:00:00.000Z", ISO_SIZE);
	digits(ret + 4, tm.tm_year + 1900, 4);
	digits(ret + 7, tm.tm_mon + 1, 2);
	digits(ret + 10, tm.tm_mday, 2);
	digits(ret + 13, tm.tm_hour, 2);
	digits(ret + 16, tm.tm_min, 2);
	digits(ret + 19, tm.tm_sec, 2);
	digits(ret + 23, unix_ms % 1000, 3);
}

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t now_unique_ms(void)
{
	static _Atomic int64_t last;
	int64_t before = atomic_load(&last);
	int64_t ms;

	do {
		ms = now_ms();
		if (ms <= before)
			ms = before + 1;
	} while (!atomic_compare_exchange_weak(&last, &before, ms));
	return ms;
}

int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static _Atomic uint64_t random_state;

void random_seed(uint64_t seed)
{
	atomic_store(&random_state, seed);
}

/* splitmix64 */
uint64_t random_next(void)
{
	const uint64_t step = 0x9e3779b97f4a7c15U;
	uint64_t z = atomic_fetch_add(&random_state, step) + step;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

void uuid_write(char ret[37])
{
	uint64_t a = random_next();
	uint64_t b = random_next();

	snprintf(ret, 37, "%08x-%04x-11e9-%04x-%012llx", (unsigned)(a >> 32),
		(unsigned)(a & 0xffff), (unsigned)(0x8000 | (b >> 50)),
		(unsigned long long)(b & 0xffffffffffff));
}
