/* SPDX-License-Identifier: MIT */
/*
 * bench-parse FILE: what one json-c parse of a whole reply costs, in ms: the
 * floor that reading it in a stream is held against. The best of five.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double parse(const char *text, int length)
{
	struct json_tokener *tokener = json_tokener_new();
	double began = now_ms();
	struct json_object *object;

	object = json_tokener_parse_ex(tokener, text, length);
	if (!object) {
		fprintf(stderr, "bench-parse: no JSON\n");
		exit(1);
	}
	json_object_put(object);
	json_tokener_free(tokener);
	return now_ms() - began;
}

int main(int argc, char **argv)
{
	FILE *file = argc == 2 ? fopen(argv[1], "re") : NULL;
	double best = 1e9;
	long length;
	char *text;

	if (!file || fseek(file, 0, SEEK_END) != 0)
		return 2;
	length = ftell(file);
	rewind(file);
	text = malloc((size_t)length + 1);
	if (!text || fread(text, 1, (size_t)length, file) != (size_t)length)
		return 1;
	text[length] = '\0';
	for (int i = 0; i < 5; i++) {
		double took = parse(text, (int)length);

		if (took < best)
			best = took;
	}
	fclose(file);
	free(text);
	printf("%.1f\n", best);
	return 0;
}
