# SPDX-License-Identifier: MIT
"""Changes one key 200 times; how long the instances file took each time.

speed.py v2|v3 HOST:PORT FILE
"""
import base64
import http.client
import json
import sys
import time
from urllib.parse import quote

COUNT = 200
DEADLINE = 20
KEY = "/services/s500/host-0:s:80"


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def put(etcd, api, value):
    if api == "v2":
        etcd.request(
            "PUT", "/v2/keys" + KEY, "value=" + quote(value),
            {"Content-Type": "application/x-www-form-urlencoded"})
    else:
        etcd.request("POST", "/v3/kv/put", json.dumps(
            {"key": encoded(KEY), "value": encoded(value)}))
    answer = etcd.getresponse()
    answer.read()
    assert answer.status < 300, answer.status


def wait_for(path, line):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        with open(path) as file:
            if line in file.read().split():
                return
        time.sleep(0.0001)
    sys.exit("%s did not come" % line)


def main():
    api, place, path = sys.argv[1:]
    etcd = http.client.HTTPConnection(place, timeout=DEADLINE)
    stored, shown = [], []
    for i in range(COUNT):
        value = "10.1.0.1:%d" % (1000 + i)
        start = time.monotonic()
        put(etcd, api, value)
        stored.append(time.monotonic() - start)
        wait_for(path, value)
        shown.append(time.monotonic() - start)
    for name, times in ("stored", stored), ("in the file", shown):
        times.sort()
        print("%s: %-11s median %.2f ms, 95%% %.2f ms, slowest %.2f ms" % (
            api, name, times[COUNT // 2] * 1e3,
            times[COUNT * 95 // 100] * 1e3, times[-1] * 1e3))


main()
