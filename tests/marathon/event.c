/* SPDX-License-Identifier: MIT */
#include "tests/marathon/event.h"

#include <string.h>

struct event *event_new(const char *type)
{
	struct event *event = calloc(1, sizeof(*event));

	if (!event)
		return NULL;
	atomic_init(&event->references, 1);
	event->type = type;
	text_put(&event->json, "{");
	return event;
}

struct event *event_ref(struct event *event)
{
	atomic_fetch_add(&event->references, 1);
	return event;
}

void event_unref(struct event *event)
{
	if (!event || atomic_fetch_sub(&event->references, 1) != 1)
		return;
	text_done(&event->json);
	text_done(&event->heavy);
	free(event);
}

static void put_member(struct event *event, const char *name, const char *value)
{
	text_print(&event->json, "\"%s\":", name);
	text_quote(&event->json, value);
	text_put(&event->json, ",");
}

/* The tail that every event has. */
static void text_end(struct text *text, const char *type)
{
	char now[ISO_SIZE];

	iso_write(now, now_ms());
	text_print(text, "\"eventType\":\"%s\",\"timestamp\":\"%s\"}", type,
		now);
}

static struct event *event_end(struct event *event)
{
	text_end(&event->json, event->type);
	if (!event->json.failed)
		return event;
	event_unref(event);
	return NULL;
}

static const char *host_of(const struct instance *instance)
{
	return instance->host_shown ? instance->host_shown
				    : instance->host->name;
}

static void put_ports(struct text *text, const struct instance *instance)
{
	size_t i;

	text_put(text, "\"ports\":[");
	for (i = 0; i < instance->port_count; i++)
		text_print(text, i ? ",%d" : "%d", instance->ports[i]);
	text_put(text, "],");
}

struct event *event_status(
	const struct model *model, const struct instance *instance)
{
	struct event *event = event_new("status_update_event");
	bool ip = instance->started_at &&
		  instance->definition->network != NETWORK_HOST;

	if (!event)
		return NULL;
	put_member(event, "slaveId", instance->host->agent);
	put_member(event, "taskId", instance->task_id);
	put_member(event, "taskStatus", state_names[instance->state].task);
	put_member(event, "message", "");
	put_member(event, "appId", instance->definition->id);
	put_member(event, "host", host_of(instance));
	if (model->profile.number >= VERSION(0, 14, 0) && ip)
		text_print(&event->json,
			"\"ipAddresses\":[{\"ipAddress\":\"%s\",\"protocol\":"
			"\"%s\"}],",
			instance->ip,
			strchr(instance->ip, ':') ? "IPv6" : "IPv4");
	else if (model->profile.number >= VERSION(0, 14, 0))
		text_put(&event->json, "\"ipAddresses\":[],");
	put_ports(&event->json, instance);
	put_member(event, "version", instance->definition->version);
	return event_end(event);
}

struct event *event_instance(const struct model *model,
	const struct instance *instance, const char *condition)
{
	struct event *event = event_new("instance_changed_event");
	bool unplaced = condition && strcmp(condition, "Scheduled") == 0;
	char now[ISO_SIZE];

	(void)model;
	if (!event)
		return NULL;
	if (!condition)
		condition = state_names[instance->state].condition;
	put_member(event, "instanceId", instance->instance_id);
	put_member(event, "condition", condition);
	put_member(event, "runSpecId", instance->definition->id);
	put_member(event, "agentId", unplaced ? NULL : instance->host->agent);
	put_member(event, "host", unplaced ? NULL : host_of(instance));
	put_member(event, "runSpecVersion", instance->definition->version);
	iso_write(now, now_ms());
	text_print(&event->json,
		"\"timestamp\":\"%s\",\"eventType\":\"%s\"}", now,
		event->type);
	return event;
}

struct event *event_instance_health(
	const struct model *model, const struct instance *instance)
{
	static const char *const values[] = {
		[HEALTH_ABSENT] = "null",
		[HEALTH_ALIVE] = "true",
		[HEALTH_DEAD] = "false",
	};
	struct event *event = event_new("instance_health_changed_event");

	(void)model;
	if (!event)
		return NULL;
	put_member(event, "instanceId", instance->instance_id);
	put_member(event, "runSpecId", instance->definition->id);
	text_print(&event->json, "\"healthy\":%s,",
		values[instance_health(instance)]);
	put_member(event, "runSpecVersion", instance->definition->version);
	return event_end(event);
}

/* Health events name tasks to 1.3, instances later. */
static void put_subject(struct event *event, const struct model *model,
	const struct instance *instance)
{
	put_member(event, "appId", instance->definition->id);
	if (model->profile.instance_ids)
		put_member(event, "instanceId", instance->instance_id);
	else
		put_member(event, "taskId", instance->task_id);
}

struct event *event_health(const struct model *model,
	const struct instance *instance, bool alive)
{
	struct event *event = event_new("health_status_changed_event");

	if (!event)
		return NULL;
	put_subject(event, model, instance);
	put_member(event, "version", instance->definition->version);
	text_print(&event->json, "\"alive\":%s,", alive ? "true" : "false");
	return event_end(event);
}

struct event *event_failed_check(const struct model *model,
	const struct instance *instance, struct json_object *check)
{
	struct event *event = event_new("failed_health_check_event");

	if (!event)
		return NULL;
	if (model->profile.number >= VERSION(1, 5, 0)) {
		put_member(event, "appId", instance->definition->id);
		put_member(event, "taskId", instance->instance_id);
	} else {
		put_subject(event, model, instance);
	}
	text_put(&event->json, "\"healthCheck\":");
	text_json(&event->json, check);
	text_put(&event->json, ",");
	return event_end(event);
}

struct event *event_unhealthy_kill(
	const struct model *model, const struct instance *instance)
{
	struct event *event = event_new(model->profile.instance_ids
			? "unhealthy_instance_kill_event"
			: "unhealthy_task_kill_event");

	if (!event)
		return NULL;
	put_member(event, "appId", instance->definition->id);
	put_member(event, "taskId", instance->task_id);
	if (model->profile.instance_ids)
		put_member(event, "instanceId", instance->instance_id);
	put_member(event, "version", instance->definition->version);
	put_member(event, "reason", "ConnectException: Connection refused");
	put_member(event, "host", host_of(instance));
	put_member(event, "slaveId", instance->host->agent);
	return event_end(event);
}

struct event *event_add_check(
	const struct definition *definition, struct json_object *check)
{
	struct event *event = event_new("add_health_check_event");

	if (!event)
		return NULL;
	put_member(event, "appId", definition->id);
	put_member(event, "version", definition->version);
	text_put(&event->json, "\"healthCheck\":");
	text_json(&event->json, check);
	text_put(&event->json, ",");
	return event_end(event);
}

struct event *event_app(const char *type, const char *app_id)
{
	struct event *event = event_new(type);

	if (!event)
		return NULL;
	put_member(event, "appId", app_id);
	return event_end(event);
}

struct event *event_api_post(
	const struct definition *definition, const char *uri, bool deleted)
{
	struct event *event = event_new("api_post_event");

	if (!event)
		return NULL;
	put_member(event, "clientIp", "127.0.0.1");
	put_member(event, "uri", uri);
	text_put(&event->json, "\"appDefinition\":");
	if (deleted) {
		/* what is deleted looks like an app that was hardly defined */
		text_put(&event->json, "{\"id\":");
		text_quote(&event->json, definition->id);
		text_put(&event->json, ",\"instances\":0,\"labels\":{}");
	} else {
		text_add(&event->json, definition->json.data,
			definition->json.len);
	}
	text_put(&event->json, "},");
	return event_end(event);
}

struct event *event_group(const char *group, const char *version)
{
	struct event *event = event_new("group_change_success");

	if (!event)
		return NULL;
	put_member(event, "groupId", group);
	put_member(event, "version", version);
	return event_end(event);
}

static void put_action(struct text *text, const struct model *model,
	const struct plan *plan, size_t step)
{
	static const char *const names[] = {
		[ACTION_START] = "StartApplication",
		[ACTION_SCALE] = "ScaleApplication",
		[ACTION_RESTART] = "RestartApplication",
		[ACTION_STOP] = "StopApplication",
	};

	text_print(text, "{\"actions\":[{\"%s\":\"%s\",\"app\":",
		model->profile.number < VERSION(1, 1, 0) ? "type" : "action",
		names[plan->actions[step]]);
	text_quote(text, plan->app_id);
	text_put(text, "}]}");
}

static void put_plan(struct text *text, const struct model *model,
	const struct plan *plan, bool heavy)
{
	size_t i;

	text_print(text, "\"plan\":{\"id\":\"%s\",", plan->id);
	if (heavy) {
		text_put(text, "\"original\":");
		text_add(text, plan->original->data, plan->original->len);
		text_put(text, ",\"target\":");
		text_add(text, plan->target->data, plan->target->len);
		text_put(text, ",");
	}
	text_put(text, "\"steps\":[");
	for (i = 0; i < plan->action_count; i++) {
		if (i)
			text_put(text, ",");
		put_action(text, model, plan, i);
	}
	text_print(text, "],\"version\":\"%s\"},", plan->version);
}

static void put_deployment(struct text *text, const struct model *model,
	const char *type, const struct plan *plan, size_t step, bool heavy)
{
	bool over = strcmp(type, "deployment_success") == 0 ||
		    strcmp(type, "deployment_failed") == 0;

	if (over)
		text_print(text, "\"id\":\"%s\",", plan->id);
	if (!over || model->profile.number >= VERSION(0, 10, 0))
		put_plan(text, model, plan, heavy);
	if (!over) {
		text_put(text, "\"currentStep\":");
		put_action(text, model, plan, step);
		text_put(text, ",");
	}
	text_end(text, type);
}

struct event *event_deployment(const struct model *model, const char *type,
	const struct plan *plan, size_t step)
{
	struct event *event = event_new(type);

	if (!event)
		return NULL;
	put_deployment(&event->json, model, type, plan, step, false);
	if (plan->original) {
		text_put(&event->heavy, "{");
		put_deployment(&event->heavy, model, type, plan, step, true);
	}
	if (!event->json.failed && !event->heavy.failed)
		return event;
	event_unref(event);
	return NULL;
}

struct event *event_attached(const char *type, const char *address)
{
	struct event *event = event_new(type);

	if (!event)
		return NULL;
	put_member(event, "remoteAddress", address);
	return event_end(event);
}

struct event *event_subscription(
	const char *type, const char *client, const char *url)
{
	struct event *event = event_new(type);

	if (!event)
		return NULL;
	put_member(event, "clientIp", client);
	put_member(event, "callbackUrl", url);
	return event_end(event);
}

struct event *event_uri(const char *type, const char *uri)
{
	struct event *event = event_new(type);

	if (!event)
		return NULL;
	put_member(event, "clientIp", "127.0.0.1");
	put_member(event, "uri", uri);
	return event_end(event);
}

struct event *event_scheduler(const char *type)
{
	struct event *event = event_new(type);

	if (!event)
		return NULL;
	if (strcmp(type, "scheduler_registered_event") == 0)
		put_member(event, "frameworkId",
			"4fb620fa-ba8d-4eb0-8ae3-f2912aaf015c-0000");
	if (strcmp(type, "scheduler_disconnected_event") != 0)
		put_member(event, "master", "agent-0:5050");
	return event_end(event);
}
