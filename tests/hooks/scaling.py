# SPDX-License-Identifier: MIT
"""scaling.py auto|off WORK-DIRECTORY MOUNT SOURCE: see scaling.sh."""
import json
import os
import signal
import socket
import subprocess
import sys
import time

import load

ROUNDS = 200
PORT = 10001
SERVER = """
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\\n")

    def log_message(self, *args):
        pass

http.server.ThreadingHTTPServer.request_queue_size = 128
http.server.ThreadingHTTPServer.handle_error = lambda *a: None
http.server.ThreadingHTTPServer(
    ("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def until(what, condition):
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    sys.exit(f"waited in vain: {what}")


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Cluster:
    """The instances, and what the source says of them."""

    def __init__(self, source):
        self.source, self.servers = source, {}

    def start(self, port):
        self.servers[port] = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(port)])
        until(f"a server at {port}", lambda: answers(port))

    def kill(self, port):
        server = self.servers.pop(port)
        server.send_signal(signal.SIGKILL)
        server.wait()

    def say(self, ports):
        app = {"id": "/web", "instances": len(ports), "labels": {},
               "networks": [{"mode": "host"}],
               "portDefinitions": [{"port": PORT, "protocol": "tcp",
                                    "labels": {}}],
               "tasks": [{"id": f"web.{p}", "appId": "/web",
                          "host": "127.0.0.1", "ports": [p],
                          "state": "TASK_RUNNING"} for p in ports]}
        app["labels"]["HAPROXY_0_MODE"] = "http"
        with open(self.source + ".new", "w") as new:
            json.dump({"apps": [app]}, new)
        os.rename(self.source + ".new", self.source)


class Haproxy:
    def __init__(self, work, mount, tells):
        self.work, self.mount, self.tells = work, mount, tells
        self.most = 0

    def ask(self, command):
        with socket.socket(socket.AF_UNIX) as asked:
            asked.connect(self.work + "/socket")
            asked.sendall(command.encode() + b"\n")
            answer = b""
            while piece := asked.recv(65536):
                answer += piece
        return answer.decode()

    def processes(self):
        count = 0
        for pid in os.listdir("/proc"):
            try:
                with open(f"/proc/{pid}/comm") as comm:
                    name = comm.read().strip()
                with open(f"/proc/{pid}/stat") as stat:
                    state = stat.read().rsplit(")", 1)[1].split()[0]
                with open(f"/proc/{pid}/cmdline") as cmdline:
                    checks = "\0-c\0" in cmdline.read()
            except (OSError, IndexError):
                continue
            count += name == "haproxy" and state != "Z" and not checks
        self.most = max(self.most, count)
        return count

    def has(self, port):
        """In the file, and in the process that is asked."""
        with open(self.mount + "/haproxy.cfg") as file:
            shown = f"127.0.0.1:{port} " in file.read()
        try:
            self.processes()
            states = self.ask("show servers state web_10001")
        except OSError:
            return False
        line = [s for s in states.splitlines() if f" 127_0_0_1_{port} " in s]
        ready = bool(line) and line[0].split()[6] == "0"
        return shown and ready

    def has_no(self, port):
        """Neither as a choice, nor with anybody's connections."""
        with open(self.mount + "/haproxy.cfg") as file:
            if f"127.0.0.1:{port} " in file.read():
                return False
        try:
            states = self.ask("show servers state web_10001")
            stat = self.ask("show stat web_10001 4 -1")
        except OSError:
            return False
        if self.tells:
            line = [s.split(",") for s in stat.splitlines()
                    if f",127_0_0_1_{port}," in s]
            # Sessions now, and the status.
            return not line or (line[0][4] == "0"
                                and line[0][17].startswith("MAINT"))
        # What an old process still has to do is in its own hands.
        return f" 127_0_0_1_{port} " not in states and self.processes() == 1


def main():
    mode, work, mount, source = sys.argv[1:]
    cluster = Cluster(source)
    haproxy = Haproxy(work, mount, mode == "auto")
    ports = [20000, 20001]
    for port in ports:
        cluster.start(port)
    cluster.say(ports)
    until("the first two", lambda: all(haproxy.has(p) for p in ports))
    running = load.start(f"http://127.0.0.1:{PORT}/", threads=4)
    for i in range(ROUNDS):
        new, old = 20002 + i, ports[0]
        cluster.start(new)
        ports.append(new)
        cluster.say(ports)
        until(f"{new} is there", lambda: haproxy.has(new))
        ports.remove(old)
        cluster.say(ports)
        # A thread of HAProxy may have chosen it just before, and not have
        # counted that yet: what it has chosen it for is waited for.
        for _ in range(2):
            until(f"{old} is not there", lambda: haproxy.has_no(old))
            running.wait_for_each()
        until(f"{old} is not there", lambda: haproxy.has_no(old))
        cluster.kill(old)
    running.wait_for(100)
    requests, failures, first = running.stop()
    for port in list(cluster.servers):
        cluster.kill(port)
    print(f"{requests} requests, {failures} failed, "
          f"at most {haproxy.most} processes")
    if failures or requests < ROUNDS:
        sys.exit(f"{failures} of {requests} requests failed: {first}")
    if haproxy.most > 3:
        sys.exit(f"{haproxy.most} processes at once")


main()
