# SPDX-License-Identifier: MIT
"""Health checks by HAProxy itself: who fails gets no requests. Each scenario
also shows that who did not fail, or does not any more, gets them."""

from client import check
from trial import until

HTTP = {"HAPROXY_0_MODE": "http"}


def _health(protocol="HTTP", **more):
    return [{"protocol": protocol, "intervalSeconds": 1, "timeoutSeconds": 5,
             "maxConsecutiveFailures": 1, "portIndex": 0} | more]


def _answering(t, app):
    """Who answers, of two servers in turn."""
    return set(t.servers_of(12, lambda _: t.service(app)))


def _falls_and_rises(t, app, fail, heal):
    """Of a and b both answer, until b fails, and when it is healed again."""
    check(_answering(t, app) == {"a", "b"}, "not both from the start")
    fail()
    until("b is out", lambda: _answering(t, app) == {"a"})
    heal()
    until("b is back", lambda: _answering(t, app) == {"a", "b"})


def _by_path(server, path):
    return (lambda: setattr(server, "fails", path),
            lambda: setattr(server, "fails", None))


def http_check(t):
    a, b = t.http("a"), t.http("b")
    app = t.app("/web", [a, b], healthChecks=_health(path="/health"))
    t.start()
    _falls_and_rises(t, app, *_by_path(b, "/health"))


def http_check_of_its_path_only(t):
    """What else fails is no matter of the check."""
    web = t.http("web")
    web.fails = "/other"
    app = t.app("/web", [web], healthChecks=_health(path="/health"))
    t.start({"stats port": t.stats_port})
    t.until_status(web, "UP", "L7OK")
    t.service(app, "/other").is_status(500)
    t.service(app).is_from("web")


def _two_ports(t, health, labels):
    """Servers a and b behind the first port, a2 and b2 behind the second."""
    a, b, a2, b2 = [t.http(name) for name in ("a", "b", "a2", "b2")]
    app = t.app("/web", [a, b], [a2, b2], healthChecks=health, labels={
        "HAPROXY_0_MODE": "http", "HAPROXY_1_MODE": "http"} | labels)
    return app, b, b2


def http_check_of_each_port(t):
    """A port that has one of its own is not touched by that of another."""
    app, b, b2 = _two_ports(
        t, _health(path="/health") + _health(path="/health", portIndex=1), {})
    b2.fails = "/health"
    t.start({"stats port": t.stats_port})
    t.until_status(b2, "DOWN", "L7STS")
    t.until_status(b, "UP", "L7OK")
    check(_answering(t, app) == {"a", "b"}, "b is out, too")
    counts = t.servers_of(12, lambda _: t.service(app.ports[1]))
    check(counts == {"a2": 12}, f"not a2 alone: {counts}")


def http_check_of_another_port(t):
    """To Marathon an instance is well or not, with all of its ports: so is
    one whose only check is at its second port."""
    app, _, b2 = _two_ports(t, _health(path="/health", portIndex=1), {})
    t.start()
    _falls_and_rises(t, app, *_by_path(b2, "/health"))


def check_by_port_index(t):
    """HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX: whether the first port is
    well is asked at the second, and nowhere else."""
    app, b, b2 = _two_ports(t, _health(path="/health"), {
        "HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX": "1"})
    b.fails = "/health"
    t.start({"stats port": t.stats_port})
    check(t.first_status_of(b)[0] == "UP", "b is asked itself")
    _falls_and_rises(t, app, *_by_path(b2, "/health"))


def check_of_a_fixed_port(t):
    """One for all instances, as Marathon has it."""
    web, admin = t.http("web"), t.http("admin")
    check_of = _health(path="/health")[0]
    del check_of["portIndex"]
    app = t.app("/web", [web], labels=HTTP,
                healthChecks=[check_of | {"port": admin.port}])
    t.start()
    t.service(app).is_from("web")
    fail, heal = _by_path(admin, "/health")
    fail()
    until("web is out", lambda: t.service(app).status == 503)
    heal()
    until("web is back", lambda: t.service(app).status == 200)


def http_check_of_a_tcp_service(t):
    """HAPROXY_0_MODE is about the requests, not about the check."""
    a, b = t.http("a"), t.http("b")
    app = t.app("/web", [a, b], labels={"HAPROXY_0_MODE": "tcp"},
                healthChecks=_health(path="/health"))
    t.start({"stats port": t.stats_port})
    fail, heal = _by_path(b, "/health")
    check(_answering(t, app) == {"a", "b"}, "not both from the start")
    fail()
    t.until_status(b, "DOWN", "L7STS")
    check(_answering(t, app) == {"a"}, "b still answers")
    heal()
    t.until_status(b, "UP", "L7OK")
    check(_answering(t, app) == {"a", "b"}, "b is not back")


def tcp_check(t):
    web = t.http("web")
    app = t.app("/web", [web], healthChecks=_health("TCP"))
    t.start({"stats port": t.stats_port})
    # It answers a check of HTTP badly, which nobody makes.
    web.fails = "/"
    t.until_status(web, "UP", "L4OK")
    web.stop()
    t.until_status(web, "DOWN", "L4CON")
    web = t.http("web", web.port)
    t.until_status(web, "UP", "L4OK")
    t.service(app).is_from("web")


def check_of_an_app_without_checks(t):
    """HAProxy looks whether somebody is there."""
    web, gone = t.http("web"), t.http("gone")
    app = t.app("/web", [web, gone], labels=HTTP)
    gone.stop()
    t.start({"stats port": t.stats_port})
    check(set(t.servers_of(12, lambda _: t.service(app))) == {"web"},
          "not the one that is there")
    t.service(app).is_from("web")


def https_check(t):
    """The certificate of a task is of no authority that we know."""
    own = t.certificate("web.example.com")
    a, b = t.tls("a", own), t.tls("b", own)
    t.app("/web", [a, b], healthChecks=_health("HTTPS", path="/health"),
          labels={"lb-vhost-ssl": "web.example.com"})
    b.fails = "/health"
    t.start({"stats port": t.stats_port})
    t.until_status(a, "UP", "L7OK")
    t.until_status(b, "DOWN", "L7STS")
    counts = t.servers_of(12, lambda _: t.secure("web.example.com"))
    check(counts == {"a": 12}, f"not a alone: {counts}")


def check_behind_the_proxy_protocol(t):
    """Who wants a PROXY header wants it before a check, too."""
    a, b = t.http("a"), t.http("b")
    app = t.app("/web", [a, b], labels=HTTP | {"lb-proxy-protocol": "1"},
                healthChecks=_health(path="/health"))
    t.start()
    _falls_and_rises(t, app, *_by_path(b, "/health"))


def sticky_client_of_a_server_that_fails(t):
    a, b = t.http("a"), t.http("b")
    app = t.app("/web", [a, b], labels=HTTP | {"HAPROXY_0_STICKY": "true"},
                healthChecks=_health(path="/health"))
    t.start()
    first = t.service(app)
    check(first.header("Set-Cookie"), f"no cookie: {first}")
    cookie = {"Cookie": first.header("Set-Cookie").split(";")[0]}
    home, other = (a, b) if first.server == "a" else (b, a)
    t.service(app, headers=cookie).is_from(home.name)
    home.fails = "/health"
    until("it has moved", lambda: t.service(
        app, headers=cookie).server == other.name)


# The checks of mmsd, by what an app says that it speaks.

def _speaks(t, proto, good, bad):
    """Only who speaks it gets connections."""
    servers = t.tcp("good", good), t.tcp("bad", bad)
    t.app("/app", servers, labels={"proto": proto},
          healthChecks=_health("TCP", timeoutSeconds=1))
    t.start({"stats port": t.stats_port})
    status = [t.first_status_of(server)[0] for server in servers]
    check(status == ["UP", "DOWN"], f"good and bad are {status}")


def redis(t):
    _speaks(t, "redis", "redis", "echo")


def redis_master(t):
    _speaks(t, "redis-master", "redis", "redis slave")


def redis_slave(t):
    _speaks(t, "redis-slave", "redis slave", "redis")


def smtp(t):
    _speaks(t, "smtp", "smtp", "echo")


def no_check_of_a_port(t):
    """disable-haproxy-health-check of mmsd, a label of the port."""
    off, on = t.http("off"), t.http("on")
    ports = [t.http_port, t.https_port]
    t.app("/web", [off], [on], service_ports=ports, portDefinitions=[
        {"port": ports[0], "protocol": "tcp",
         "labels": {"disable-haproxy-health-check": "true"}},
        {"port": ports[1], "protocol": "tcp"}])
    t.start({"stats port": t.stats_port})
    status = [t.first_status_of(server)[0] for server in (off, on)]
    check(status == ["no check", "UP"], f"off and on are {status}")
    t.service(ports[0]).is_from("off")
