# SPDX-License-Identifier: MIT
"""Where HAProxy listens, and how it is spoken to there."""

import os
import socket

from client import check, echo, proxy_header


def bind_address(t):
    here = t.app("/here", [t.http("here")], labels={
        "HAPROXY_0_MODE": "http", "HAPROXY_0_BIND_ADDR": "127.0.0.1"})
    any_ = t.app("/any", [t.http("any")], labels={"HAPROXY_0_MODE": "http"})
    t.start()
    t.service(here).is_from("here")
    t.service(here, to="127.0.0.2").is_refused()
    t.service(any_).is_from("any")
    t.service(any_, to="127.0.0.2").is_from("any")


def bind_address_of_all(t):
    app = t.app("/web", [t.http("web")],
                labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.start({"bind": "127.0.0.1"})
    t.service(app).is_from("web")
    t.service(app, to="127.0.0.2").is_refused()
    t.web("web.example.com").is_from("web")
    t.web("web.example.com", to="127.0.0.2").is_refused()


def bind_options(t):
    """Here that the client's address comes from the proxy before."""
    app = t.app("/web", [t.http("web")], labels={
        "HAPROXY_0_MODE": "http", "HAPROXY_0_BIND_OPTIONS": "accept-proxy"})
    t.start()
    t.service(app, before=proxy_header("192.0.2.7")).is_from("web") \
        .reached_with(x_forwarded_for="192.0.2.7")
    answer = t.service(app)
    check(answer.status in (0, 400), f"without the header: {answer}")


def bind_options_of_one_app_only(t):
    app = t.app("/web", [t.http("web")], labels={"HAPROXY_0_MODE": "http"})
    t.start()
    t.service(app).is_from("web").reached_with(x_forwarded_for="127.0.0.1")
    t.service(app, before=proxy_header("192.0.2.7")).is_status(400)


def accept_proxy_of_mmsd(t):
    app = t.app("/web", [t.http("web")], [t.http("second")], labels={
        "HAPROXY_0_MODE": "http", "HAPROXY_1_MODE": "http",
        "lb-accept-proxy": "1"})
    t.start()
    for version in 1, 2:
        t.service(app, before=proxy_header("192.0.2.7", version)) \
            .is_from("web").reached_with(x_forwarded_for="192.0.2.7")
    check(t.service(app).status in (0, 400), "answers without the header")


def accept_proxy_of_one_port(t):
    """The label of a port is for that port."""
    first, second = t.http("first"), t.http("second")
    ports = [t.stats_port, t.https_port]
    t.app("/web", [first], [second], service_ports=ports,
          labels={"HAPROXY_0_MODE": "http", "HAPROXY_1_MODE": "http"},
          portDefinitions=[
              {"port": ports[0], "protocol": "tcp",
               "labels": {"lb-accept-proxy": "1"}},
              {"port": ports[1], "protocol": "tcp"}])
    t.start()
    t.service(ports[0], before=proxy_header("192.0.2.7")).is_from("first") \
        .reached_with(x_forwarded_for="192.0.2.7")
    t.service(ports[1]).is_from("second")


def _sends_proxy(t, version):
    label = {"lb-proxy-protocol": str(version)}
    web = t.app("/web", [t.http("web")],
                labels={"HAPROXY_0_MODE": "http"} | label)
    tcp = t.app("/tcp", [t.tcp("tcp")], labels=label)
    none = t.app("/none", [t.tcp("none")])
    t.start()
    for answer in t.service(web).is_from("web"), t.echo(tcp).is_from("tcp"):
        check(answer.told["proxy"] ==
              {"version": version, "source": "127.0.0.1"},
              f"no header of version {version}: {answer}")
    answer = t.service(web, source="127.0.0.5").is_from("web")
    check(answer.told["proxy"]["source"] == "127.0.0.5",
          f"the source of another: {answer}")
    check(t.echo(none).is_from("none").told["proxy"] is None,
          "a header where none is asked for")


def proxy_protocol_1(t):
    _sends_proxy(t, 1)


def proxy_protocol_2(t):
    _sends_proxy(t, 2)


def proxy_in_and_out(t):
    """Who asked is known behind two proxies."""
    app = t.app("/tcp", [t.tcp("tcp")],
                labels={"lb-proxy-protocol": "2", "lb-accept-proxy": "1"})
    t.start()
    answer = t.echo(app, before=proxy_header("192.0.2.7")).is_from("tcp")
    check(answer.told["proxy"] == {"version": 2, "source": "192.0.2.7"},
          str(answer))


def service_port_of_a_label(t):
    other = t.stats_port
    app = t.app("/web", [t.http("web")], labels={
        "HAPROXY_0_MODE": "http", "HAPROXY_0_PORT": str(other)})
    t.start()
    t.service(other).is_from("web")
    t.service(app).is_refused()


def service_ports_of_mmsd(t):
    other = t.stats_port
    app = t.app("/web", [t.http("first")], [t.http("second")], labels={
        "HAPROXY_0_MODE": "http", "HAPROXY_1_MODE": "http",
        "lb-service-port": str(other)})
    t.start()
    t.service(other).is_from("first")
    t.service(app).is_refused()
    t.service(app.ports[1]).is_from("second")


def mode_http(t):
    app = t.app("/web", [t.http("web")], labels={"HAPROXY_0_MODE": "http"})
    t.start()
    t.service(app).is_from("web").reached_with(x_forwarded_for="127.0.0.1")
    check(b" 400 " in echo(app.port, "no HTTP").text, "takes what is no HTTP")


def mode_tcp(t):
    app = t.app("/web", [t.http("web")], labels={"HAPROXY_0_MODE": "tcp"})
    tcp = t.app("/tcp", [t.tcp("tcp")], labels={"HAPROXY_0_MODE": "TCP"})
    t.start()
    t.service(app).is_from("web").reached_with(x_forwarded_for=None)
    answer = t.echo(tcp, "no HTTP at all").is_from("tcp")
    check(answer.told["text"] == "no HTTP at all", str(answer))


def mode_of_a_virtual_host(t):
    app = t.app("/web", [t.http("web")],
                labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.start()
    t.service(app).is_from("web").reached_with(x_forwarded_for="127.0.0.1")


def mode_of_a_health_check(t):
    health = [{"protocol": "HTTP", "path": "/", "portIndex": 0,
               "intervalSeconds": 1}]
    http = t.app("/http", [t.http("http")], healthChecks=health)
    tcp = t.app("/tcp", [t.http("tcp")],
                healthChecks=[health[0] | {"protocol": "TCP"}])
    t.start()
    t.service(http).is_from("http").reached_with(x_forwarded_for="127.0.0.1")
    t.service(tcp).is_from("tcp").reached_with(x_forwarded_for=None)


def mode_of_mmsd(t):
    app = t.app("/web", [t.http("web")], labels={"proto": "http"})
    t.start()
    t.service(app).is_from("web").reached_with(x_forwarded_for="127.0.0.1")


def mode_of_proxymatic(t):
    app = t.app("/web", [t.http("web")],
                labels={"com.meltwater.proxymatic.port.0.mode": "http"})
    t.start()
    t.service(app).is_from("web").reached_with(x_forwarded_for="127.0.0.1")


def labels_of_http_in_mode_tcp(t):
    """They mean nothing there, and break nothing."""
    app = t.app("/web", [t.tcp("tcp")], labels={
        "HAPROXY_0_MODE": "tcp",
        "HAPROXY_0_STICKY": "true",
        "HAPROXY_0_USE_HSTS": "true",
        "HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH": "/a",
        "HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH": "/a",
        "HAPROXY_0_HTTP_BACKEND_REDIR": "/a"})
    t.start(problems=None)
    t.echo(app).is_from("tcp")


def mode_that_there_is_not(t):
    app = t.app("/web", [t.http("web")], labels={"HAPROXY_0_MODE": "udp"})
    t.start(problems=["HAPROXY_0_MODE"])
    t.service(app).is_from("web").reached_with(x_forwarded_for=None)


def without_virtual_hosts(t):
    app = t.app("/web", [t.http("web")],
                labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.start({"no gateway": True})
    t.service(app).is_from("web")
    t.web("web.example.com").is_refused()


def gateway_that_is_off(t):
    app = t.app("/web", [t.http("web")],
                labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.start({"gateway": "off"})
    t.service(app).is_from("web")
    t.web("web.example.com").is_refused()


def gateway_that_is_on(t):
    """Also when nobody has a virtual host."""
    t.app("/web", [t.http("web")])
    t.start({"gateway": "on"})
    t.web("web.example.com").is_status(503)


def port_of_two_apps(t):
    """The first has it; the second is told."""
    port = t.stats_port
    t.app("/a", [t.tcp("a")], service_ports=[port])
    t.app("/b", [t.tcp("b")], service_ports=[port])
    t.start(problems=[f"port {port}"])
    t.echo(port).is_from("a")
    t.echo(port).is_from("a")


def gateway_at_another_address(t):
    app = t.app("/web", [t.http("web")],
                labels={"HAPROXY_0_VHOST": "web.example.com"})
    t.start({"gateway bind": "127.0.0.2"})
    t.web("web.example.com", to="127.0.0.2").is_from("web")
    t.web("web.example.com").is_refused()
    t.service(app).is_from("web")


def address_of_its_own(t):
    """An instance with an address is not asked for at its host."""
    web = t.http("web")
    port = t.stats_port
    t.app("/web", [web], networks=[{"mode": "container", "name": "dcos"}],
          portDefinitions=[], container={"portMappings": [{
              "containerPort": web.port, "servicePort": port,
              "protocol": "tcp"}]},
          tasks=[{"id": "web.1", "appId": "/web", "host": "192.0.2.1",
                  "ports": [], "state": "TASK_RUNNING", "ipAddresses": [
                      {"ipAddress": "127.0.0.1", "protocol": "IPv4"}]}])
    t.start()
    t.service(port).is_from("web")


def tail_of_the_configuration(t):
    app = t.app("/web", [t.http("web")])
    tail = t.file("tail.cfg", f"listen own\n\tbind 127.0.0.1:{t.stats_port}"
                  "\n\tmode http\n\thttp-request return status 418\n")
    t.start({"tail": tail})
    t.service(t.stats_port).is_status(418)
    t.service(app).is_from("web")


def socket_for_commands(t):
    t.app("/web", [t.http("web")], labels={"HAPROXY_0_MODE": "http"})
    path = os.path.join(t.directory, "commands")
    t.start({"socket": path})
    with socket.socket(socket.AF_UNIX) as commands:
        commands.connect(path)
        commands.sendall(b"show servers state\n")
        with commands.makefile() as file:
            said = file.read()
    check("127.0.0.1" in said, f"says: {said}")


def statistics(t):
    t.app("/web", [t.http("web")])
    t.start({"stats port": t.stats_port})
    t.service(t.stats_port, "/health").is_status(200)
    t.service(t.stats_port, "/").is_status(200)
    t.service(t.stats_port, "/", to="127.0.0.2").is_refused()


def statistics_of_nobody(t):
    t.app("/web", [t.http("web")])
    t.start()
    t.service(t.stats_port, "/").is_refused()
