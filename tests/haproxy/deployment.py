# SPDX-License-Identifier: MIT
"""From one version of an app to the next: blue and green of zdd.py, and an
HAProxy that is loaded all the while."""

import load
from client import check

EARLIER, LATER = "2020-01-01T00:00:00.000Z", "2020-01-02T00:00:00.000Z"


def _colour(colour, port, started, target, new_instances):
    return {
        "HAPROXY_DEPLOYMENT_GROUP": "web",
        "HAPROXY_DEPLOYMENT_COLOUR": colour,
        "HAPROXY_DEPLOYMENT_ALT_PORT": str(port),
        "HAPROXY_DEPLOYMENT_STARTED_AT": started,
        "HAPROXY_DEPLOYMENT_TARGET_INSTANCES": str(target),
        "HAPROXY_DEPLOYMENT_NEW_INSTANCES": str(new_instances),
        "HAPROXY_APP_ID": "web",
        "HAPROXY_0_VHOST": "web.example.com",
        "HAPROXY_0_PORT": str(port),
    }


def _blue_green(t, green, target):
    """Blue has two instances; green is newer, of those servers. The port of
    both."""
    port = t.stats_port
    version = {"versionInfo": {"lastScalingAt": EARLIER,
                               "lastConfigChangeAt": EARLIER}}
    t.app("/web-blue", [t.http("blue1"), t.http("blue2")],
          labels=_colour("blue", port, EARLIER, 2, 2), **version)
    t.app("/web-green", [t.http(name) for name in green],
          labels=_colour("green", port, LATER, target, target), **version)
    return port


def blue_and_green(t):
    """More are wanted than there are: nobody goes."""
    port = _blue_green(t, ["green1"], 3)
    t.start()
    counts = t.servers_of(30, lambda _: t.service(port))
    check(set(counts) == {"blue1", "blue2", "green1"}, f"not all: {counts}")


def green_takes_the_place_of_one(t):
    """One of green is there, so one of blue goes: the first."""
    port = _blue_green(t, ["green1"], 2)
    t.start()
    for ask in lambda _: t.service(port), \
            lambda _: t.web("web.example.com"):
        counts = t.servers_of(30, ask)
        check(set(counts) == {"blue2", "green1"}, f"not drained: {counts}")


def green_takes_the_place_of_all(t):
    port = _blue_green(t, ["green1", "green2"], 2)
    t.start()
    counts = t.servers_of(30, lambda _: t.service(port))
    check(set(counts) == {"green1", "green2"}, f"not drained: {counts}")


def green_that_is_not_well_takes_no_place(t):
    """What is not well is not there."""
    port = t.stats_port
    version = {"versionInfo": {"lastScalingAt": EARLIER,
                               "lastConfigChangeAt": EARLIER},
               "healthChecks": [{"protocol": "TCP", "portIndex": 0}]}
    t.app("/web-blue", [t.http("blue1"), t.http("blue2")],
          labels=_colour("blue", port, EARLIER, 2, 2), **version)
    green = [t.http("green1"), t.http("green2")]
    t.app("/web-green", green, unhealthy=green[1:],
          labels=_colour("green", port, LATER, 2, 2), **version)
    t.start()
    counts = t.servers_of(30, lambda _: t.service(port))
    check(set(counts) == {"blue2", "green1"}, f"not one each: {counts}")


def blue_alone(t):
    port = t.stats_port
    t.app("/web-blue", [t.http("blue1"), t.http("blue2")],
          labels=_colour("blue", port, EARLIER, 2, 2))
    t.start()
    counts = t.servers_of(20, lambda _: t.service(port))
    check(set(counts) == {"blue1", "blue2"}, f"not all: {counts}")


# What load.py says.

def load_without_a_failure(t):
    app = t.app("/web", [t.http("a"), t.http("b")],
                labels={"HAPROXY_0_MODE": "http"})
    t.start()
    running = load.start(f"http://127.0.0.1:{app.port}/", threads=4)
    running.wait_for(500)
    requests, failures, first = running.stop()
    check(requests >= 500, f"only {requests} requests")
    check(failures == 0 and first is None, f"{failures} failed: {first}")


def load_with_failures(t):
    web = t.http("web")
    app = t.app("/web", [web], labels={"HAPROXY_0_MODE": "http"})
    t.start()
    running = load.start(f"http://127.0.0.1:{app.port}/", threads=4)
    running.wait_for(50)
    check(running.failures == 0, f"failed: {running.first_failure}")
    t.stop_haproxy()
    running.wait_for(20)
    _, failures, first = running.stop()
    check(failures >= 1 and first, "nothing has failed")
