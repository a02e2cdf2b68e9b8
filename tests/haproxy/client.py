# SPDX-License-Identifier: MIT
"""One request on a connection of its own, and what came of it."""

import base64
import http.client
import json
import socket
import ssl
import struct

TIMEOUT = 60


class Failure(Exception):
    """What was expected and is not so, in words."""


def check(condition, words):
    if not condition:
        raise Failure(words)


class Answer:
    """What came back; status 0 is a connection that ended without a word."""

    def __init__(self, asked, status=0, headers=(), text=b"",
                 certificate=None, words=""):
        self.asked = asked
        self.status = status
        self.headers = [(name.lower(), value) for name, value in headers]
        self.text = text
        self.certificate = certificate  # in DER
        self.words = words  # of the error
        try:
            self.told = json.loads(text) if text else {}
        except ValueError:
            self.told = {}

    def __str__(self):
        return f"{self.asked}: {self.status or 'no answer'} " \
            f"{self.words} {self.text[:300]!r} {self.headers}"

    @property
    def server(self):
        return self.told.get("server")

    def header(self, name):
        """Of the answer; None if it has none."""
        values = [v for n, v in self.headers if n == name.lower()]
        return ", ".join(values) if values else None

    def received(self, name):
        """Of the request, as the server saw it."""
        return self.told.get("headers", {}).get(name.lower())

    def is_status(self, status):
        check(self.status == status, f"not {status} but {self}")
        return self

    def is_from(self, *servers):
        check(self.status == 200 or self.told, f"failed: {self}")
        check(self.server in servers, f"not from {servers} but {self}")
        return self

    def is_refused(self):
        """Not even a connection, or one that ends without an answer."""
        check(self.status == 0, f"answered: {self}")
        return self

    def has(self, name, value):
        check(self.header(name) == value,
              f"{name} is not {value!r} in {self}")
        return self

    def reached_with(self, **what):
        """What the server was told: path="/", host="a", ..."""
        for name, value in what.items():
            seen = self.told.get("path") if name == "path" \
                else self.received(name.replace("_", "-"))
            check(seen == value,
                  f"{name} at the server is not {value!r} in {self}")
        return self

    def is_certified(self, certificate):
        check(self.certificate == certificate.der,
              f"not the certificate of {certificate.host}: {self}")
        return self


def proxy_header(source, version=1):
    """As another proxy before this one would send it."""
    if version == 1:
        return f"PROXY TCP4 {source} 127.0.0.1 1234 80\r\n".encode()
    return b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack(
        ">H4s4sHH", 12, socket.inet_aton(source),
        socket.inet_aton("127.0.0.1"), 1234, 80)


def basic(user, password):
    """The header that says who asks."""
    text = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": "Basic " + text}


def connect(port, to="127.0.0.1", source=None, before=b""):
    connection = socket.create_connection(
        (to, port), TIMEOUT, source_address=(source, 0) if source else None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if before:
        connection.sendall(before)
    return connection


def wrap(connection, sni):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection, server_hostname=sni)


def request_text(path, host, headers):
    lines = [f"GET {path} HTTP/1.1" if host else f"GET {path} HTTP/1.0"]
    if host:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append("Connection: close")
    return "\r\n".join(lines + ["", ""]).encode()


def fetch(port, path="/", host=None, headers=None, tls=False, sni=None,
          **more):
    """GET of path. tls: over TLS, for sni or else the host. more: of
    connect()."""
    asked = f"GET {'https' if tls else 'http'}://{host}:{port}{path} " \
        f"{headers or ''} {more or ''}"
    if tls and not sni and host:
        sni = host.split(":")[0]
    certificate = None
    try:
        with connect(port, **more) as connection:
            if tls:
                connection = wrap(connection, sni)
                certificate = connection.getpeercert(binary_form=True)
            connection.sendall(request_text(path, host, headers or {}))
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            text = answer.read()
            connection.close()
    except TimeoutError as error:
        raise Failure(f"hangs: {asked}") from error
    except (OSError, http.client.HTTPException) as error:
        return Answer(asked, certificate=certificate, words=repr(error))
    return Answer(asked, answer.status, answer.getheaders(), text,
                  certificate)


def echo(port, text, **more):
    """The answer of an echo server to one line. more: of connect()."""
    asked = f"echo {port} {text!r} {more or ''}"
    try:
        with connect(port, **more) as connection:
            connection.sendall(text.encode() + b"\n")
            with connection.makefile("rb") as file:
                line = file.readline()
    except TimeoutError as error:
        raise Failure(f"hangs: {asked}") from error
    except OSError as error:
        return Answer(asked, words=repr(error))
    return Answer(asked, 200 if line else 0, text=line)
