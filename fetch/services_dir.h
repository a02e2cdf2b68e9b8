/* SPDX-License-Identifier: MIT */
#ifndef FETCH_SERVICES_DIR_H
#define FETCH_SERVICES_DIR_H

/*
 * --services-dir: services in JSON files of a directory, as proxym has them
 * (service_json.h), followed with inotify. One file changed is one file read.
 *
 * Who writes a file means it: what it says counts at once, and a file that was
 * removed takes its services with it after REMOVE_MS, in which who replaces it
 * in two steps may finish. Everything else that is missing (the directory is
 * another one, or empty all at once) passes the shrink guard. A file that is
 * bad keeps its last good version, a directory that cannot be read all of it.
 * Of two files with the same id that with the smaller name has it.
 */

#include "fetch/source.h"

extern const struct source_kind services_dir_source;

#endif
