# SPDX-License-Identifier: MIT
"""Who may ask: passwords, networks, and which services are shown at all."""

import os

from client import basic, check

# "secret", as `openssl passwd -5 -salt mmsdfs secret` writes it.
SECRET = "$5$mmsdfs$LrFuxsiJBrDIxKuWrEaPUoQhZbTBQRavZCl0DLLZix."


def _needs_password(ask):
    ask().is_status(401)
    ask(headers=basic("ann", "wrong")).is_status(401)
    ask(headers=basic("bob", "secret")).is_status(401)
    ask(headers=basic("ann", "secret")).is_from("web")


def password(t):
    t.app("/web", [t.http("web")], labels={
        "HAPROXY_0_VHOST": "web.example.com",
        "HAPROXY_0_AUTH": f"realm:ann:{SECRET}"})
    t.app("/open", [t.http("open")],
          labels={"HAPROXY_0_VHOST": "open.example.com"})
    t.start()
    _needs_password(lambda **more: t.web("web.example.com", **more))
    t.web("open.example.com").is_from("open")
    t.web("web.example.com") \
        .has("WWW-Authenticate", 'Basic realm="realm"')


def password_for_several_hosts(t):
    t.app("/web", [t.http("web")], labels={
        "HAPROXY_0_VHOST": "a.example.com,b.example.com",
        "HAPROXY_0_AUTH": f"realm:ann:{SECRET}"})
    t.start()
    _needs_password(lambda **more: t.web("a.example.com", **more))
    _needs_password(lambda **more: t.web("b.example.com", **more))


def password_for_a_path(t):
    t.app("/admin", [t.http("web")], labels={
        "HAPROXY_0_VHOST": "web.example.com",
        "HAPROXY_0_PATH": "/admin",
        "HAPROXY_0_AUTH": f"realm:ann:{SECRET}"})
    t.app("/site", [t.http("site")],
          labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.start()
    _needs_password(
        lambda **more: t.web("web.example.com", "/admin", **more))
    t.web("web.example.com", "/").is_from("site")


def password_for_a_path_of_several_hosts(t):
    t.app("/admin", [t.http("web")], labels={
        "HAPROXY_0_VHOST": "a.example.com,b.example.com",
        "HAPROXY_0_PATH": "/admin",
        "HAPROXY_0_AUTH": f"realm:ann:{SECRET}"})
    t.app("/site", [t.http("site")],
          labels={"HAPROXY_0_VHOST": "a.example.com"})
    t.start()
    for host in "a.example.com", "b.example.com":
        _needs_password(lambda **more: t.web(host, "/admin", **more))
    t.web("a.example.com", "/").is_from("site")


def password_over_tls(t):
    t.app("/web", [t.http("web")], labels={
        "HAPROXY_0_VHOST": "web.example.com",
        "HAPROXY_0_AUTH": f"realm:ann:{SECRET}"})
    t.app("/open", [t.http("open")],
          labels={"HAPROXY_0_VHOST": "open.example.com"})
    t.start({"certificates": t.certificate("web.example.com").path})
    _needs_password(lambda **more: t.secure("web.example.com", **more))
    t.secure("open.example.com").is_from("open")


def password_for_a_path_over_tls(t):
    t.app("/admin", [t.http("web")], labels={
        "HAPROXY_0_VHOST": "web.example.com",
        "HAPROXY_0_PATH": "/admin",
        "HAPROXY_0_AUTH": f"realm:ann:{SECRET}"})
    t.app("/site", [t.http("site")],
          labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.start({"certificates": t.certificate("web.example.com").path})
    _needs_password(
        lambda **more: t.secure("web.example.com", "/admin", **more))
    t.secure("web.example.com", "/").is_from("site")


def password_with_maps(t):
    t.app("/web", [t.http("web")], labels={
        "HAPROXY_0_VHOST": "web.example.com",
        "HAPROXY_0_AUTH": f"realm:ann:{SECRET}"})
    t.app("/open", [t.http("open")],
          labels={"HAPROXY_0_VHOST": "open.example.com"})
    t.start({"map": True})
    _needs_password(lambda **more: t.web("web.example.com", **more))
    t.web("open.example.com").is_from("open")


def passwords_of_two_apps(t):
    for name in "one", "two":
        t.app(f"/{name}", [t.http(name)], labels={
            "HAPROXY_0_VHOST": f"{name}.example.com",
            "HAPROXY_0_AUTH": f"realm:{name}:{SECRET}"})
    t.start()
    for name, other in ("one", "two"), ("two", "one"):
        t.web(f"{name}.example.com", headers=basic(name, "secret")) \
            .is_from(name)
        t.web(f"{name}.example.com", headers=basic(other, "secret")) \
            .is_status(401)


def password_that_cannot_be_read(t):
    """A mistake in the label never opens the app to everybody."""
    t.app("/web", [t.http("web")], labels={
        "HAPROXY_0_VHOST": "web.example.com",
        "HAPROXY_0_AUTH": "realm:ann"})
    t.app("/open", [t.http("open")],
          labels={"HAPROXY_0_VHOST": "open.example.com"})
    t.start(problems=["HAPROXY_0_AUTH"])
    answer = t.web("web.example.com")
    check(answer.status in (401, 403, 503), f"let in: {answer}")
    t.web("open.example.com").is_from("open")


def password_in_every_form_of_the_host(t):
    t.app("/web", [t.http("web")], labels={
        "HAPROXY_0_VHOST": "Web.example.com",
        "HAPROXY_0_AUTH": f"realm:ann:{SECRET}"})
    t.start()
    for host in "WEB.example.com", "web.example.com:80", "web.example.com.":
        answer = t.web(host)
        check(answer.status in (401, 503), f"let in: {answer}")
    _needs_password(lambda **more: t.web("WEB.example.com:81", **more))


def password_of_a_wildcard(t):
    t.app("/web", [t.http("web")], labels={
        "lb-vhost": "*.example.com",
        "HAPROXY_0_AUTH": f"realm:ann:{SECRET}"})
    t.start()
    _needs_password(lambda **more: t.web("a.example.com", **more))


def password_of_a_wildcard_beside_a_host(t):
    """Either is its own app's, whichever is asked for first."""
    secret = {"HAPROXY_0_AUTH": f"realm:ann:{SECRET}"}
    t.app("/any", [t.http("web")],
          labels={"lb-vhost": "*.a.example.com"} | secret)
    t.app("/one", [t.http("one")], labels={"lb-vhost": "one.a.example.com"})
    t.app("/any2", [t.http("any2")], labels={"lb-vhost": "*.b.example.com"})
    t.app("/one2", [t.http("web")],
          labels={"lb-vhost": "one.b.example.com"} | secret)
    t.start()
    _needs_password(lambda **more: t.web("x.a.example.com", **more))
    _needs_password(lambda **more: t.web("one.b.example.com", **more))
    t.web("x.b.example.com").is_from("any2")
    t.web("one.a.example.com").is_from("one")


def password_of_the_default(t):
    """It would come without the password: then it does not come at all."""
    t.app("/web", [t.http("web")], labels={
        "lb-vhost-default": "0",
        "HAPROXY_0_VHOST": "web.example.com",
        "HAPROXY_0_AUTH": f"realm:ann:{SECRET}"})
    t.app("/open", [t.http("open")],
          labels={"HAPROXY_0_VHOST": "open.example.com"})
    t.start(problems=["without the password"])
    t.web("any.example.com").is_status(503)
    t.web(None).is_status(503)
    _needs_password(lambda **more: t.web("web.example.com", **more))
    t.web("open.example.com").is_from("open")


def password_whatever_the_server_name(t):
    """Over TLS a client says twice whom it wants, and may say two things."""
    web, open_ = "web.example.com", "open.example.com"
    t.app("/web", [t.http("web")], labels={
        "HAPROXY_0_VHOST": web, "HAPROXY_0_AUTH": f"realm:ann:{SECRET}"})
    t.app("/open", [t.http("open")], labels={"HAPROXY_0_VHOST": open_})
    t.start({"certificates": t.certificate(web).path})
    for sni in web, open_, "other.example.com":
        for host in web, open_, "other.example.com":
            answer = t.secure(host, sni=sni)
            check(answer.server != "web", f"let in for {sni}: {answer}")
    t.secure(web, headers=basic("ann", "secret")).is_from("web")


def password_where_hosts_are_grouped(t):
    web = f"web-{os.getpid()}.example.com"
    open_ = f"open-{os.getpid()}.example.com"
    t.app("/web", [t.http("web")], labels={
        "HAPROXY_0_VHOST": web, "HAPROXY_0_AUTH": f"realm:ann:{SECRET}"})
    t.app("/open", [t.http("open")], labels={"HAPROXY_0_VHOST": open_})
    t.start({"grouped": True, "certificates": t.certificate(web).path})
    _needs_password(lambda **more: t.secure(web, **more))
    t.secure(open_).is_from("open")
    for sni, host in (open_, web), (web, open_):
        answer = t.secure(host, sni=sni)
        check(answer.server != "web", f"let in for {sni}: {answer}")


def password_beside_a_path_without_one(t):
    """The app of the path comes first, and opens nothing else."""
    t.app("/api", [t.http("api")], labels={
        "HAPROXY_0_VHOST": "web.example.com", "HAPROXY_0_PATH": "/api"})
    t.app("/web", [t.http("web")], labels={
        "HAPROXY_0_VHOST": "web.example.com",
        "HAPROXY_0_AUTH": f"realm:ann:{SECRET}"})
    t.start()
    _needs_password(lambda **more: t.web("web.example.com", **more))
    t.web("web.example.com", "/api",
          headers=basic("ann", "secret")).is_from("api")


def realm_of_several_words(t):
    t.app("/web", [t.http("web")], labels={
        "HAPROXY_0_VHOST": "web.example.com",
        "HAPROXY_0_AUTH": f"two words:ann:{SECRET}"})
    t.start()
    t.web("web.example.com").is_status(401) \
        .has("WWW-Authenticate", 'Basic realm="two words"')


# Networks.

def _allowed(t, networks, server=None, **labels):
    return t.app("/web", [server or t.http("web")], labels={
        "HAPROXY_0_VHOST": "web.example.com",
        "HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL": networks} | labels)


def network_that_is_allowed(t):
    app = _allowed(t, "127.0.0.1/32")
    t.start()
    t.web("web.example.com").is_from("web")
    t.service(app).is_from("web")
    t.web("web.example.com", source="127.0.0.2").is_status(403)
    t.service(app, source="127.0.0.2").is_status(403)


def network_that_is_not(t):
    app = _allowed(t, "10.0.0.0/8")
    t.app("/open", [t.http("open")],
          labels={"HAPROXY_0_VHOST": "open.example.com"})
    t.start()
    t.web("web.example.com").is_status(403)
    t.service(app).is_status(403)
    t.web("open.example.com").is_from("open")


def several_networks(t):
    _allowed(t, "10.0.0.0/8 127.0.0.2 127.0.0.3/32")
    t.start()
    t.web("web.example.com").is_status(403)
    t.web("web.example.com", source="127.0.0.2").is_from("web")
    t.web("web.example.com", source="127.0.0.3").is_from("web")


def networks_of_tcp(t):
    label = "HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL"
    near = t.app("/near", [t.tcp("near")], labels={label: "127.0.0.1/32"})
    far = t.app("/far", [t.tcp("far")], labels={label: "10.0.0.0/8"})
    t.start()
    t.echo(near).is_from("near")
    t.echo(near, source="127.0.0.2").is_refused()
    t.echo(far).is_refused()


def networks_over_tls(t):
    _allowed(t, "127.0.0.2")
    t.start({"certificates": t.certificate("web.example.com").path})
    t.secure("web.example.com").is_status(403)
    t.secure("web.example.com", source="127.0.0.2").is_from("web")


def networks_where_hosts_are_grouped(t):
    """Between the listeners the client's address is not lost."""
    host = f"web-{os.getpid()}.example.com"
    _allowed(t, "127.0.0.2", HAPROXY_0_VHOST=host)
    t.start({"grouped": True, "certificates": t.certificate(host).path})
    t.secure(host).is_status(403)
    t.secure(host, source="127.0.0.2").is_from("web")


def network_that_cannot_be_read(t):
    """A mistake in the label never opens the app to everybody."""
    app = _allowed(t, "10.0.0.0/99 nonsense")
    t.app("/open", [t.http("open")],
          labels={"HAPROXY_0_VHOST": "open.example.com"})
    t.start(problems=["NETWORK_ALLOWED_ACL"])
    for answer in t.web("web.example.com"), t.service(app):
        check(answer.status in (0, 403, 503), f"let in: {answer}")
    t.web("open.example.com").is_from("open")


# Which services there are.

def strict_mode(t):
    enabled = t.app("/enabled", [t.http("enabled")], labels={
        "HAPROXY_0_VHOST": "a.example.com", "HAPROXY_0_ENABLED": "true"})
    other = t.app("/other", [t.http("other")],
                  labels={"HAPROXY_0_VHOST": "b.example.com"})
    off = t.app("/off", [t.http("off")], labels={
        "HAPROXY_0_VHOST": "c.example.com", "HAPROXY_0_ENABLED": "false"})
    t.start({"strict": True})
    t.web("a.example.com").is_from("enabled")
    t.service(enabled).is_from("enabled")
    for host, app in ("b.example.com", other), ("c.example.com", off):
        t.web(host).is_status(503)
        t.service(app).is_refused()


def without_strict_mode(t):
    other = t.app("/other", [t.http("other")],
                  labels={"HAPROXY_0_VHOST": "b.example.com"})
    off = t.app("/off", [t.http("off")], labels={
        "HAPROXY_0_VHOST": "c.example.com", "HAPROXY_0_ENABLED": "false"})
    t.start()
    t.web("b.example.com").is_from("other")
    t.service(other).is_from("other")
    t.web("c.example.com").is_status(503)
    t.service(off).is_refused()
