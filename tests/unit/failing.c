/* SPDX-License-Identifier: MIT */
#include "tests/unit/failing.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned left;
static bool failed;

void failing_at(unsigned n)
{
	left = n;
	failed = false;
}

bool failing_stop(void)
{
	left = 0;
	return failed;
}

static bool fails(void)
{
	if (left == 0 || --left > 0)
		return false;
	failed = true;
	return true;
}

/* What the linker calls instead of X, and X itself. */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__real_reallocarray(void *block, size_t count, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__real_strndup(const char *text, size_t length);
char *__wrap_strndup(const char *text, size_t length);
__attribute__((format(printf, 2, 3))) int __wrap_asprintf(
	char **ret, const char *format, ...);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
	return fails() ? NULL : __real_realloc(block, size);
}

void *__wrap_reallocarray(void *block, size_t count, size_t size)
{
	return fails() ? NULL : __real_reallocarray(block, count, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t length)
{
	return fails() ? NULL : __real_strndup(text, length);
}

int __wrap_asprintf(char **ret, const char *format, ...)
{
	va_list arguments;
	int length;

	/* What it leaves behind then is not said. */
	*ret = (char *)(uintptr_t)1;
	if (fails())
		return -1;
	va_start(arguments, format);
	length = vasprintf(ret, format, arguments);
	va_end(arguments);
	return length;
}
