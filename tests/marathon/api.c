/* SPDX-License-Identifier: MIT */
#include "tests/marathon/server.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static void pause_ms(unsigned ms)
{
	struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&pause, NULL);
}

static void leader_name(struct server *server, char *ret, size_t size)
{
	pthread_mutex_lock(&server->lock);
	snprintf(ret, size, "%s",
		server->leader < 0 ? ""
				   : server->nodes[server->leader].name);
	pthread_mutex_unlock(&server->lock);
}

/* One Accept header line that is exactly this, as Jetty's servlet compares. */
static bool stream_accepted(const struct request *request)
{
	size_t i;

	for (i = 0; i < request->header_count; i++)
		if (strcasecmp(request->headers[i].name, "Accept") == 0 &&
			strcmp(request->headers[i].value,
				"text/event-stream") == 0)
			return true;
	return false;
}

static bool stream_heavy(const struct request *request)
{
	const struct profile *profile = &request->server->model.profile;
	const char *format = request_param(request, "plan-format");

	if (profile->plan_light)
		return false;
	return !(profile->plan_light_asked && format &&
		 strcmp(format, "light") == 0);
}

/* The event_type= of the request, for profiles that filter. */
static size_t stream_types(
	const struct request *request, char *ret[PARAMS_MAX])
{
	size_t count = 0, i;

	if (!request->server->model.profile.type_filter)
		return 0;
	for (i = 0; i < request->param_count; i++)
		if (strcmp(request->params[i].name, "event_type") == 0)
			ret[count++] = request->params[i].value;
	return count;
}

static void stream_head(struct request *request)
{
	const struct profile *profile = &request->server->model.profile;
	struct reply head = {.status = 200};
	CLEANUP(text) struct text text = {0};

	head.type = profile->framing == FRAMING_DATA
			    ? "text/event-stream;charset=UTF-8"
			    : "text/event-stream;charset=utf-8";
	reply_head(request, &head, &text);
	text_put(&text, "Connection: close\r\n\r\n");
	wire_write(request->wire, text.data, text.len);
}

static void events_serve(struct request *request, struct reply *reply)
{
	struct server *server = request->server;
	struct profile profile = server->model.profile;
	char *types[PARAMS_MAX];
	struct stream_wish wish = {
		.node = request->node->index,
		.heavy = stream_heavy(request),
		.types = types,
		.type_count = stream_types(request, types),
		.address = request->address,
	};

	if (!stream_accepted(request)) {
		reply_html(request, reply, request->http10 ? 400 : 405,
			"HTTP method GET is not supported by this URL");
		return;
	}
	wish.buffered = profile.framing == FRAMING_DATA &&
			(int)request->node->index != server->leader;
	reply->taken = true;
	stream_head(request);
	if (!fault_is(request->fault, FAULT_DELAY_BODY))
		stream_serve(&server->hub, request->wire, &profile, &wish);
}

static void info_serve(struct request *request, struct reply *reply)
{
	struct server *server = request->server;
	char leader[280];

	leader_name(server, leader, sizeof(leader));
	reply_json(reply, 200);
	text_print(&reply->body,
		"{\"name\":\"marathon\",\"version\":\"%s\"",
		server->model.profile.version);
	if (server->model.profile.number >= VERSION(1, 4, 0))
		text_put(&reply->body, ",\"buildref\":\"unknown\"");
	text_print(&reply->body,
		",\"elected\":true,\"leader\":\"%s\",\"frameworkId\":"
		"\"4fb620fa-ba8d-4eb0-8ae3-f2912aaf015c-0000\","
		"\"marathon_config\":{\"checkpoint\":true,\"executor\":"
		"\"//cmd\",\"failover_timeout\":604800,\"ha\":true,"
		"\"hostname\":\"localhost\",\"local_port_min\":10000,"
		"\"local_port_max\":20000,\"master\":"
		"\"zk://localhost:2181/mesos\"},\"zookeeper_config\":"
		"{\"zk\":\"zk://localhost:2181/marathon\"}",
		leader);
	if (server->model.profile.callbacks)
		text_print(&reply->body,
			",\"event_subscriber\":%s",
			server->callbacks.on
				? "{\"type\":\"http_callback\","
				  "\"http_endpoints\":null}"
				: "null");
	text_put(&reply->body, ",\"http_config\":{\"http_port\":8080,"
		"\"https_port\":8443}}");
}

static void leader_serve(struct request *request, struct reply *reply)
{
	char leader[280];

	leader_name(request->server, leader, sizeof(leader));
	if (!*leader) {
		reply_error(request, reply, 404, "There is no leader");
		return;
	}
	reply_json(reply, 200);
	text_print(&reply->body, "{\"leader\":\"%s\"}", leader);
}

static void ping_serve(struct request *request, struct reply *reply)
{
	const char *accept = request_header(request, "Accept");

	reply->type = "text/plain";
	if (request->server->model.profile.number < VERSION(1, 4, 0)) {
		text_put(&reply->body, "pong\n");
	} else if (!accept || strstr(accept, "*/*") ||
		   strncmp(accept, "text/", 5) == 0) {
		text_put(&reply->body, "pong");
	} else if (strstr(accept, "application/json")) {
		reply_json(reply, 200);
		text_put(&reply->body, "\"pong\"");
	} else {
		reply->type = NULL;
		reply->status = 204;
	}
}

static void metrics_serve(struct request *request, struct reply *reply)
{
	(void)request;
	reply_json(reply, 200);
	text_put(&reply->body, "{}");
}

static void queue_serve(struct request *request, struct reply *reply)
{
	(void)request;
	reply_json(reply, 200);
	text_put(&reply->body, "{\"queue\":[]}");
}

/* Steps are lists of lists to 1.1.0, then lists of objects. */
static void deployments_serve(struct request *request, struct reply *reply)
{
	struct model *model = &request->server->model;
	bool old = model->profile.number < VERSION(1, 1, 1);
	const char *sep = "";
	size_t i;

	reply_json(reply, 200);
	text_put(&reply->body, "[");
	pthread_mutex_lock(&model->lock);
	for (i = 0; i < model->app_count; i++) {
		if (!*model->apps[i]->deployment)
			continue;
		text_print(&reply->body,
			"%s{\"id\":\"%s\",\"version\":\"%s\",\"affectedApps\":"
			"[\"%s\"],\"steps\":[%s{\"action\":"
			"\"ScaleApplication\",\"app\":\"%s\"}%s],"
			"\"currentActions\":[{\"action\":\"ScaleApplication\","
			"\"app\":\"%s\"}],\"currentStep\":1,\"totalSteps\":1}",
			sep, model->apps[i]->deployment,
			model->apps[i]->definition->version,
			model->apps[i]->definition->id,
			old ? "[" : "{\"actions\":[",
			model->apps[i]->definition->id, old ? "]" : "]}",
			model->apps[i]->definition->id);
		sep = ",";
	}
	pthread_mutex_unlock(&model->lock);
	text_put(&reply->body, "]");
}

static bool groups_embed(const struct request *request, const char *what)
{
	const char *embed = request_param(request, "embed");
	size_t i;

	if (request->server->model.profile.number < VERSION(1, 0, 0) || !embed)
		return strcmp(what, "group.apps") == 0;
	for (i = 0; i < request->param_count; i++)
		if (strcmp(request->params[i].name, "embed") == 0 &&
			strcmp(request->params[i].value, what) == 0)
			return true;
	return false;
}

static void groups_serve(struct request *request, struct reply *reply)
{
	struct model *model = &request->server->model;
	const char *id = request->path + strlen("/v2/groups");

	reply_json(reply, 200);
	pthread_mutex_lock(&model->lock);
	model_read(model);
	group_write(model, *id && id[1] ? id : "/",
		groups_embed(request, "group.apps"),
		groups_embed(request, "group.apps.tasks"), &reply->body);
	pthread_mutex_unlock(&model->lock);
	if (!reply->body.len)
		reply_error(request, reply, 404, "Group '%s' does not exist",
			id);
}

/* PodStatus, as little of it as says that the pod is well. */
static void put_pod_status(struct text *text, struct json_object *pod)
{
	char now[ISO_SIZE];

	iso_write(now, now_ms());
	text_put(text, "{\"id\":");
	text_quote(text, json_object_get_string(json_path(pod, "id")));
	text_put(text, ",\"spec\":");
	text_json(text, pod);
	text_print(text,
		",\"status\":\"STABLE\",\"statusSince\":\"%s\","
		"\"instances\":[],\"terminationHistory\":[],"
		"\"lastUpdated\":\"%s\",\"lastChanged\":\"%s\"}",
		now, now, now);
}

static void pods_serve(struct request *request, struct reply *reply)
{
	struct model *model = &request->server->model;
	bool status = strstr(request->path, "::status") != NULL;
	size_t i;

	reply_json(reply, 200);
	text_put(&reply->body, "[");
	pthread_mutex_lock(&model->lock);
	for (i = 0; i < model->pod_count; i++) {
		if (i)
			text_put(&reply->body, ",");
		if (status)
			put_pod_status(&reply->body, model->pods[i]);
		else
			text_json(&reply->body, model->pods[i]);
	}
	pthread_mutex_unlock(&model->lock);
	text_put(&reply->body, "]");
}

static void subscriptions_change(
	struct request *request, struct reply *reply, bool add)
{
	const char *url = request_param(request, "callbackUrl");
	CLEANUP(event_unref) struct event *event = NULL;
	struct server *server = request->server;

	if (!url || (server->model.profile.number >= VERSION(1, 3, 0) &&
			    !strstr(url, "://"))) {
		reply_error(request, reply, 422, "Invalid URL");
		return;
	}
	if (add)
		callbacks_add(&server->callbacks, url,
			server->model.profile.callbacks_back_off);
	else
		callbacks_remove(&server->callbacks, url);
	event = event_subscription(add ? "subscribe_event"
				       : "unsubscribe_event",
		request->address, url);
	if (!event)
		return;
	reply_json(reply, 200);
	text_add(&reply->body, event->json.data, event->json.len);
	hub_publish(&server->hub, event);
}

static void subscriptions_serve(struct request *request, struct reply *reply)
{
	struct callbacks *callbacks = &request->server->callbacks;

	if (!callbacks->on) {
		reply_error(request, reply, 400,
			"http event callback system is not running on this "
			"Marathon instance. Please re-start this instance "
			"with \"--event_subscriber http_callback\".");
		return;
	}
	if (strcmp(request->method, "POST") == 0) {
		subscriptions_change(request, reply, true);
	} else if (strcmp(request->method, "DELETE") == 0) {
		subscriptions_change(request, reply, false);
	} else {
		reply_json(reply, 200);
		callbacks_write(callbacks, &reply->body);
	}
}

typedef bool profile_has(const struct profile *profile);

static bool has_stream(const struct profile *profile)
{
	return profile->stream;
}

static bool has_callbacks(const struct profile *profile)
{
	return profile->callbacks;
}

static bool has_pods(const struct profile *profile)
{
	return profile->pods;
}

static const struct route {
	const char *path; /* NULL has: in every profile */
	bool below;       /* and what is below it */
	profile_has *has;
	void (*serve)(struct request *request, struct reply *reply);
} routes[] = {
	{"/v2/events", false, has_stream, events_serve},
	{"/v2/eventSubscriptions", false, has_callbacks, subscriptions_serve},
	{"/v2/info", false, NULL, info_serve},
	{"/v2/leader", false, NULL, leader_serve},
	{"/v2/deployments", false, NULL, deployments_serve},
	{"/v2/queue", false, NULL, queue_serve},
	{"/v2/groups", true, NULL, groups_serve},
	{"/v2/pods", true, has_pods, pods_serve},
	{"/ping", false, NULL, ping_serve},
	{"/metrics", false, NULL, metrics_serve},
};

static const struct route *route_find(const struct request *request)
{
	const struct profile *profile = &request->server->model.profile;
	const struct route *route;
	size_t len, i;

	for (i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		route = &routes[i];
		len = strlen(route->path);
		if (strncmp(request->path, route->path, len) != 0)
			continue;
		if (request->path[len] &&
			!(route->below && request->path[len] == '/'))
			continue;
		return !route->has || route->has(profile) ? route : NULL;
	}
	return NULL;
}

static void nothing_here(struct request *request, struct reply *reply)
{
	const struct profile *profile = &request->server->model.profile;

	if (profile->unknown_url == 500)
		reply_error(request, reply, 500, "URI not found");
	else
		reply_error(request, reply, profile->unknown_url,
			"URI not found: %s", request->path);
}

static void leader_missing(struct request *request, struct reply *reply)
{
	struct server *server = request->server;

	pause_ms(server->no_leader_hold_ms);
	reply_html(request, reply, server->model.profile.no_leader,
		"Could not determine the current leader");
}

static void leader_refused(struct request *request, struct reply *reply)
{
	int status = request->server->model.profile.leader_refused;

	if (!status)
		return; /* 0.8: an exception swallowed, 200 and no body */
	reply_html(request, reply, status,
		"Connection to leader refused.");
}

static void redirect(
	struct request *request, struct reply *reply, const char *leader)
{
	const char *query = strchr(request->target, '?');

	reply->status = 302;
	text_print(&reply->headers, "Location: %s://%s%s%s\r\n",
		request->server->tls ? "https" : "http", leader, request->path,
		query ? query : "");
}

/* What a node that is not the leader does. False: it passes the request on,
 * which among nodes that share a model means to answer it. */
static bool standby_serve(struct request *request, struct reply *reply)
{
	struct server *server = request->server;
	const struct profile *profile = &server->model.profile;
	char leader[280];

	leader_name(server, leader, sizeof(leader));
	if (strcmp(leader, request->node->name) == 0)
		return false;
	if (!*leader) {
		if (profile->standby_own_state)
			return false;
		leader_missing(request, reply);
		return true;
	}
	if (profile->standby_redirects &&
		strncmp(request->path, "/v2/events", 10) == 0) {
		redirect(request, reply, leader);
		return true;
	}
	if (!server->leader_unreachable)
		return false;
	leader_refused(request, reply);
	return true;
}

void api_serve(struct request *request, struct reply *reply)
{
	const struct route *route;

	if (standby_serve(request, reply))
		return;
	if (api_apps_serve(request, reply))
		return;
	route = route_find(request);
	if (route)
		route->serve(request, reply);
	else
		nothing_here(request, reply);
}
