/* SPDX-License-Identifier: MIT */
#ifndef RENDER_NAME_TEXT_H
#define RENDER_NAME_TEXT_H

/*
 * How an app id becomes the stem of file names, and a stem a file name
 * (DESIGN 4). Pure text; who gets a name that two want is names.h.
 *
 * Of an id only [a-z0-9.-] is taken as it is, as Marathon allows no more; any
 * other byte of ids of other sources is _ and two hexadecimal digits.
 */

#include <stddef.h>
#include <stdint.h>

#include "fetch/catalog.h"

enum {
	FILE_NAME_MAX = 255,
	FILE_NAME_SIZE = FILE_NAME_MAX + 1,
};

/* Forms of a stem, in the order in which they are tried. */
enum stem_form {
	STEM_DOTS,    /* /a/b.c is a.b.c */
	STEM_SOURCE,  /* west_a.b.c, when an app of another source has a.b.c */
	STEM_BARS,    /* a_b.c, when another app has a.b.c */
	STEM_ESCAPED, /* a_b_2ec: cannot be confused with anything */
	STEM_FORMS,
};

enum names_style {
	NAMES_PLAIN, /* stem, stem_<index>, stem_<port name> */
	NAMES_MMSD,  /* stem, stem-<index>, stem-<index>-<service port> */
};

/*
 * -EINVAL for an id that has no file name: no segment, an empty one, "." or
 * "..". -ENAMETOOLONG when the app's own file name would be over the limit.
 */
int stem_write(const struct app_key *key, enum stem_form form,
	char text[FILE_NAME_SIZE]);

size_t id_segments(const char *id);

/* The name of the app's own file. The stem came from stem_write(). */
void own_file_name(const char *stem, char text[FILE_NAME_SIZE]);

/* A port has up to two files of its own: by index, and by name (or, in the
 * style of mmsd, by index and service port). */
enum port_file { PORT_FILE_INDEX, PORT_FILE_NAME, PORT_FILES };

/* 1 when written, 0 when the port has no such file, -ENAMETOOLONG. */
int port_file_name(enum names_style style, const char *stem,
	const struct app *app, uint32_t port_index, enum port_file which,
	char text[FILE_NAME_SIZE]);

#endif
