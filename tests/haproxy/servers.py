# SPDX-License-Identifier: MIT
"""Servers to stand behind HAProxy, on 127.0.0.1 and any port. Each tells in
its answer who it is and what reached it, a PROXY header before all included.
"""

import http.server
import json
import os
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
import urllib.parse

V2_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def read_proxy_header(rfile):
    """The PROXY header at the beginning of a connection, else None."""
    start = rfile.peek(1)[:1]
    if start not in (b"P", b"\r"):
        return None
    if start == b"P":
        # POST and PUT begin so, too.
        if not rfile.peek(6).startswith(b"PROXY "):
            return None
        words = rfile.readline(108).decode("ascii").split()
        source = words[2] if len(words) > 2 else None
        return {"version": 1, "source": source}
    head = rfile.read(16)
    if head[:12] != V2_SIGNATURE:
        return {"version": None, "source": None}
    length = struct.unpack(">H", head[14:16])[0]
    addresses = rfile.read(length)
    source = None
    if head[12] & 0xF == 1 and head[13] >> 4 == 1:
        source = socket.inet_ntoa(addresses[:4])
    return {"version": 2, "source": source}


class HttpHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    proxy = None

    def handle(self):
        try:
            if self.server.context:
                self.request.do_handshake()
            self.proxy = read_proxy_header(self.rfile)
            super().handle()
        except OSError:
            pass  # a check that connects and goes

    def log_message(self, *_):
        pass

    def do_GET(self):
        wanted = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(wanted.query)
        fails = self.server.fails and wanted.path == self.server.fails
        with self.server.at_work:
            status = 500 if fails else 302 if "to" in query else 200
            text = self.tell()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", query["to"][0])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_HEAD = do_GET

    def tell(self):
        headers = {}
        for name, value in self.headers.items():
            name = name.lower()
            headers[name] = f"{headers[name]}, {value}" \
                if name in headers else value
        return json.dumps({
            "server": self.server.name,
            "path": self.path,
            "headers": headers,
            "proxy": self.proxy,
        }).encode()


class EchoHandler(socketserver.StreamRequestHandler):
    """Answers the first line with what is known, as the HTTP servers do."""
    timeout = 60

    def handle(self):
        try:
            proxy = read_proxy_header(self.rfile)
            line = self.rfile.readline(1000).decode("utf-8", "replace")
            if line:
                self.wfile.write(json.dumps({
                    "server": self.server.name,
                    "text": line.strip(),
                    "proxy": proxy,
                }).encode() + b"\n")
        except OSError:
            pass


class RedisHandler(socketserver.StreamRequestHandler):
    """As much of Redis as is asked in a check."""
    timeout = 60
    role = "master"

    def handle(self):
        try:
            for line in self.rfile:
                self.wfile.write(self.answer(line.strip().lower()))
        except OSError:
            pass

    def answer(self, line):
        if line == b"ping":
            return b"+PONG\r\n"
        if line == b"info replication":
            text = f"# Replication\r\nrole:{self.role}\r\n"
            return f"${len(text)}\r\n{text}\r\n".encode()
        return b"+OK\r\n" if line == b"quit" else b"-ERR unknown\r\n"


class SlaveHandler(RedisHandler):
    role = "slave"


class SmtpHandler(socketserver.StreamRequestHandler):
    """As much of SMTP as is asked in a check."""
    timeout = 60

    def handle(self):
        try:
            self.wfile.write(b"220 localhost\r\n")
            for line in self.rfile:
                verb = line[:4].upper()
                self.wfile.write(b"250 localhost\r\n" if verb == b"EHLO"
                                 else b"221 bye\r\n" if verb == b"QUIT"
                                 else b"500 unknown\r\n")
        except OSError:
            pass


class AtWork:
    """Counts who is inside; hold, if any, is run there by each."""

    def __init__(self):
        self.lock = threading.Lock()
        self.now = self.most = 0
        self.hold = None

    def __enter__(self):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        if self.hold:
            self.hold()

    def __exit__(self, *_):
        with self.lock:
            self.now -= 1


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, name, handler, context=None, port=0):
        super().__init__(("127.0.0.1", port), handler)
        self.name = name
        self.context = context
        self.fails = None  # the path that is answered with 500
        self.at_work = AtWork()
        self.port = self.server_address[1]
        self.connections = set()
        self.connections_lock = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.02,),
                         daemon=True).start()

    def get_request(self):
        connection, address = super().get_request()
        if self.context:
            # The handshake belongs to the thread of the connection.
            connection = self.context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False)
        with self.connections_lock:
            self.connections.add(connection)
        return connection, address

    def shutdown_request(self, request):
        with self.connections_lock:
            self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        pass  # who connects may be gone again

    def stop(self):
        """Listens no more, and ends what is open."""
        self.shutdown()
        self.server_close()
        with self.connections_lock:
            for connection in self.connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


# What a server speaks, by its name.
HANDLERS = {
    "http": HttpHandler,
    "echo": EchoHandler,
    "redis": RedisHandler,
    "redis slave": SlaveHandler,
    "smtp": SmtpHandler,
}


def tls_server(name, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.path)
    return Server(name, HttpHandler, context=context)


class Certificate:
    """Self-signed for a host name, with its key in one file."""

    def __init__(self, directory, host):
        self.host = host
        self.path = os.path.join(
            directory, host.replace("*", "STAR") + ".pem")
        key = self.path + ".key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec",
             "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", f"/CN={host}",
             "-addext", f"subjectAltName=DNS:{host}",
             "-keyout", key, "-out", self.path],
            check=True, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=60)
        with open(self.path, encoding="ascii") as file:
            self.der = ssl.PEM_cert_to_DER_cert(file.read())
        with open(key, encoding="ascii") as file:
            text = file.read()
        with open(self.path, "a", encoding="ascii") as file:
            file.write(text)
        os.unlink(key)
