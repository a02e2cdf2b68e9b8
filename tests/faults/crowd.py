#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Many connections at once: crowd.py HOST:PORT FROM COUNT WHAT

WHAT is idle, head or half (the head or the body of a request does not end), or
post (a whole one, whose answer is waited for). Says on a line how many were answered with 200, and
holds the others until it is killed.
"""
import selectors
import socket
import sys
import time

PATIENCE = 60  # seconds, for all answers

place, source, count, what = sys.argv[1:]
host, port = place.rsplit(':', 1)
HEAD = 'POST /callback HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n'
BODY = '{"eventType":"framework_message_event","timestamp":"x"}'
TEXTS = {
    'idle': '',
    'head': HEAD[:20],
    'half': HEAD % 100 + '{"half',
    'post': HEAD % len(BODY) + BODY,
}


def connect():
    """A connection that has said what it has to; None: it was refused."""
    try:
        s = socket.create_connection((host, int(port)), PATIENCE,
                                     (source, 0))
        s.sendall(TEXTS[what].encode())
    except OSError:
        return None
    s.setblocking(False)
    return s


def answer(s):
    """Whether the answer is 200; it is there, or the connection closed."""
    try:
        return s.recv(65536).startswith(b'HTTP/1.1 200')
    except OSError:
        return False


sockets = [s for s in (connect() for _ in range(int(count))) if s]
good = 0
if what == 'post':
    poll = selectors.DefaultSelector()
    for s in sockets:
        poll.register(s, selectors.EVENT_READ)
    end = time.monotonic() + PATIENCE
    while poll.get_map() and time.monotonic() < end:
        for key, _ in poll.select(end - time.monotonic()):
            good += answer(key.fileobj)
            poll.unregister(key.fileobj)
            key.fileobj.close()
print(good, flush=True)
if what != 'post':
    sys.stdin.read()
