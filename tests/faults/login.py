#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The login of DC/OS, for the tests: login.py DIR MARATHON.

Takes what a service account claims, if openssl finds that DIR/public.pem has
signed it, and gives a token which it makes the test Marathon's, too. Speaks TLS
with DIR/login.pem and DIR/login.key. DIR/port appears when it listens; each
request is a line of DIR/logins: the number of the token, or why there is none.
DIR/life is how many seconds a token lives; while there is DIR/down, it is 503.
"""

import base64
import http.server
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.request

DIR, MARATHON = sys.argv[1:]


def path(name):
    return os.path.join(DIR, name)


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(value):
    text = json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def refusal(question):
    """Why not, or None."""
    head, payload, signature = question["token"].split(".")
    claim = json.loads(decode(payload))
    with open(path("signature"), "wb") as out:
        out.write(decode(signature))
    with open(path("claim"), "w") as out:
        out.write(head + "." + payload)
    if subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", path("public.pem"),
         "-signature", path("signature"), path("claim")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30,
    ).returncode:
        return "the signature is not that of the key"
    if json.loads(decode(head)) != {"alg": "RS256", "typ": "JWT"}:
        return "another head"
    if claim["uid"] != question["uid"] or set(claim) != {"uid", "exp"}:
        return "another claim"
    if not time.time() < claim["exp"] <= time.time() + 61:
        return "it has ended, or never does"
    return None


class Login(http.server.BaseHTTPRequestHandler):
    timeout = 30
    count = 0

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def note(self, words):
        with open(path("logins"), "a") as out:
            out.write("%s\n" % words)

    def do_POST(self):
        question = json.loads(
            self.rfile.read(int(self.headers["Content-Length"])))
        if os.path.exists(path("down")):
            self.note("down")
            return self.answer(503, {"title": "down"})
        why = refusal(question)
        if why or "Authorization" in self.headers:
            self.note(why or "a secret came with it")
            return self.answer(401, {"title": "no"})
        Login.count += 1
        with open(path("life")) as life:
            expiry = int(time.time()) + int(life.read())
        token = "%s.%s.%d" % (
            encode({"alg": "none"}), encode({"exp": expiry}), Login.count)
        with urllib.request.urlopen(
                MARATHON + "/control/access?token=" + token, timeout=30):
            pass
        self.note(Login.count)
        return self.answer(200, {"token": token})

    def log_message(self, *words):
        pass


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Login)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path("login.pem"), path("login.key"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with open(path("port.new"), "w") as out:
        out.write("%d\n" % server.server_address[1])
    os.rename(path("port.new"), path("port"))
    server.serve_forever()


main()
