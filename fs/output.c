/* SPDX-License-Identifier: MIT */
#include "fs/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fs/log.h"

/* In one go, so that one who prints without end does not hold up others. */
enum { READ_SIZE = 4096, READS_MAX = 16 };

int output_init(struct output *output, const char *name)
{
	int ends[2];

	*output =
		(struct output){.name = name, .read_end = -1, .write_end = -1};
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	output->read_end = ends[0];
	output->write_end = ends[1];
	/* Ours alone: the other end must block as programs expect. */
	return fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

void output_done(struct output *output)
{
	if (output->read_end >= 0)
		close(output->read_end);
	if (output->write_end >= 0)
		close(output->write_end);
	output->read_end = output->write_end = -1;
}

void output_begin(struct output *output)
{
	output_end(output);
	output->lines = 0;
	output->last[0] = '\0';
}

static void end_line(struct output *output)
{
	output->line[output->length] = '\0';
	if (output->length > 0) {
		snprintf(output->last, sizeof(output->last), "%.*s",
			(int)sizeof(output->last) - 1, output->line);
		output->lines++;
		if (output->lines <= OUTPUT_LINES_MAX)
			log_info("%s: %s", output->name, output->line);
		if (output->lines == OUTPUT_LINES_MAX)
			log_info("%s: what it prints more is not shown",
				output->name);
	}
	output->length = 0;
}

static void take(struct output *output, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\n')
			end_line(output);
		else if (output->length < sizeof(output->line) - 1)
			output->line[output->length++] =
				bytes[i] ? bytes[i] : '?';
	}
}

void output_read(struct output *output)
{
	char bytes[READ_SIZE];

	for (int i = 0; i < READS_MAX; i++) {
		ssize_t count = read(output->read_end, bytes, sizeof(bytes));

		if (count <= 0)
			return;
		take(output, bytes, (size_t)count);
	}
}

void output_end(struct output *output)
{
	output_read(output);
	end_line(output);
}
