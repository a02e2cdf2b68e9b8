# SPDX-License-Identifier: MIT
"""Which of its instances an app answers with."""

import threading
import time

from client import check, proxy_header

HTTP = {"HAPROXY_0_MODE": "http"}
PROXYMATIC = "com.meltwater.proxymatic.port.0."


def _two(t, labels, **more):
    return t.app("/web", [t.http("a"), t.http("b")], labels=labels, **more)


def round_robin(t):
    app = _two(t, HTTP)
    t.start()
    counts = t.servers_of(20, lambda _: t.service(app))
    check(counts == {"a": 10, "b": 10}, f"not in turn: {counts}")


def balance_by_source(t):
    app = _two(t, HTTP | {"HAPROXY_0_BALANCE": "source"})
    t.start()
    for last in range(1, 9):
        one = f"127.0.0.{last}"
        counts = t.servers_of(10, lambda _: t.service(app, source=one))
        check(len(counts) == 1, f"{one} is moved about: {counts}")
    counts = t.servers_of(
        200, lambda i: t.service(app, source=f"127.0.1.{i + 1}"))
    check(len(counts) == 2, f"all go to one: {counts}")


def balance_by_uri(t):
    app = _two(t, HTTP | {"HAPROXY_0_BALANCE": "uri"})
    t.start()
    for path in "/a", "/b", "/c":
        counts = t.servers_of(10, lambda _: t.service(app, path))
        check(len(counts) == 1, f"{path} is moved about: {counts}")
    counts = t.servers_of(200, lambda i: t.service(app, f"/{i}"))
    check(len(counts) == 2, f"all go to one: {counts}")


def balance_by_a_header(t):
    app = _two(t, HTTP | {"HAPROXY_0_BALANCE": "hdr(X-Tenant)"})
    t.start()
    for tenant in "a", "b", "c":
        header = {"X-Tenant": tenant}
        counts = t.servers_of(10, lambda _: t.service(app, headers=header))
        check(len(counts) == 1, f"{tenant} is moved about: {counts}")
    counts = t.servers_of(
        200, lambda i: t.service(app, headers={"X-Tenant": str(i)}))
    check(len(counts) == 2, f"all go to one: {counts}")


def balance_that_there_is_not(t):
    """Said, and the app is served all the same."""
    app = _two(t, HTTP | {"HAPROXY_0_BALANCE": "by-moon"})
    t.start(problems=["HAPROXY_0_BALANCE"])
    counts = t.servers_of(20, lambda _: t.service(app))
    check(len(counts) == 2, f"all go to one: {counts}")


# A client stays where it was.

def _cookie(answer):
    """What a browser would send from now on."""
    given = answer.header("Set-Cookie")
    check(given and given.startswith("mesosphere_server_id="),
          f"no cookie: {answer}")
    return {"Cookie": given.split(";")[0]}


def sticky(t):
    app = _two(t, HTTP | {"HAPROXY_0_STICKY": "true"})
    t.start()
    homes = {}
    for _ in range(2):
        first = t.service(app)
        homes[first.server] = _cookie(first)
    check(set(homes) == {"a", "b"}, f"both clients at {set(homes)}")
    for home, cookie in homes.items():
        counts = t.servers_of(20, lambda _: t.service(app, headers=cookie))
        check(counts == {home: 20}, f"{home} is left: {counts}")
    counts = t.servers_of(20, lambda _: t.service(app))
    check(len(counts) == 2, f"without a cookie only {counts}")


def sticky_at_a_virtual_host(t):
    _two(t, {"HAPROXY_0_VHOST": "web.example.com",
             "HAPROXY_0_STICKY": "true"})
    t.start()
    first = t.web("web.example.com")
    cookie = _cookie(first)
    counts = t.servers_of(
        20, lambda _: t.web("web.example.com", headers=cookie))
    check(counts == {first.server: 20}, f"is left: {counts}")


def sticky_client_of_a_server_that_is_gone(t):
    app = _two(t, HTTP | {"HAPROXY_0_STICKY": "true"})
    t.start()
    gone = {"Cookie": "mesosphere_server_id=0123456789"}
    answer = t.service(app, headers=gone).is_from("a", "b")
    t.service(app, headers=_cookie(answer)).is_from(answer.server)


def not_sticky(t):
    app = _two(t, HTTP | {"HAPROXY_0_STICKY": "false"})
    t.start()
    answer = t.service(app)
    check(answer.header("Set-Cookie") is None, f"a cookie: {answer}")


# Two apps, one service: the canary of proxymatic.

def _with_canary(t, stable, canary, merged=True):
    a = t.app("/stable", [t.http("stable")], labels=HTTP | stable)
    t.app("/canary", [t.http("canary")], labels=HTTP | canary | (
        {PROXYMATIC + "servicePort": str(a.port)} if merged else {}))
    return a


def canary(t):
    app = _with_canary(t, {}, {})
    t.start()
    counts = t.servers_of(20, lambda _: t.service(app))
    check(counts == {"stable": 10, "canary": 10}, f"not both: {counts}")


def canary_that_is_not_one(t):
    app = _with_canary(t, {}, {}, merged=False)
    t.start()
    counts = t.servers_of(20, lambda _: t.service(app))
    check(counts == {"stable": 20}, f"not it alone: {counts}")


def canary_by_weight(t):
    app = _with_canary(t, {PROXYMATIC + "weight": "1000"},
                       {PROXYMATIC + "weight": "100"})
    t.start()
    counts = t.servers_of(220, lambda _: t.service(app))
    check(190 <= counts.get("stable", 0) <= 210, f"not 10 to 1: {counts}")
    check(counts.get("canary", 0) >= 10, f"not 10 to 1: {counts}")


def canary_of_the_least_weight(t):
    """It is not drained."""
    app = _with_canary(t, {PROXYMATIC + "weight": "500"},
                       {PROXYMATIC + "weight": "1"})
    t.start()
    counts = t.servers_of(300, lambda _: t.service(app))
    check(1 <= counts.get("canary", 0) <= 10, f"not the least: {counts}")


def weight_beyond_the_most(t):
    """Said; HAProxy can have no more than 256, and both are served."""
    app = _with_canary(t, {PROXYMATIC + "weight": "100000"}, {})
    t.start(problems=["weight"])
    counts = t.servers_of(40, lambda _: t.service(app))
    check(len(counts) == 2, f"all go to one: {counts}")


def canary_at_a_virtual_host(t):
    """What the one has both have."""
    _with_canary(t, {"HAPROXY_0_VHOST": "web.example.com"}, {})
    t.start()
    counts = t.servers_of(20, lambda _: t.web("web.example.com"))
    check(counts == {"stable": 10, "canary": 10}, f"not both: {counts}")


def canary_of_several_instances(t):
    app = t.app("/stable", [t.http("s1"), t.http("s2"), t.http("s3")],
                labels=HTTP)
    t.app("/canary", [t.http("c1")], labels=HTTP | {
        PROXYMATIC + "servicePort": str(app.port)})
    t.start()
    counts = t.servers_of(40, lambda _: t.service(app))
    check(counts == dict.fromkeys(["s1", "s2", "s3", "c1"], 10),
          f"not alike: {counts}")


def weight_that_is_no_number(t):
    app = _with_canary(t, {PROXYMATIC + "weight": "much"}, {})
    t.start(problems=["weight"])
    counts = t.servers_of(20, lambda _: t.service(app))
    check(counts == {"stable": 10, "canary": 10}, f"not alike: {counts}")


# How many at once.

def _most_at_once(t, app, server):
    def ask():
        answers.append(t.service(app))

    answers = []
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(all(answer.status == 200 for answer in answers),
          "\n".join(map(str, answers)))
    return server.at_work.most


def most_connections(t):
    server = t.http("web")
    server.at_work.hold = lambda: time.sleep(0.05)
    app = t.app("/web", [server],
                labels=HTTP | {PROXYMATIC + "maxconn": "1"})
    t.start()
    most = _most_at_once(t, app, server)
    check(most == 1, f"{most} at once")


def most_connections_of_several_proxies(t):
    """A share of less than one is one, not as many as come."""
    server = t.http("web")
    server.at_work.hold = lambda: time.sleep(0.05)
    app = t.app("/web", [server],
                labels=HTTP | {PROXYMATIC + "maxconn": "2"})
    t.start({"group size": 4})
    most = _most_at_once(t, app, server)
    check(most == 1, f"{most} at once")


def as_many_connections_as_come(t):
    """The first request is not answered before all eight are there."""
    server = t.http("web")
    server.at_work.hold = threading.Barrier(8, timeout=60).wait
    app = t.app("/web", [server], labels=HTTP)
    t.start()
    most = _most_at_once(t, app, server)
    check(most == 8, f"{most} at once")


def client_behind_a_proxy_by_source(t):
    """The source is what the PROXY header says."""
    app = _two(t, HTTP | {"HAPROXY_0_BALANCE": "source",
                          "HAPROXY_0_BIND_OPTIONS": "accept-proxy"})
    t.start()
    counts = t.servers_of(200, lambda i: t.service(
        app, before=proxy_header(f"192.0.2.{i + 1}")))
    check(len(counts) == 2, f"all go to one: {counts}")
    counts = t.servers_of(10, lambda _: t.service(
        app, before=proxy_header("192.0.2.1")))
    check(len(counts) == 1, f"is moved about: {counts}")
