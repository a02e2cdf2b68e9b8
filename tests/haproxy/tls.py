# SPDX-License-Identifier: MIT
"""TLS: ended here, ended by the servers, and the way there."""

import os

from client import check


def _web(t, host="web.example.com", **labels):
    return t.app("/web", [t.http("web")],
                 labels={"HAPROXY_0_VHOST": host} | labels)


# Ended at the virtual hosts.

def virtual_host_over_tls(t):
    certificate = t.certificate("web.example.com")
    _web(t)
    t.start({"certificates": certificate.path})
    t.secure("web.example.com").is_from("web").is_certified(certificate) \
        .reached_with(x_forwarded_proto="https",
                      x_forwarded_for="127.0.0.1")
    t.secure("other.example.com").is_status(503)
    t.web("web.example.com").is_from("web") \
        .reached_with(x_forwarded_proto="http")


def server_name_picks_the_certificate(t):
    a, b = t.certificate("a.example.com"), t.certificate("b.example.com")
    _web(t, "a.example.com,b.example.com,c.example.com")
    t.start({"certificates": f"{a.path},{b.path}"})
    t.secure("a.example.com").is_from("web").is_certified(a)
    t.secure("b.example.com").is_from("web").is_certified(b)
    # The first is for all others.
    t.secure("c.example.com").is_from("web").is_certified(a)


def directory_of_certificates(t):
    """A directory is what HAProxy can read, too."""
    a, b = t.certificate("a.example.com"), t.certificate("b.example.com")
    for certificate in a, b:
        with open(certificate.path, encoding="ascii") as file:
            t.file(f"certs/{certificate.host}.pem", file.read())
    _web(t, "a.example.com,b.example.com")
    t.start({"certificates": os.path.join(t.directory, "certs")})
    t.secure("a.example.com").is_from("web").is_certified(a)
    t.secure("b.example.com").is_from("web").is_certified(b)


def wildcard_over_tls(t):
    t.app("/any", [t.http("any")], labels={"lb-vhost": "*.example.com"})
    t.start({"certificates": t.certificate("*.example.com").path})
    t.secure("a.example.com").is_from("any")
    t.secure("example.com").is_status(503)


def path_over_tls(t):
    t.app("/api", [t.http("api")], labels={
        "HAPROXY_0_VHOST": "x.example.com", "HAPROXY_0_PATH": "/api"})
    t.app("/site", [t.http("site")],
          labels={"HAPROXY_0_VHOST": "x.example.com"})
    t.start({"certificates": t.certificate("x.example.com").path})
    t.secure("x.example.com", "/api/a").is_from("api")
    t.secure("x.example.com", "/").is_from("site")


def case_of_a_host_over_tls(t):
    _web(t, "Web.Example.com")
    t.start({"certificates": t.certificate("web.example.com").path})
    t.secure("web.example.com").is_from("web")
    t.secure("WEB.example.COM", sni="WEB.example.COM").is_from("web")


def strict_transport_security(t):
    _web(t, HAPROXY_0_USE_HSTS="true")
    t.app("/without", [t.http("without")],
          labels={"HAPROXY_0_VHOST": "without.example.com"})
    t.start({"certificates": t.certificate("web.example.com").path})
    answer = t.secure("web.example.com").is_from("web")
    check("max-age=" in (answer.header("Strict-Transport-Security") or ""),
          f"no Strict-Transport-Security: {answer}")
    t.secure("without.example.com").is_from("without") \
        .has("Strict-Transport-Security", None)


def strict_transport_security_only_there(t):
    """RFC 6797 7.2: never in an answer that is not over TLS."""
    app = _web(t, HAPROXY_0_USE_HSTS="true")
    t.start({"certificates": t.certificate("web.example.com").path})
    for answer in t.web("web.example.com"), t.service(app):
        answer.is_from("web").has("Strict-Transport-Security", None)
    check(t.secure("web.example.com").header("Strict-Transport-Security"),
          "nor over TLS")


# From HTTP to there.

def _leads_to_https(t, host, path="/"):
    """Wherever the https listener is, the host and the path are the same."""
    answer = t.web(host, path).is_status(301)
    place = answer.header("Location") or ""
    check(place.startswith(f"https://{host}") and place.endswith(path),
          f"leads elsewhere: {answer}")


def redirect_to_https(t):
    _web(t, HAPROXY_0_REDIRECT_TO_HTTPS="true")
    t.app("/plain", [t.http("plain")], labels={
        "HAPROXY_0_VHOST": "plain.example.com",
        "HAPROXY_0_REDIRECT_TO_HTTPS": "false"})
    t.start({"certificates": t.certificate("web.example.com").path})
    _leads_to_https(t, "web.example.com")
    _leads_to_https(t, "web.example.com", "/a/b?c=d")
    t.web("plain.example.com").is_from("plain")
    t.secure("web.example.com").is_from("web")


def redirect_of_several_hosts(t):
    _web(t, "a.example.com,b.example.com",
         HAPROXY_0_REDIRECT_TO_HTTPS="true")
    t.app("/plain", [t.http("plain")],
          labels={"HAPROXY_0_VHOST": "plain.example.com"})
    t.start({"certificates": t.certificate("a.example.com").path})
    for host in "a.example.com", "b.example.com":
        _leads_to_https(t, host, "/x")
        t.secure(host).is_from("web")
    t.web("plain.example.com").is_from("plain")


def redirect_of_a_path(t):
    _web(t, HAPROXY_0_REDIRECT_TO_HTTPS="true", HAPROXY_0_PATH="/private")
    t.app("/site", [t.http("site")],
          labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.start({"certificates": t.certificate("web.example.com").path})
    _leads_to_https(t, "web.example.com", "/private/x")
    t.web("web.example.com", "/public").is_from("site")
    t.secure("web.example.com", "/private/x").is_from("web")


def redirect_of_a_path_of_several_hosts(t):
    _web(t, "a.example.com,b.example.com",
         HAPROXY_0_REDIRECT_TO_HTTPS="true", HAPROXY_0_PATH="/private")
    t.app("/site", [t.http("site")],
          labels={"HAPROXY_0_VHOST": "a.example.com,b.example.com"})
    t.start({"certificates": t.certificate("a.example.com").path})
    for host in "a.example.com", "b.example.com":
        _leads_to_https(t, host, "/private/x")
        t.web(host, "/public").is_from("site")


def redirect_of_a_wildcard_beside_a_host(t):
    t.app("/any", [t.http("any")], labels={
        "lb-vhost": "*.example.com", "HAPROXY_0_REDIRECT_TO_HTTPS": "true"})
    t.app("/one", [t.http("one")],
          labels={"HAPROXY_0_VHOST": "one.example.com"})
    t.start({"certificates": t.certificate("*.example.com").path})
    _leads_to_https(t, "a.example.com", "/x")
    t.web("one.example.com").is_from("one")


def redirect_of_the_default(t):
    """It would come without the redirect: then it does not come at all."""
    t.app("/rest", [t.http("rest")], labels={
        "lb-vhost-default": "0", "HAPROXY_0_REDIRECT_TO_HTTPS": "true"})
    t.app("/one", [t.http("one")],
          labels={"HAPROXY_0_VHOST": "one.example.com"})
    t.start({"certificates": t.certificate("one.example.com").path},
            problems=["without the password or redirect"])
    t.web("any.example.com", path="/x").is_status(503)
    t.web("one.example.com").is_from("one")


def default_over_tls(t):
    t.app("/rest", [t.http("rest")], labels={"lb-vhost-default": "0"})
    t.app("/one", [t.http("one")],
          labels={"HAPROXY_0_VHOST": "one.example.com"})
    t.start({"certificates": t.certificate("one.example.com").path})
    t.secure("one.example.com").is_from("one")
    t.secure("any.example.com").is_from("rest")


def redirect_with_maps(t):
    _web(t, HAPROXY_0_REDIRECT_TO_HTTPS="true")
    t.app("/plain", [t.http("plain")],
          labels={"HAPROXY_0_VHOST": "plain.example.com"})
    t.start({"map": True,
             "certificates": t.certificate("web.example.com").path})
    _leads_to_https(t, "web.example.com", "/x")
    t.web("plain.example.com").is_from("plain")
    t.secure("web.example.com").is_from("web")


def redirect_comes_before_the_password(t):
    """A password is never asked for where everybody can read it."""
    _web(t, HAPROXY_0_REDIRECT_TO_HTTPS="true",
         HAPROXY_0_AUTH="realm:ann:$5$x$y")
    t.start({"certificates": t.certificate("web.example.com").path})
    _leads_to_https(t, "web.example.com")
    t.secure("web.example.com").is_status(401)


# Ended at a service port.

def certificate_of_a_service_port(t):
    certificate = t.certificate("service.example.com")
    tls = t.app("/tls", [t.http("tls")], labels={
        "HAPROXY_0_MODE": "http", "HAPROXY_0_SSL_CERT": certificate.path})
    plain = t.app("/plain", [t.http("plain")],
                  labels={"HAPROXY_0_MODE": "http"})
    t.start()
    t.service(tls, tls=True).is_from("tls").is_certified(certificate) \
        .reached_with(x_forwarded_proto="https")
    t.service(plain).is_from("plain")
    t.service(plain, tls=True).is_refused()
    answer = t.service(tls)
    check(answer.status in (0, 400), f"answered without TLS: {answer}")


def certificate_of_a_tcp_service(t):
    certificate = t.certificate("service.example.com")
    tls = t.app("/tls", [t.http("tls")], labels={
        "HAPROXY_0_MODE": "tcp", "HAPROXY_0_SSL_CERT": certificate.path})
    t.start()
    t.service(tls, tls=True).is_from("tls").is_certified(certificate) \
        .reached_with(x_forwarded_for=None)
    t.service(tls).is_refused()


# Passed through.

def passed_through_by_server_name(t):
    a, b = t.certificate("a.example.com"), t.certificate("b.example.com")
    t.app("/a", [t.tls("a", a)], labels={"lb-vhost-ssl": "a.example.com"})
    t.app("/b", [t.tls("b", b)], labels={"lb-vhost-ssl": "b.example.com"})
    t.start()
    t.secure("a.example.com").is_from("a").is_certified(a)
    t.secure("b.example.com").is_from("b").is_certified(b)
    t.secure("A.Example.com", sni="A.Example.com").is_from("a")
    t.secure("c.example.com").is_refused()


def passed_through_by_wildcard(t):
    any_ = t.certificate("*.example.com")
    t.app("/any", [t.tls("any", any_)],
          labels={"lb-vhost-ssl": "*.example.com"})
    t.start()
    t.secure("a.example.com").is_from("any").is_certified(any_)
    t.secure("example.com").is_refused()


def passed_through_by_default(t):
    a, rest = t.certificate("a.example.com"), t.certificate("rest")
    t.app("/a", [t.tls("a", a)], labels={"lb-vhost-ssl": "a.example.com"})
    t.app("/rest", [t.tls("rest", rest)],
          labels={"lb-vhost-ssl-default": "0"})
    t.start()
    t.secure("a.example.com").is_from("a").is_certified(a)
    t.secure("b.example.com").is_from("rest").is_certified(rest)


def passed_through_beside_ended_here(t):
    """One port for both; the server name decides."""
    a, b = t.certificate("a.example.com"), t.certificate("b.example.com")
    t.app("/a", [t.tls("a", a)], labels={"lb-vhost-ssl": "a.example.com"})
    _web(t, "b.example.com")
    t.start({"certificates": b.path})
    t.secure("a.example.com").is_from("a").is_certified(a)
    t.secure("b.example.com", source="127.0.0.5").is_from("web") \
        .is_certified(b).reached_with(x_forwarded_for="127.0.0.5",
                                      x_forwarded_proto="https")
    t.secure("c.example.com").is_status(503)


# A frontend of its own for each virtual host. Between them are sockets whose
# names are made of the hosts and belong to the whole machine, so these have
# hosts of this process.

def _host(name):
    return f"{name}-{os.getpid()}.example.com"


def grouped_by_virtual_host(t):
    a, b = _host("a"), _host("b")
    own, other = t.certificate(a), t.certificate("rest.example.com")
    t.app("/a", [t.http("a")], labels={
        "HAPROXY_0_VHOST": a, "HAPROXY_0_SSL_CERT": own.path})
    t.app("/b", [t.http("b")], labels={"HAPROXY_0_VHOST": b})
    t.start({"grouped": True, "certificates": other.path})
    t.secure(a, source="127.0.0.5").is_from("a").is_certified(own) \
        .reached_with(x_forwarded_for="127.0.0.5",
                      x_forwarded_proto="https")
    t.secure(b).is_from("b").is_certified(other)
    t.secure(_host("c")).is_refused()
    # One who was let in for a stays there, whatever the Host says.
    t.secure(b, sni=a).is_certified(own)


def grouped_with_paths(t):
    host = _host("x")
    t.app("/api", [t.http("api")], labels={
        "HAPROXY_0_VHOST": host, "HAPROXY_0_PATH": "/api"})
    t.app("/site", [t.http("site")], labels={"HAPROXY_0_VHOST": host})
    t.start({"grouped": True,
             "certificates": t.certificate("rest.example.com").path})
    t.secure(host, "/api").is_from("api")
    t.secure(host, "/").is_from("site")


def grouped_with_wildcards(t):
    any_, one = f"*.{_host('y')}", f"one.{_host('y')}"
    rest = t.certificate("rest.example.com")
    t.app("/any", [t.http("any")], labels={"lb-vhost": any_})
    t.app("/one", [t.http("one")], labels={"HAPROXY_0_VHOST": one})
    t.start({"grouped": True, "certificates": rest.path})
    t.secure(f"a.{_host('y')}").is_from("any").is_certified(rest)
    t.secure(one).is_from("one")
    t.secure(_host("y")).is_refused()


def grouped_beside_passed_through(t):
    a, b = _host("a"), _host("b")
    own = t.certificate(a)
    t.app("/a", [t.tls("a", own)], labels={"lb-vhost-ssl": a})
    t.app("/b", [t.http("b")], labels={"HAPROXY_0_VHOST": b})
    t.start({"grouped": True,
             "certificates": t.certificate("rest.example.com").path})
    t.secure(a).is_from("a").is_certified(own)
    t.secure(b).is_from("b")


def grouped_with_maps(t):
    a, b = _host("a"), _host("b")
    t.app("/a", [t.http("a")], labels={"HAPROXY_0_VHOST": a})
    t.app("/b", [t.http("b")], labels={"HAPROXY_0_VHOST": b})
    t.start({"grouped": True, "map": True,
             "certificates": t.certificate("rest.example.com").path})
    t.secure(a).is_from("a")
    t.secure(b).is_from("b")
    t.web(a).is_from("a")
    t.secure(_host("c")).is_refused()


def grouped_with_a_redirect(t):
    host = _host("a")
    t.app("/a", [t.http("a")], labels={
        "HAPROXY_0_VHOST": host, "HAPROXY_0_REDIRECT_TO_HTTPS": "true"})
    t.start({"grouped": True,
             "certificates": t.certificate("rest.example.com").path})
    _leads_to_https(t, host, "/x")
    t.secure(host, "/x").is_from("a")


def grouped_bind_options(t):
    """They are of the host that asks for them: a client of the other needs no
    certificate."""
    a, b = _host("a"), _host("b")
    authority = t.certificate("authority.example.com")
    t.app("/a", [t.http("a")], labels={
        "HAPROXY_0_VHOST": a,
        "HAPROXY_0_SSL_CERT": t.certificate(a).path,
        "HAPROXY_0_BIND_OPTIONS":
            f"ca-file {authority.path} verify required"})
    t.app("/b", [t.http("b")], labels={"HAPROXY_0_VHOST": b})
    t.start({"grouped": True,
             "certificates": t.certificate("rest.example.com").path})
    t.secure(a).is_refused()
    t.secure(b).is_from("b")
