/* SPDX-License-Identifier: MIT */
#ifndef FETCH_WHY_H
#define FETCH_WHY_H

/*
 * The words that go with a negative errno, for a human. Filled only on
 * failure; one line, no full stop: "marathon-2:8080: HTTP 503 after 3 tries".
 */
struct why {
	char text[512];
};

/*
 * Fills why (which may be NULL) and returns error, so that
 * "return why_set(why, -EINVAL, ...)" reads as one thought. Text that does
 * not fit is cut; bytes below space are shown as '?'.
 */
__attribute__((format(printf, 3, 4))) int why_set(
	struct why *why, int error, const char *format, ...);

#endif
