/* SPDX-License-Identifier: MIT */
#ifndef FS_CONVERT_H
#define FS_CONVERT_H

/*
 * From what the user asked for to what each part wants to know. Texts are
 * borrowed: valid while the options live.
 */

#include "fetch/fetch.h"
#include "fs/checker.h"
#include "fs/options.h"
#include "fs/services.h"
#include "fs/view_files.h"
#include "render/haproxy.h"

/* What settings points to is beside it: not to be copied or moved. */
struct fetch_plan {
	struct fetch_settings settings;
	struct source_settings sources[SOURCES_MAX];
};

void convert_fetch(const struct options *options, struct fetch_plan *ret);
void convert_services(
	const struct options *options, struct services_settings *ret);
/* All but wake. */
void convert_checker(const struct options *options,
	const struct view_files *files, struct checker_settings *ret);
void convert_haproxy(
	const struct options *options, struct haproxy_settings *ret);

#endif
