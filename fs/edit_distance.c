/* SPDX-License-Identifier: MIT */
#include "fs/edit_distance.h"

#include <stdint.h>
#include <string.h>

size_t edit_distance(const char *a, size_t length, const char *b)
{
	size_t row[EDIT_LEN_MAX + 1], b_length = strlen(b);

	if (length > EDIT_LEN_MAX || b_length > EDIT_LEN_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 0; i < length; i++) {
		size_t diagonal = row[0]++;

		for (size_t j = 1; j <= b_length; j++) {
			size_t best = diagonal + (a[i] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b_length];
}
