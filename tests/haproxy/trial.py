# SPDX-License-Identifier: MIT
"""One scenario's world: servers, a cluster in which they are the instances, the
haproxy.cfg that mmsdfs makes of it, and an HAProxy that runs it.

All of it is on loopback and in one temporary directory, and goes with the
trial. Nothing here knows what is tested.
"""

import csv
import io
import json
import os
import random
import re
import socket
import subprocess
import tempfile
import time

from client import Failure, check, echo, fetch
from servers import HANDLERS, Certificate, Server, tls_server

# Every option that a scenario gives, by what it means.
OPTIONS = {
    "bind": "--haproxy-bind={}",
    "stats port": "--haproxy-port={}",
    "gateway": "--gateway={}",
    "gateway http port": "--gateway-http-port={}",
    "gateway https port": "--gateway-https-port={}",
    "certificates": "--haproxy-ssl-certs={}",
    "map": "--haproxy-map",
    "map directory": "--haproxy-map-dir={}",
    "grouped": "--group-https-by-vhost",
    "strict": "--strict-mode",
    "no gateway": "--dont-bind-http-https",
    "app id port": "--haproxy-appid-port={}",
    "templates": "--haproxy-templates={}",
    "group size": "--group-size={}",
    "gateway bind": "--gateway-bind={}",
    "tail": "--haproxy-cfgtail={}",
    "socket": "--haproxy-socket={}",
}

# What haproxy.cfg refers to, where it does.
MAPS = "haproxy/domain2backend.map", "haproxy/app2backend.map"

WAIT = 60  # seconds; only who waits in vain gets to know it

_reserved = []


def free_port():
    """Of nobody, and until this process ends of no other trial: an abstract
    socket with its number says so. Below those that the kernel gives away."""
    while True:
        port = random.randrange(12000, 32000)
        mark = socket.socket(socket.AF_UNIX)
        with socket.socket() as probe:
            try:
                mark.bind(f"\0mmsdfs-test-port-{port}")
                probe.bind(("0.0.0.0", port))
            except OSError:
                mark.close()
                continue
        _reserved.append(mark)
        return port


def listening_ports():
    """All TCP ports of this machine that somebody listens on. To connect
    would be a turn of the balance, and a test of its own."""
    ports = set()
    for name in "/proc/net/tcp", "/proc/net/tcp6":
        if not os.path.exists(name):
            continue
        with open(name, encoding="ascii") as file:
            for line in file.readlines()[1:]:
                words = line.split()
                if words[3] == "0A":
                    ports.add(int(words[1].rpartition(":")[2], 16))
    return ports


def until(what, question):
    """Asks until the answer is yes."""
    end = time.monotonic() + WAIT
    while not question():
        check(time.monotonic() < end, f"waited in vain: {what}")
        time.sleep(0.05)


class App:
    """What was asked of the cluster: its service ports, to send requests to."""

    def __init__(self, app_id, ports):
        self.id = app_id
        self.ports = ports

    @property
    def port(self):
        return self.ports[0]


class Trial:
    def __init__(self, mmsdfs, certificates):
        self._directory = tempfile.TemporaryDirectory(
            prefix="mmsdfs-haproxy.")
        self.directory = self._directory.name
        self._mmsdfs = mmsdfs
        self._certificates = certificates  # kept for all trials
        self._servers = []
        self._apps = []
        self._haproxy = None
        self.config = ""
        self.http_port = free_port()
        self.https_port = free_port()
        self.stats_port = free_port()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop_haproxy()
        for server in self._servers:
            server.stop()
        self._directory.cleanup()

    # Who is there.

    def _add(self, server):
        self._servers.append(server)
        return server

    def http(self, name, port=0):
        return self._add(Server(name, HANDLERS["http"], port=port))

    def tcp(self, name, speaks="echo"):
        return self._add(Server(name, HANDLERS[speaks]))

    def tls(self, name, certificate):
        return self._add(tls_server(name, certificate))

    def certificate(self, host):
        if host not in self._certificates:
            self._certificates[host] = Certificate(
                self._certificates["directory"], host)
        return self._certificates[host]

    def file(self, name, text):
        """Written into the directory of the trial; its path."""
        path = os.path.join(self.directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    # What Marathon would answer.

    def app(self, app_id, *ports, service_ports=None, unhealthy=(), **more):
        """An app: for each of its ports the list of its servers, of which
        the nth are those of the nth instance. unhealthy: servers of whose
        instances Marathon says so. more: further members."""
        service_ports = service_ports or [free_port() for _ in ports]
        name = app_id.strip("/").replace("/", "_")
        tasks = [{
            "id": f"{name}.{i + 1}",
            "appId": app_id,
            "host": "127.0.0.1",
            "ports": [server.port for server in servers],
            "state": "TASK_RUNNING",
            "healthCheckResults": [
                {"alive": not set(servers) & set(unhealthy),
                 "taskId": f"{name}.{i + 1}"}
            ] * len(more.get("healthChecks", ())),
        } for i, servers in enumerate(zip(*ports))]
        self._apps.append({
            "id": app_id,
            "instances": len(tasks),
            "labels": {},
            "networks": [{"mode": "host"}],
            "portDefinitions": [
                {"port": port, "protocol": "tcp"} for port in service_ports],
            "tasks": tasks,
        } | more)
        return App(app_id, service_ports)

    # From there to an HAProxy that listens.

    def start(self, options=None, problems=()):
        """options: by what they mean, with their values (True: none).
        problems: what mmsdfs must say, a part of each line; else it says
        nothing, or with None whatever it likes."""
        self._render(options or {}, problems)
        path = self.file("haproxy.cfg", self.config)
        said = self._run(["haproxy", "-c", "-f", path])
        check(said.returncode == 0, f"haproxy refuses it: {said.stderr}")
        check(not re.search("WARNING|ALERT", said.stdout + said.stderr),
              f"haproxy warns: {said.stdout}{said.stderr}")
        with open(os.path.join(self.directory, "stdout"), "wb") as stdout:
            self._haproxy = subprocess.Popen(
                ["haproxy", "-db", "-f", path], cwd=self.directory,
                stdin=subprocess.DEVNULL, stdout=stdout,
                stderr=subprocess.STDOUT)
        wanted = self.ports_of_config()
        until("HAProxy listens", lambda: self._listens(wanted))

    def _run(self, words):
        return subprocess.run(
            words, cwd=self.directory, env={"PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=WAIT, check=False)

    def _mmsdfs_options(self, options):
        given = {
            "stats port": 0,
            "gateway http port": self.http_port,
            "gateway https port": self.https_port,
        } | options
        if "map" in given:
            given["map directory"] = os.path.join(self.directory, "haproxy")
        return [OPTIONS[name].format(value) for name, value in given.items()]

    def _view(self, name, options):
        said = self._run(
            [self._mmsdfs, "render", name,
             f"--marathon=file:{self.directory}/apps.json",
             *self._mmsdfs_options(options)])
        check(said.returncode == 0, f"mmsdfs: {said.stderr}")
        return said

    def _render(self, options, problems):
        self.file("apps.json", json.dumps({"apps": self._apps}))
        said = self._view("haproxy.cfg", options)
        self.config = said.stdout
        for words in problems or ():
            check(words in said.stderr,
                  f"does not say {words!r} but {said.stderr!r}")
        check(problems != () or not said.stderr, f"says: {said.stderr}")
        for name in MAPS:
            if os.path.join(self.directory, name) in self.config:
                self.file(name, self._view(name, options).stdout)

    def ports_of_config(self):
        binds = re.findall(r"^\s*bind\s+(\S+)", self.config, re.MULTILINE)
        return {int(place.rpartition(":")[2])
                for bind in binds for place in bind.split(",")
                if place.rpartition(":")[2].isdigit()}

    def _listens(self, wanted):
        if self._haproxy.poll() is not None:
            with open(os.path.join(self.directory, "stdout"),
                      encoding="utf-8", errors="replace") as file:
                raise Failure(f"haproxy ended: {file.read()}")
        return wanted <= listening_ports()

    def stop_haproxy(self):
        if not self._haproxy:
            return
        self._haproxy.terminate()
        try:
            self._haproxy.wait(WAIT)
        except subprocess.TimeoutExpired:
            self._haproxy.kill()
            self._haproxy.wait()
        self._haproxy = None

    # What is asked of it.

    def web(self, host, path="/", **more):
        """To the virtual hosts."""
        return fetch(self.http_port, path, host, **more)

    def secure(self, host, path="/", **more):
        """To the virtual hosts, over TLS."""
        return fetch(self.https_port, path, host, tls=True, **more)

    def service(self, app, path="/", host="127.0.0.1", **more):
        """To the service port of an app, or a port."""
        return fetch(getattr(app, "port", app), path, host, **more)

    def echo(self, app, text="hello", **more):
        return echo(getattr(app, "port", app), text, **more)

    def servers_of(self, count, ask):
        """How often which server answered ask(i), which always must."""
        counts = {}
        for i in range(count):
            answer = ask(i)
            check(answer.status == 200, f"failed: {answer}")
            counts[answer.server] = counts.get(answer.server, 0) + 1
        return counts

    def status_of(self, server):
        """What HAProxy believes of the server, as (status, check): as in its
        CSV. Needs "stats port"."""
        answer = fetch(self.stats_port, "/;csv")
        rows = csv.DictReader(io.StringIO(answer.text.decode()[2:]))
        for row in rows:
            if row["svname"].endswith(f"_{server.port}"):
                # "* " is a check under way, after the one it tells of.
                return row["status"], row["check_status"].lstrip("* ")
        raise Failure(f"no server of port {server.port}: {answer}")

    def first_status_of(self, server):
        """The same, once a check has told or it is clear that none will."""
        until(f"{server.name} is checked", lambda: self.status_of(server)[1]
              not in ("", "INI") or self.status_of(server)[0] == "no check")
        return self.status_of(server)

    def until_status(self, server, *wanted):
        until(f"{server.name} is {wanted}",
              lambda: self.status_of(server) == wanted)
