/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

/*
 * The smallest test runner. A test is TEST(its_name_is_a_sentence) { ... } and
 * registers itself; assert() is the verdict. main() runs them in the order of
 * the file, refuses NDEBUG, and fails a test that leaves a descriptor open.
 */

#ifdef NDEBUG
#error "tests need assert()"
#endif

#include <assert.h>

struct unit_test {
	const char *name;
	void (*run)(void);
	struct unit_test *next;
};

void unit_register(struct unit_test *test);

#define TEST(test_name)                                                        \
	static void test_name(void);                                           \
	static struct unit_test unit_##test_name = {                           \
		.name = #test_name, .run = test_name};                         \
	__attribute__((constructor)) static void register_##test_name(void)    \
	{                                                                      \
		unit_register(&unit_##test_name);                              \
	}                                                                      \
	static void test_name(void)

/* What the program was given on its command line, for paths of fixtures. */
extern int unit_argc;
extern char **unit_argv;

#endif
