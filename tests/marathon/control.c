/* SPDX-License-Identifier: MIT */
#include "tests/marathon/server.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

/* The part of /control that is not about apps. main.c documents it. */

static void pause_ms(long ms)
{
	struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&pause, NULL);
}

static void answer(struct reply *reply)
{
	reply_json(reply, 200);
	text_print(&reply->body, "{\"at\":%lld}\n", (long long)now_ns());
}

static void refuse(struct reply *reply, const char *why)
{
	reply_json(reply, 400);
	text_print(&reply->body, "{\"error\":\"%s\"}\n", why);
}

/* The old leader's streams end; its JVM, too, if exit-ms says for how long. */
static void leader_serve(struct request *request, struct reply *reply)
{
	struct server *server = request->server;
	const char *name = request_param(request, "node");
	long node = request_number(request, "node", -1);
	long exit_ms = request_number(request, "exit-ms", 0);
	int before;

	if (!name || (strcmp(name, "none") == 0 ? (node = -1), 0
		: node < 0 || node >= (long)server->node_count)) {
		refuse(reply, "node=N or node=none");
		return;
	}
	pthread_mutex_lock(&server->lock);
	before = server->leader;
	server->leader = (int)node;
	server->leader_unreachable = request_flag(request, "unreachable");
	server->no_leader_hold_ms =
		(unsigned)request_number(request, "hold-ms", 2750);
	pthread_mutex_unlock(&server->lock);
	hub_order(&server->hub, -1, request_flag(request, "rst") ? ORDER_RESET
								 : ORDER_EOF,
		0);
	answer(reply);
	if (exit_ms && before >= 0 && before != (int)request->node->index) {
		node_refuse(server, before, true);
		node_cut(server, before, NULL);
		pause_ms(exit_ms);
		node_refuse(server, before, false);
	}
}

/* Everything closes; health results are lost; back after down-ms. */
static void restart_serve(struct request *request, struct reply *reply)
{
	struct server *server = request->server;
	struct model *model = &server->model;
	const char *profile = request_param(request, "profile");
	long down = request_number(request, "down-ms", 0);
	size_t i, j;
	int r = 0;

	node_refuse(server, -1, true);
	hub_order(&server->hub, -1, ORDER_EOF, 0);
	node_cut(server, -1, request->wire);
	pthread_mutex_lock(&model->lock);
	if (profile)
		r = model_convert(model, profile);
	for (i = 0; i < model->app_count; i++) {
		for (j = 0; j < model->apps[i]->instance_count; j++)
			instance_health_set(model->apps[i]->instances[j], -1,
				HEALTH_ABSENT);
		model->apps[i]->stale = true;
	}
	if (!model->profile.callbacks || request_flag(request, "forget"))
		callbacks_forget(&server->callbacks);
	pthread_mutex_unlock(&model->lock);
	pause_ms(down);
	node_refuse(server, -1, false);
	if (r < 0)
		refuse(reply, "no such profile");
	else
		answer(reply);
	request->keep = false;
}

static void profile_serve(struct request *request, struct reply *reply)
{
	struct model *model = &request->server->model;
	const char *name = request_param(request, "name");
	int r;

	pthread_mutex_lock(&model->lock);
	r = name ? model_convert(model, name) : -EINVAL;
	pthread_mutex_unlock(&model->lock);
	if (r < 0) {
		refuse(reply, "no such profile");
		return;
	}
	/* a Marathon is upgraded by starting another */
	hub_order(&request->server->hub, -1, ORDER_EOF, 0);
	answer(reply);
}

static void heartbeat_serve(struct request *request, struct reply *reply)
{
	struct hub *hub = &request->server->hub;

	pthread_mutex_lock(&hub->lock);
	if (request_param(request, "on"))
		hub->heartbeat = request_flag(request, "on");
	hub->heartbeat_ms = (unsigned)request_number(
		request, "ms", hub->heartbeat_ms);
	hub->heartbeat_gap_ms = (unsigned)request_number(
		request, "gap-ms", hub->heartbeat_gap_ms);
	hub->attach_delay_ms = (unsigned)request_number(
		request, "attach-delay-ms", hub->attach_delay_ms);
	pthread_mutex_unlock(&hub->lock);
	answer(reply);
}

static void raw_serve(struct request *request, struct reply *reply)
{
	hub_raw(&request->server->hub,
		request->body.data ? request->body.data : "",
		request->body.len);
	answer(reply);
}

static const struct stream_fault {
	const char *name;
	enum order order; /* ORDER_NONE: a flag of the hub */
	size_t flag;
} stream_faults[] = {
	{"stream-eof", ORDER_EOF, 0},
	{"stream-rst", ORDER_RESET, 0},
	{"stream-silent", ORDER_SILENCE, 0},
	{"stream-cut-midline", ORDER_CUT, 0},
	{"stream-endless", ORDER_ENDLESS, 0},
	{"stream-split", ORDER_NONE, offsetof(struct hub, split)},
	{"stream-glue", ORDER_NONE, offsetof(struct hub, glue)},
	{"stream-hostile", ORDER_NONE, offsetof(struct hub, hostile)},
	{"stream-refuse", ORDER_NONE, offsetof(struct hub, refuse)},
};

static const struct stream_fault *stream_fault_find(const char *kind)
{
	size_t len = strcspn(kind, "="), i;

	for (i = 0; i < sizeof(stream_faults) / sizeof(*stream_faults); i++)
		if (strlen(stream_faults[i].name) == len &&
			strncmp(stream_faults[i].name, kind, len) == 0)
			return &stream_faults[i];
	return NULL;
}

static void stream_fault_set(
	struct request *request, const struct stream_fault *fault)
{
	struct hub *hub = &request->server->hub;

	pthread_mutex_lock(&hub->lock);
	hub->endless = (uint64_t)request_number(request, "value", 0);
	if (fault->order == ORDER_NONE)
		*(bool *)((char *)hub + fault->flag) = true;
	pthread_mutex_unlock(&hub->lock);
	if (fault->order != ORDER_NONE)
		hub_order(hub, (int)request_number(request, "node", -1),
			fault->order,
			(unsigned)request_number(request, "count", 0));
}

/* For ms=, then the answer comes; else until the faults are cleared. */
static void refuse_for(struct request *request)
{
	int node = (int)request_number(request, "node", -1);
	long ms = request_number(request, "ms", 0);

	node_refuse(request->server, node, true);
	if (!ms)
		return;
	pause_ms(ms);
	node_refuse(request->server, node, false);
}

static void fault_serve(struct request *request, struct reply *reply)
{
	struct server *server = request->server;
	const char *kind = request_param(request, "kind");
	const struct stream_fault *stream = NULL;

	if (kind)
		stream = stream_fault_find(kind);
	if (stream) {
		stream_fault_set(request, stream);
	} else if (kind && strcmp(kind, "refuse") == 0) {
		refuse_for(request);
	} else if (fault_set(&server->faults, request) < 0) {
		refuse(reply, "no such kind of fault");
		return;
	}
	answer(reply);
}

static void clear_faults_serve(struct request *request, struct reply *reply)
{
	struct hub *hub = &request->server->hub;

	faults_clear(&request->server->faults);
	node_refuse(request->server, -1, false);
	pthread_mutex_lock(&hub->lock);
	hub->split = hub->glue = hub->hostile = hub->refuse = false;
	hub->next_count = 0;
	pthread_mutex_unlock(&hub->lock);
	answer(reply);
}

static void put_streams(struct hub *hub, unsigned nodes, struct text *text)
{
	unsigned i;

	pthread_mutex_lock(&hub->lock);
	text_print(text,
		",\"streams\":%u,\"streams_opened\":%u,\"events\":%llu,"
		"\"events_dropped\":%u,\"node_streams\":[",
		hub->stream_count, hub->opened,
		(unsigned long long)hub->events, hub->dropped);
	for (i = 0; i < nodes; i++)
		text_print(text, i ? ",%u" : "%u", hub->node_streams[i]);
	pthread_mutex_unlock(&hub->lock);
	text_put(text, "]");
}

static void put_secrets(const struct request_log *log, struct text *text)
{
	text_put(text, ",\"secrets\":[");
	for (size_t i = 0; i < log->secret_count; i++) {
		text_print(text, "%s{\"node\":%u,\"authorization\":",
			i ? "," : "", log->secrets[i].node);
		text_quote(text, log->secrets[i].authorization);
		text_put(text, "}");
	}
	text_put(text, "]");
}

static void log_serve(struct request *request, struct reply *reply)
{
	struct server *server = request->server;
	struct request_log *log = &server->log;
	struct text *text = &reply->body;
	size_t i;

	reply_json(reply, 200);
	pthread_mutex_lock(&server->lock);
	text_print(text,
		"{\"requests\":%llu,\"lists\":%llu,\"single_apps\":%llu,"
		"\"task_lists\":%llu,\"authorization\":%llu,"
		"\"connections\":%llu,\"open_connections\":%u,\"paths\":{",
		(unsigned long long)log->requests,
		(unsigned long long)log->lists,
		(unsigned long long)log->single_apps,
		(unsigned long long)log->task_lists,
		(unsigned long long)log->authorized,
		(unsigned long long)log->connections,
		server->connection_count);
	for (i = 0; i < log->path_count; i++) {
		if (i)
			text_put(text, ",");
		text_quote(text, log->paths[i].path);
		text_print(text, ":%llu",
			(unsigned long long)log->paths[i].count);
	}
	text_put(text, "}");
	put_secrets(log, text);
	if (request_flag(request, "reset"))
		*log = (struct request_log){0};
	pthread_mutex_unlock(&server->lock);
	put_streams(&server->hub, server->node_count, text);
	text_print(text,
		",\"fault_hits\":%llu,\"callbacks_delivered\":%llu,"
		"\"callbacks_failed\":%llu,\"callbacks_skipped\":%llu}\n",
		(unsigned long long)server->faults.hits,
		(unsigned long long)server->callbacks.delivered,
		(unsigned long long)server->callbacks.failed,
		(unsigned long long)server->callbacks.skipped);
}

static void endpoints_serve(struct request *request, struct reply *reply)
{
	struct model *model = &request->server->model;
	const char *format = request_param(request, "format");

	reply_json(reply, 200);
	if (format && strcmp(format, "json") != 0)
		reply->type = "text/plain";
	pthread_mutex_lock(&model->lock);
	oracle_write(model, format, &reply->body);
	pthread_mutex_unlock(&model->lock);
}

static void storm_serve(struct request *request, struct reply *reply)
{
	long events = request_number(request, "events", 1000);
	long rate = request_number(request, "rate", 0);

	if (events < 0 || rate < 0 ||
		storm_start(request->server, (uint64_t)events,
			(unsigned)rate) < 0)
		refuse(reply, "cannot start");
	else
		answer(reply);
}

static void storm_state_serve(struct request *request, struct reply *reply)
{
	struct storm *storm = &request->server->storm;
	int64_t end;

	reply_json(reply, 200);
	pthread_mutex_lock(&request->server->lock);
	end = storm->ended_ns ? storm->ended_ns : now_ns();
	text_print(&reply->body,
		"{\"wanted\":%llu,\"done\":%llu,\"running\":%s,"
		"\"began\":%lld,\"ended\":%lld,\"seconds\":%.6f}\n",
		(unsigned long long)storm->wanted,
		(unsigned long long)storm->done,
		storm->began_ns && !storm->ended_ns ? "true" : "false",
		(long long)storm->began_ns, (long long)storm->ended_ns,
		storm->began_ns ? (double)(end - storm->began_ns) / 1e9 : 0);
	pthread_mutex_unlock(&request->server->lock);
}

static void access_serve(struct request *request, struct reply *reply)
{
	struct server *server = request->server;
	struct access *access = &server->access;
	const char *filter = request_param(request, "filter");
	const char *token = request_param(request, "token");

	pthread_mutex_lock(&server->lock);
	access->expired = request_flag(request, "expired");
	access->forbid = request_flag(request, "forbid");
	access->forbid_stream = request_flag(request, "forbid-stream");
	snprintf(access->filter, sizeof(access->filter), "%s",
		filter ? filter : "");
	server->standby_empty = request_flag(request, "standby-empty");
	pthread_mutex_unlock(&server->lock);
	if (token && access_set_token(server, token) < 0)
		reply->status = 500;
	else
		answer(reply);
}

static void quit_serve(struct request *request, struct reply *reply)
{
	(void)request;
	answer(reply);
	kill(getpid(), SIGTERM);
}

static const struct {
	const char *name;
	void (*serve)(struct request *request, struct reply *reply);
} commands[] = {
	{"leader", leader_serve},
	{"restart", restart_serve},
	{"profile", profile_serve},
	{"heartbeat", heartbeat_serve},
	{"raw", raw_serve},
	{"fault", fault_serve},
	{"clear-faults", clear_faults_serve},
	{"log", log_serve},
	{"endpoints", endpoints_serve},
	{"storm", storm_serve},
	{"storm-state", storm_state_serve},
	{"access", access_serve},
	{"quit", quit_serve},
};

void control_serve(struct request *request, struct reply *reply)
{
	const char *name = request->path + strlen("/control/");
	size_t i;

	if (control_change_serve(request, reply))
		return;
	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		commands[i].serve(request, reply);
		return;
	}
	refuse(reply, "no such command");
}
