#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Debian's python3-marathon, which was written against real Marathons, accepts
what the test Marathon says: accept.py TEST-MARATHON APPS"""
import signal
import subprocess
import sys
import threading

try:
    import marathon
except ImportError:
    print("no python3-marathon")
    sys.exit(77)

PHP = "/developer/trapni/php"


def check(client, embeds):
    assert b"pong" in client.ping()
    assert client.get_info().version
    apps = {app.id: app for app in client.list_apps(embed_tasks=True)}
    assert set(apps) >= {PHP, "/developer/trapni/redis", "/production/shop/api"}
    # That client asks for "app.tasks", which 0.8 and 0.10 do not know.
    tasks = apps[PHP].tasks if embeds else client.list_tasks(PHP)
    assert len(tasks) == 3, tasks
    assert all(task.host and task.ports for task in tasks)
    app = client.get_app(PHP, embed_tasks=True)
    assert sorted(task.id for task in app.tasks) == \
        sorted(task.id for task in tasks)
    # A status that nobody knows is left out by the client itself.
    listed = client.list_tasks(PHP)
    assert sorted(task.id for task in listed) == \
        sorted(task.id for task in tasks)
    assert client.get_leader()["leader"]


def scale(url, done):
    """Up and down, since that client says nothing when it is attached."""
    instances = 3
    while not done.wait(0.2):
        instances = 7 - instances
        subprocess.run(["curl", "-sS", "-o", "/dev/null", f"{url}/control/"
                        f"scale?id={PHP}&instances={instances}"], check=True)


def events(client, url):
    """The stream as that client reads it."""
    done = threading.Event()
    changes = threading.Thread(target=scale, args=(url, done))
    changes.start()
    try:
        for event in client.event_stream(
                event_types=["status_update_event"]):
            if event.event_type == "status_update_event":
                break
    finally:
        done.set()
        changes.join()


def run(program, apps, profile):
    server = subprocess.Popen(
        [program, "--profile=" + profile, "--apps=" + apps, "--ready-fd=1"],
        stdout=subprocess.PIPE, text=True)
    try:
        url = "http://" + server.stdout.readline().strip()
        client = marathon.MarathonClient(url)
        old = profile in ("0.8", "0.10")
        check(client, not old)
        # The stream of 0.10 has no "event:" lines, and 0.8 has none.
        if not old:
            events(client, url)
    finally:
        server.terminate()
    assert server.wait() == 0
    print(profile, "accepted")


signal.alarm(100)  # a client that waits for ever is a failure
for name in ("0.8", "0.10", "1.4", "1.5", "1.7", "1.11"):
    run(sys.argv[1], sys.argv[2], name)
