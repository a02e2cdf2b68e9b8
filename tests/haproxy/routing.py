# SPDX-License-Identifier: MIT
"""Which app a request reaches by its host, its path or its app id."""

from client import check, fetch


def one_virtual_host(t):
    web = t.app("/web", [t.http("web")],
                labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.start()
    t.web("web.example.com").is_from("web")
    t.service(web).is_from("web")
    t.web("example.com").is_status(503)
    t.web("a.web.example.com").is_status(503)


def several_virtual_hosts(t):
    t.app("/web", [t.http("web")],
          labels={"HAPROXY_0_VHOST": "a.example.com,b.example.com"})
    t.app("/other", [t.http("other")],
          labels={"HAPROXY_0_VHOST": "c.example.com"})
    t.start()
    t.web("a.example.com").is_from("web")
    t.web("b.example.com").is_from("web")
    t.web("c.example.com").is_from("other")
    t.web("d.example.com").is_status(503)


def case_of_a_host_does_not_matter(t):
    t.app("/web", [t.http("web")],
          labels={"HAPROXY_0_VHOST": "Web.Example.com"})
    t.start()
    t.web("web.example.com").is_from("web")
    t.web("WEB.EXAMPLE.COM").is_from("web")
    t.web("WEP.EXAMPLE.COM").is_status(503)


def host_with_a_port(t):
    t.app("/web", [t.http("web")],
          labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.start()
    t.web(f"web.example.com:{t.http_port}").is_from("web")
    t.web("web.example.com:1").is_from("web")
    t.web("web.example.com.org:80").is_status(503)


def no_host_at_all(t):
    t.app("/web", [t.http("web")],
          labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.start()
    t.web(None).is_status(503)


def wildcard(t):
    t.app("/any", [t.http("any")], labels={"lb-vhost": "*.example.com"})
    t.app("/one", [t.http("one")], labels={"lb-vhost": "one.example.com"})
    t.start()
    t.web("a.example.com").is_from("any")
    t.web("a.b.example.com").is_from("any")
    t.web("one.example.com").is_from("one")
    t.web("example.com").is_status(503)
    t.web("anexample.com").is_status(503)
    t.web("a.example.com.org").is_status(503)


def longest_wildcard_first(t):
    t.app("/a", [t.http("wide")], labels={"lb-vhost": "*.example.com"})
    t.app("/b", [t.http("narrow")], labels={"lb-vhost": "*.b.example.com"})
    t.start()
    t.web("x.b.example.com").is_from("narrow")
    t.web("b.example.com").is_from("wide")


def default_virtual_host(t):
    t.app("/web", [t.http("web")], labels={"lb-vhost": "web.example.com"})
    t.app("/rest", [t.http("rest")], labels={"lb-vhost-default": "0"})
    t.start()
    t.web("web.example.com").is_from("web")
    t.web("elsewhere.example.org").is_from("rest")


def virtual_host_of_the_second_port(t):
    t.app("/web", [t.http("first")], [t.http("second")],
          labels={"HAPROXY_1_VHOST": "web.example.com"})
    t.start()
    t.web("web.example.com").is_from("second")


def virtual_host_by_index(t):
    t.app("/web", [t.http("first")], [t.http("second")],
          labels={"lb-vhost": "a.example.com:1,b.example.com"})
    t.start()
    t.web("a.example.com").is_from("second")
    t.web("b.example.com").is_from("first")


def virtual_host_taken(t):
    """The first has it; the second is told, and keeps its service port."""
    t.app("/a", [t.http("a")], labels={"HAPROXY_0_VHOST": "x.example.com"})
    b = t.app("/b", [t.http("b")],
              labels={"HAPROXY_0_VHOST": "x.example.com"})
    t.start(problems=["x.example.com"])
    t.web("x.example.com").is_from("a")
    t.service(b).is_from("b")


def app_without_instances(t):
    t.app("/web", [], labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.app("/other", [t.http("other")],
          labels={"HAPROXY_0_VHOST": "other.example.com"})
    t.start()
    t.web("web.example.com").is_status(503)
    t.web("other.example.com").is_from("other")


def forwarded_headers(t):
    t.app("/web", [t.http("web")],
          labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.start()
    answer = t.web("web.example.com", "/a?b=c").is_from("web")
    answer.reached_with(path="/a?b=c", host="web.example.com",
                        x_forwarded_for="127.0.0.1",
                        x_forwarded_proto="http")


def forwarded_proto(t):
    """Said where nobody in front, who ended TLS, has said it."""
    t.app("/web", [t.http("web")],
          labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.start()
    t.web("web.example.com").reached_with(x_forwarded_proto="http")
    t.web("web.example.com", headers={"X-Forwarded-Proto": "https"}) \
        .reached_with(x_forwarded_proto="https")


def forwarded_port(t):
    web = t.app("/web", [t.http("web")],
                labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.start()
    t.web("web.example.com").reached_with(x_forwarded_port=str(t.http_port))
    t.service(web).reached_with(x_forwarded_port=str(web.port))


# Paths.

def _api_and_site(t, api_labels):
    t.app("/api", [t.http("api")], labels={
        "HAPROXY_0_VHOST": "x.example.com"} | api_labels)
    t.app("/site", [t.http("site")],
          labels={"HAPROXY_0_VHOST": "x.example.com"})


def path_of_a_virtual_host(t):
    _api_and_site(t, {"HAPROXY_0_PATH": "/api"})
    t.start()
    t.web("x.example.com", "/api/v1").is_from("api") \
        .reached_with(path="/api/v1")
    t.web("x.example.com", "/").is_from("site")
    t.web("x.example.com", "/other/api").is_from("site")
    t.web("y.example.com", "/api").is_status(503)


def path_before_no_path_in_any_order(t):
    """Also when the app without a path comes first."""
    t.app("/a", [t.http("site")],
          labels={"HAPROXY_0_VHOST": "x.example.com"})
    t.app("/b", [t.http("api")], labels={
        "HAPROXY_0_VHOST": "x.example.com", "HAPROXY_0_PATH": "/api"})
    t.start()
    t.web("x.example.com", "/api").is_from("api")
    t.web("x.example.com", "/").is_from("site")


def path_alone(t):
    """Without an app for the rest there is no answer for the rest."""
    t.app("/api", [t.http("api")], labels={
        "HAPROXY_0_VHOST": "x.example.com", "HAPROXY_0_PATH": "/api"})
    t.start()
    t.web("x.example.com", "/api").is_from("api")
    t.web("x.example.com", "/").is_status(503)


def several_paths(t):
    _api_and_site(t, {"HAPROXY_0_PATH": "/v1 /v2"})
    t.start()
    t.web("x.example.com", "/v1/a").is_from("api")
    t.web("x.example.com", "/v2/a").is_from("api")
    t.web("x.example.com", "/v3/a").is_from("site")


def path_in_any_case(t):
    _api_and_site(t, {"HAPROXY_0_PATH": "-i /api"})
    t.start()
    t.web("x.example.com", "/API/a").is_from("api")
    t.web("x.example.com", "/bpi/a").is_from("site")


def path_in_its_case(t):
    _api_and_site(t, {"HAPROXY_0_PATH": "/api"})
    t.start()
    t.web("x.example.com", "/API/a").is_from("site")


def path_of_several_hosts(t):
    t.app("/api", [t.http("api")], labels={
        "HAPROXY_0_VHOST": "x.example.com,y.example.com",
        "HAPROXY_0_PATH": "/api"})
    t.app("/site", [t.http("site")],
          labels={"HAPROXY_0_VHOST": "x.example.com"})
    t.start()
    t.web("x.example.com", "/api").is_from("api")
    t.web("y.example.com", "/api").is_from("api")
    t.web("x.example.com", "/").is_from("site")
    t.web("y.example.com", "/").is_status(503)


def path_of_a_wildcard(t):
    t.app("/api", [t.http("api")], labels={
        "lb-vhost": "*.example.com", "HAPROXY_0_PATH": "/api"})
    t.app("/any", [t.http("any")], labels={"lb-vhost": "*.example.com"})
    t.start()
    t.web("a.example.com", "/api").is_from("api")
    t.web("a.example.com", "/").is_from("any")


def longest_path_first(t):
    t.app("/a", [t.http("short")], labels={
        "HAPROXY_0_VHOST": "x.example.com", "HAPROXY_0_PATH": "/api"})
    t.app("/b", [t.http("long")], labels={
        "HAPROXY_0_VHOST": "x.example.com", "HAPROXY_0_PATH": "/api/v2"})
    t.start()
    t.web("x.example.com", "/api/v2/x").is_from("long")
    t.web("x.example.com", "/api/v1/x").is_from("short")


def weight_before_length_of_a_path(t):
    t.app("/a", [t.http("long")], labels={
        "HAPROXY_0_VHOST": "x.example.com", "HAPROXY_0_PATH": "/api/v2"})
    t.app("/b", [t.http("heavy")], labels={
        "HAPROXY_0_VHOST": "x.example.com", "HAPROXY_0_PATH": "/api",
        "HAPROXY_0_BACKEND_WEIGHT": "5"})
    t.start()
    t.web("x.example.com", "/api/v2/x").is_from("heavy")


def weight_of_virtual_hosts(t):
    """The heavier is asked first, else the first app."""
    t.app("/a", [t.http("light")], labels={
        "HAPROXY_0_VHOST": "x.example.com", "HAPROXY_0_PATH": "/p",
        "HAPROXY_0_BACKEND_WEIGHT": "1"})
    t.app("/b", [t.http("heavy")], labels={
        "HAPROXY_0_VHOST": "x.example.com", "HAPROXY_0_PATH": "/p /q",
        "HAPROXY_0_BACKEND_WEIGHT": "2"})
    t.start()
    t.web("x.example.com", "/p").is_from("heavy")
    t.web("x.example.com", "/q").is_from("heavy")


# By the id of the app.

def header_with_the_app_id(t):
    port = t.stats_port
    t.app("/web/one", [t.http("one")], labels={"HAPROXY_0_MODE": "http"})
    t.app("/web/two", [t.http("two")], labels={"HAPROXY_0_MODE": "http"})
    t.app("/tcp", [t.tcp("tcp")])
    t.start({"app id port": port})

    def ask(app_id):
        return fetch(port, host="any.example.com",
                     headers={"X-Marathon-App-Id": app_id})

    ask("/web/one").is_from("one")
    ask("/web/two").is_from("two")
    ask("/web/three").is_status(503)
    ask("/tcp").is_status(503)
    fetch(port, host="any.example.com").is_status(503)


# The same with maps.

def _looks_up_maps(t):
    check(".map" in t.config, "does not look up a map")


def map_of_virtual_hosts(t):
    t.app("/web", [t.http("web")],
          labels={"HAPROXY_0_VHOST": "A.example.com,b.example.com"})
    t.app("/other", [t.http("other")],
          labels={"HAPROXY_0_VHOST": "c.example.com"})
    t.start({"map": True})
    _looks_up_maps(t)
    t.web("a.example.com").is_from("web")
    t.web("B.example.com:80").is_from("web")
    t.web("c.example.com").is_from("other")
    t.web("d.example.com").is_status(503)


def map_beside_paths(t):
    _api_and_site(t, {"HAPROXY_0_PATH": "/api"})
    t.start({"map": True})
    _looks_up_maps(t)
    t.web("x.example.com", "/api/v1").is_from("api")
    t.web("x.example.com", "/").is_from("site")
    t.web("y.example.com", "/api").is_status(503)


def map_beside_wildcards(t):
    t.app("/any", [t.http("any")], labels={"lb-vhost": "*.example.com"})
    t.app("/one", [t.http("one")],
          labels={"HAPROXY_0_VHOST": "one.example.com"})
    t.start({"map": True})
    t.web("one.example.com").is_from("one")
    t.web("two.example.com").is_from("any")
    t.web("example.com").is_status(503)


def map_beside_a_default(t):
    t.app("/web", [t.http("web")],
          labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.app("/rest", [t.http("rest")], labels={"lb-vhost-default": "0"})
    t.start({"map": True})
    t.web("web.example.com").is_from("web")
    t.web("any.example.org").is_from("rest")


def map_over_tls(t):
    t.app("/web", [t.http("web")],
          labels={"HAPROXY_0_VHOST": "a.example.com"})
    t.start({"map": True,
             "certificates": t.certificate("a.example.com").path})
    t.secure("a.example.com").is_from("web")
    t.secure("b.example.com").is_status(503)


def map_of_app_ids(t):
    t.app("/web", [t.http("web")], labels={"HAPROXY_0_MODE": "http"})
    t.start({"map": True, "app id port": t.stats_port})
    fetch(t.stats_port, headers={"X-Marathon-App-Id": "/web"},
          host="x").is_from("web")
    fetch(t.stats_port, headers={"X-Marathon-App-Id": "/wep"},
          host="x").is_status(503)
