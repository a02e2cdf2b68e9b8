/* SPDX-License-Identifier: MIT */
#include "tests/marathon/server.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* One change: a random instance is killed and another takes its place. */
static void storm_change(struct server *server)
{
	struct model *model = &server->model;
	struct change change = {.model = model, .hub = &server->hub};
	struct app *app;
	size_t tries = 100;

	pthread_mutex_lock(&model->lock);
	while (model->app_count && tries--) {
		app = model->apps[random_next() % model->app_count];
		if (!app->instance_count || *app->deployment)
			continue;
		change_kill(&change, app,
			app->instances[random_next() % app->instance_count],
			true);
		break;
	}
	/* not change_done(): a storm does not wait for each event */
	change_flush(&change);
	pthread_mutex_unlock(&model->lock);
}

static void storm_pace(struct server *server, uint64_t done)
{
	struct storm *storm = &server->storm;
	struct timespec pause;
	int64_t ahead;

	if (!storm->rate) {
		hub_wait_room(&server->hub);
		return;
	}
	ahead = storm->began_ns +
		(int64_t)(done * 1000000000ULL / storm->rate) - now_ns();
	if (ahead <= 0)
		return;
	pause.tv_sec = ahead / 1000000000;
	pause.tv_nsec = ahead % 1000000000;
	nanosleep(&pause, NULL);
}

static void *storm_run(void *argument)
{
	struct server *server = argument;
	struct storm *storm = &server->storm;
	uint64_t done;
	bool stop = false;

	for (done = 0; done < storm->wanted && !stop; done++) {
		storm_pace(server, done);
		storm_change(server);
		pthread_mutex_lock(&server->lock);
		storm->done = done + 1;
		stop = storm->stop;
		pthread_mutex_unlock(&server->lock);
	}
	pthread_mutex_lock(&server->lock);
	storm->ended_ns = now_ns();
	pthread_mutex_unlock(&server->lock);
	return NULL;
}

int storm_start(struct server *server, uint64_t changes, unsigned rate)
{
	struct storm *storm = &server->storm;

	storm_stop(server);
	*storm = (struct storm){
		.wanted = changes,
		.rate = rate,
		.began_ns = now_ns(),
	};
	if (pthread_create(&storm->thread, NULL, storm_run, server) != 0)
		return -EAGAIN;
	storm->started = true;
	return 0;
}

void storm_stop(struct server *server)
{
	struct storm *storm = &server->storm;

	if (!storm->started)
		return;
	pthread_mutex_lock(&server->lock);
	storm->stop = true;
	pthread_mutex_unlock(&server->lock);
	pthread_join(storm->thread, NULL);
	storm->started = false;
}
