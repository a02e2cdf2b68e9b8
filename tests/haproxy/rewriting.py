# SPDX-License-Identifier: MIT
"""What of a request and of its answer is changed on the way, and templates,
by which users change what they like."""

import os
import urllib.parse

from client import check, fetch


def _web(t, labels):
    t.app("/web", [t.http("web")],
          labels={"HAPROXY_0_VHOST": "web.example.com"} | labels)
    t.app("/plain", [t.http("plain")],
          labels={"HAPROXY_0_VHOST": "plain.example.com"})


# The path at the server.

def path_that_the_server_does_not_see(t):
    _web(t, {"HAPROXY_0_PATH": "/shop",
             "HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH": "/shop"})
    t.start()
    for asked, seen in ("/shop/a/b?c=/shop/d", "/a/b?c=/shop/d"), \
            ("/shop/", "/"), ("/shop", "/"):
        t.web("web.example.com", asked).is_from("web") \
            .reached_with(path=seen, host="web.example.com")
    t.web("plain.example.com", "/shop/a").is_from("plain") \
        .reached_with(path="/shop/a")


def path_that_begins_alike(t):
    """The rest of the request stays as it is."""
    _web(t, {"HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH": "/shop"})
    t.start()
    t.web("web.example.com", "/shop/a").reached_with(path="/a")
    t.web("web.example.com", "/x/shop/a").reached_with(path="/x/shop/a")


def path_with_signs_of_a_pattern(t):
    """A dot is a dot."""
    _web(t, {"HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH": "/v1.0"})
    t.start()
    t.web("web.example.com", "/v1.0/a").reached_with(path="/a")
    t.web("web.example.com", "/v1x0/a").reached_with(path="/v1x0/a")


def path_that_ends_in_a_slash(t):
    _web(t, {"HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH": "/shop/"})
    t.start()
    t.web("web.example.com", "/shop/a").reached_with(path="/a")
    t.web("web.example.com", "/shopping").reached_with(path="/shopping")


def path_without_a_virtual_host(t):
    """The Host is never what nobody asked for."""
    app = t.app("/web", [t.http("web")], labels={
        "HAPROXY_0_MODE": "http",
        "HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH": "/shop"})
    t.start(problems=["HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH"])
    t.service(app, "/shop/a", host="any.example.com").is_from("web") \
        .reached_with(host="any.example.com")


# Where an answer leads.

def _location(t, host, place):
    answer = t.web(host, "/go?" + urllib.parse.urlencode({"to": place}))
    answer.is_status(302)
    return answer.header("Location")


def location_of_an_answer(t):
    _web(t, {"HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH": "/shop"})
    t.start()
    for place in "/there", "http://web.example.com/there", \
            "http://web.example.com:31001/there":
        location = _location(t, "web.example.com", place)
        parts = urllib.parse.urlsplit(location)
        check(parts.path == "/shop/there", f"{place}: {location}")
        check(parts.hostname in (None, "web.example.com"),
              f"{place}: {location}")
    check(_location(t, "plain.example.com", "/there") == "/there",
          "also of another app")
    t.web("web.example.com").is_from("web").has("Location", None)


def location_elsewhere(t):
    """Another site is not ours to change."""
    _web(t, {"HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH": "/shop"})
    t.start()
    place = "http://web.example.com/there"
    location = _location(t, "web.example.com", place)
    check(location != place, f"still {place}")
    place = "https://other.example.org/there"
    location = _location(t, "web.example.com", place)
    check(location == place, f"not {place} but {location}")


def there_and_back(t):
    """An app under a path that knows nothing of it."""
    _web(t, {"HAPROXY_0_PATH": "/shop",
             "HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH": "/shop",
             "HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH": "/shop"})
    t.start()
    answer = t.web("web.example.com", "/shop/go?to=/there").is_status(302)
    place = urllib.parse.urlsplit(answer.header("Location")).path
    check(place == "/shop/there", f"leads elsewhere: {answer}")
    t.web("web.example.com", place).is_from("web") \
        .reached_with(path="/there")


def root_that_leads_elsewhere(t):
    _web(t, {"HAPROXY_0_HTTP_BACKEND_REDIR": "/start"})
    t.start()
    t.web("web.example.com", "/").is_status(301).has("Location", "/start")
    t.web("web.example.com", "/start").is_from("web")
    t.web("web.example.com", "/a/").is_from("web")
    t.web("plain.example.com", "/").is_from("plain")


def _root_leads_to(t, place):
    _web(t, {"HAPROXY_0_HTTP_BACKEND_REDIR": place})
    t.start()
    t.web("web.example.com", "/").is_status(301).has("Location", place)


def root_that_leads_to_signs(t):
    _root_leads_to(t, "/a?b='c'&d=e;f#g$h~(i)!*")


def root_that_leads_to_an_escaped_sign(t):
    """As every URL may have it; HAProxy has to be told."""
    _root_leads_to(t, "/a%20b")


# Templates.

COLOUR = "  http-request set-header X-Colour {}\n"


def template_of_a_label(t):
    _web(t, {"HAPROXY_0_BACKEND_HTTP_OPTIONS": COLOUR.format("blue")})
    t.start()
    t.web("web.example.com").is_from("web").reached_with(x_colour="blue")
    t.web("plain.example.com").is_from("plain").reached_with(x_colour=None)


def template_with_fields(t):
    """The head of a backend, as marathon-lb has it, and a line more."""
    _web(t, {"HAPROXY_0_BACKEND_HEAD":
             "\nbackend {backend}\n  balance {balance}\n  mode {mode}\n"
             + COLOUR.format("{backend}")})
    t.start()
    colour = t.web("web.example.com").is_from("web").received("x-colour")
    check(colour and colour.startswith("web_"), f"not filled in: {colour}")
    t.web("plain.example.com").is_from("plain").reached_with(x_colour=None)


def template_of_server_options(t):
    """Each server line ends in what the template says."""
    _web(t, {"HAPROXY_0_BACKEND_SERVER_OPTIONS":
             "  server {serverName} {host_ipv4}:{port} send-proxy\n"})
    t.start()
    answer = t.web("web.example.com").is_from("web")
    check(answer.told["proxy"], f"no PROXY header: {answer}")
    check(not t.web("plain.example.com").told["proxy"], "of another app")


def template_with_an_unknown_field(t):
    """Said; it takes nobody else with it."""
    _web(t, {"HAPROXY_0_BACKEND_HEAD": "\nbackend {back}\n"})
    t.start(problems=["BACKEND_HEAD"])
    t.web("plain.example.com").is_from("plain")


def _directory(t, **templates):
    for name, text in templates.items():
        t.file(f"templates/{name}", text)
    return {"templates": os.path.join(t.directory, "templates")}


def template_of_a_directory(t):
    _web(t, {})
    t.start(_directory(
        t, HAPROXY_BACKEND_HTTP_OPTIONS=COLOUR.format("red")))
    t.web("web.example.com").is_from("web").reached_with(x_colour="red")
    t.web("plain.example.com").is_from("plain").reached_with(x_colour="red")


def template_of_a_label_before_a_directory(t):
    _web(t, {"HAPROXY_0_BACKEND_HTTP_OPTIONS": COLOUR.format("blue")})
    t.start(_directory(
        t, HAPROXY_BACKEND_HTTP_OPTIONS=COLOUR.format("red")))
    t.web("web.example.com").is_from("web").reached_with(x_colour="blue")
    t.web("plain.example.com").is_from("plain").reached_with(x_colour="red")


def template_of_the_head(t):
    """All of it is the user's, statistics included."""
    port = t.stats_port
    _web(t, {})
    t.start(_directory(t, HAPROXY_HEAD=(
        "global\n  maxconn 100\n"
        "defaults\n  mode http\n  timeout connect 5s\n"
        "  timeout client 50s\n  timeout server 50s\n"
        f"listen own\n  bind 127.0.0.1:{port}\n"
        "  http-request return status 418\n")))
    fetch(port, host="x").is_status(418)
    t.web("web.example.com").is_from("web")


def template_of_the_http_frontend(t):
    _web(t, {})
    t.start(_directory(t, HAPROXY_HTTP_FRONTEND_HEAD=(
        f"\nfrontend marathon_http_in\n  bind *:{t.http_port}\n"
        "  mode http\n  http-request deny deny_status 429 "
        "if { path /limited }\n")))
    t.web("web.example.com", "/limited").is_status(429)
    t.web("web.example.com", "/").is_from("web")
