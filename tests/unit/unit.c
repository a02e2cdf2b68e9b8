/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static struct unit_test *first, **last = &first;
int unit_argc;
char **unit_argv;

void unit_register(struct unit_test *test)
{
	*last = test;
	last = &test->next;
}

static int open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	if (!directory)
		return 0;
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

int main(int argc, char **argv)
{
	int count = 0;

	unit_argc = argc;
	unit_argv = argv;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct unit_test *test = first; test; test = test->next) {
		int before = open_descriptors();

		printf("%s\n", test->name);
		test->run();
		if (open_descriptors() != before) {
			printf("  leaves a descriptor open\n");
			return 1;
		}
		count++;
	}
	printf("%d tests passed\n", count);
	return count > 0 ? 0 : 1;
}
