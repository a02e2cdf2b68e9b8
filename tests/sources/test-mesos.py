#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The masters of one Mesos cluster, for tests.

    test-mesos.py --masters=N [--old] [--port-file=FILE]

Each master listens on a port of its own, on loopback; the first leads. They
answer as Mesos 1.11: /master/state of who leads, 307 of the others; with --old
as 0.2x: /master/state.json alone, in which a master that does not lead shows
nothing of its own but says who leads. /master/redirect is that of both.

What the cluster is, is changed by POST /control with a JSON object, at any
master; what of it is given takes the place of what was:

    agents      {id: [hostname, address]}
    frameworks  {name: [task, ...]}, a task being what a state has, with
                defaults (see TASK)
    ended       {name: [task id, ...]}, also of frameworks that have ended
    leader      its number, null for none
    fault       null, "html", "half", "503", "404", "slow", "hang", "huge"
    fill        N more tasks, of a framework called fill
    user        "USER:PASSWORD" that the state asks for

GET /control gives what was asked: {"state": N, "redirect": N, "bytes": N}.
SIGTERM ends it.
"""
import argparse
import base64
import json
import os
import signal
import socketserver
import threading
import http.server

TASK = {
    "executor_id": "", "slave_id": "S0", "state": "TASK_RUNNING",
    "resources": {"cpus": 0.1, "disk": 0, "mem": 32, "gpus": 0},
    "role": "*", "labels": [],
}


class Cluster:
    def __init__(self, old):
        self.lock = threading.Lock()
        self.old = old
        self.masters = []
        self.leader = 0
        self.agents = {"S0": ["agent-0", "10.1.0.1"]}
        self.frameworks = {}
        self.ended = {}
        self.fault = None
        self.fill = 0
        self.user = None
        self.log = {"state": 0, "redirect": 0, "bytes": 0}

    def place(self, number):
        return "127.0.0.1:%d" % self.masters[number]

    def tasks_of(self, name, number, tasks):
        for task in tasks:
            whole = dict(TASK, framework_id="F-%d" % number)
            whole.update(task)
            whole.setdefault("name", whole["id"].split(".")[0])
            whole.setdefault("statuses", [{
                "state": whole["state"], "timestamp": 1500000000.25,
                "container_status": {"network_infos": [
                    {"ip_addresses": [{"protocol": "IPv4",
                                       "ip_address": "10.1.0.1"}]}]}}])
            yield whole

    def filling(self):
        for i in range(self.fill):
            yield {"id": "fill.%d" % i, "name": "app-%d" % (i // 3),
                   "slave_id": "S0", "framework_id": "F-fill",
                   "state": "TASK_RUNNING", "executor_id": "", "role": "*",
                   "resources": {"cpus": 0.1, "disk": 0, "mem": 32,
                                 "ports": "[%d-%d]" % (10000 + i % 20000,
                                                       10000 + i % 20000)},
                   "labels": [{"key": "note", "value": "x" * 300}],
                   "statuses": [{"state": "TASK_RUNNING",
                                 "timestamp": 1500000000.5,
                                 "labels": [], "container_status": {
                                     "container_id": {"value": "c%d" % i}}}]}

    def state(self, number, empty):
        frameworks = [] if empty else [
            {"id": "F-%d" % i, "name": name, "pid": "scheduler@10.0.0.9:1",
             "active": True, "role": "*",
             "tasks": list(self.tasks_of(name, i, tasks)),
             "completed_tasks": [
                 {"id": id, "name": id, "state": "TASK_FINISHED"}
                 for id in self.ended.get(name, [])],
             "offers": [], "executors": []}
            for i, (name, tasks) in enumerate(self.frameworks.items())]
        if self.fill and not empty:
            frameworks.append({"id": "F-fill", "name": "fill",
                               "tasks": list(self.filling()),
                               "completed_tasks": []})
        state = {"version": "0.28.2" if self.old else "1.11.0",
                 "id": "M%d" % number, "start_time": 1500000000.5,
                 "pid": "master@" + self.place(number),
                 "hostname": "master-%d" % number, "cluster": "a \"b\" \\c"}
        if self.leader is not None:
            state["leader"] = "master@" + self.place(self.leader)
            if not self.old:
                state["leader_info"] = {
                    "id": "M%d" % self.leader,
                    "pid": "master@" + self.place(self.leader),
                    "port": self.masters[self.leader],
                    "hostname": "master-%d" % self.leader}
        state["flags"] = {"quorum": "1", "nested": {"a": [1, [2, {}], []]}}
        state["slaves"] = [] if empty else [
            {"id": id, "hostname": name, "pid": "slave(1)@%s:5051" % address,
             "resources": {"cpus": 8, "ports": "[31000-32000]"}}
            for id, (name, address) in self.agents.items()]
        state["frameworks"] = frameworks
        state["completed_frameworks"] = [] if empty else [
            {"id": "F-ended", "name": name, "tasks": [], "completed_tasks": [
                {"id": id, "state": "TASK_KILLED"} for id in ids]}
            for name, ids in self.ended.items()
            if name not in self.frameworks]
        state["orphan_tasks"] = []
        return json.dumps(state).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", kind="application/json", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def allowed(self, cluster):
        if not cluster.user:
            return True
        wanted = "Basic " + base64.b64encode(cluster.user.encode()).decode()
        return self.headers.get("Authorization") == wanted

    def give_state(self, cluster):
        number = self.server.number
        leads = cluster.leader == number
        if self.path == "/master/state" and cluster.old:
            return self.answer(404)
        with cluster.lock:
            cluster.log["state"] += 1
        if cluster.fault == "404":
            return self.answer(404)
        if cluster.fault == "503" or (cluster.leader is None
                                      and not cluster.old):
            return self.answer(503, b"no leader", "text/plain")
        if cluster.fault == "html":
            return self.answer(200, b"<html>proxy</html>", "text/html")
        if cluster.fault == "hang":
            return self.server.cluster_stop.wait(60)
        if not leads and not cluster.old:
            return self.answer(
                307, Location="//%s%s" % (cluster.place(cluster.leader),
                                          self.path))
        if not self.allowed(cluster):
            return self.answer(401, b"", "text/plain")
        with cluster.lock:
            body = cluster.state(number, not leads)
            cluster.log["bytes"] = len(body)
        if cluster.fault == "half":
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body[:len(body) // 2])
            self.close_connection = True
            return None
        return self.answer(200, body)

    def do_GET(self):
        cluster = self.server.cluster
        if self.path == "/control":
            with cluster.lock:
                return self.answer(200, json.dumps(cluster.log).encode())
        if self.path in ("/master/state", "/master/state.json"):
            return self.give_state(cluster)
        if self.path == "/master/redirect":
            with cluster.lock:
                cluster.log["redirect"] += 1
            if cluster.fault == "503":
                return self.answer(503)
            to = cluster.leader
            to = self.server.number if to is None else to
            return self.answer(307, Location="//" + cluster.place(to))
        return self.answer(404)

    def do_POST(self):
        cluster = self.server.cluster
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with cluster.lock:
            for name, value in json.loads(body).items():
                setattr(cluster, name, value)
        self.answer(200, b"{}")


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--masters", type=int, default=1)
    parser.add_argument("--old", action="store_true")
    parser.add_argument("--port-file")
    options = parser.parse_args()
    cluster = Cluster(options.old)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    for number in range(options.masters):
        server = Server(("127.0.0.1", 0), Handler)
        server.cluster, server.number = cluster, number
        server.cluster_stop = stop
        cluster.masters.append(server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
    text = "".join("127.0.0.1:%d\n" % port for port in cluster.masters)
    if options.port_file:
        with open(options.port_file + ".new", "w") as file:
            file.write(text)
        os.rename(options.port_file + ".new", options.port_file)
    else:
        print(text, end="", flush=True)
    stop.wait()


main()
