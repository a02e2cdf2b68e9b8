#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A steady load of HTTP requests, to see that none fails:

    load = start("http://127.0.0.1:8080/", threads=4)
    ...
    requests, failures, first = load.stop()

Half of the threads keep their connection, the others make a new one for each
request. What is no whole answer of status 2xx or 3xx is a failure; first is the
first failure's words, None without one. By itself: load.py URL [THREADS],
until interrupted.

A connection that was kept may end between two requests, which every client of
HTTP has to expect and to try again: once, and counted in load.retries.
"""

import http.client
import sys
import threading
import urllib.parse

TIMEOUT = 60


class Ended(ConnectionError):
    """A connection that ended before the answer."""


class Load:
    def __init__(self, url, threads, headers):
        parts = urllib.parse.urlsplit(url)
        self._address = parts.hostname, parts.port or 80
        self._path = (parts.path or "/") + \
            (f"?{parts.query}" if parts.query else "")
        self._headers = headers or {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.requests = self.failures = self.retries = 0
        self.first_failure = None
        self._done = [0] * threads
        self._threads = [
            threading.Thread(target=self._run, args=(i,), daemon=True)
            for i in range(threads)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        """No more requests; those under way are waited for."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        return self.requests, self.failures, self.first_failure

    def wait_for(self, count):
        """Until count more requests have been answered or have failed."""
        with self._lock:
            end = self.requests + count
        while self.requests < end:
            self._stop.wait(0.01)

    def wait_for_each(self):
        """What was under way has ended: every thread has begun and ended a
        request since."""
        ends = [done + 2 for done in self._done]
        while any(done < end for done, end in zip(self._done, ends)):
            self._stop.wait(0.005)

    def _run(self, index):
        keeps = index % 2 == 0
        connection = None
        while not self._stop.is_set():
            connection, words = self._request(connection, keeps)
            with self._lock:
                self.requests += 1
                self._done[index] += 1
                if words:
                    self.failures += 1
                    self.first_failure = self.first_failure or words
            if words:
                self._stop.wait(0.01)  # not to spin
        if connection:
            connection.close()

    def _request(self, connection, keeps):
        """One request; the connection to keep, and the words of a failure."""
        if connection:
            try:
                return self._read(connection, self._ask(connection, keeps))
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if not isinstance(error, Ended):
                    return None, repr(error)
            with self._lock:
                self.retries += 1
        connection = http.client.HTTPConnection(
            *self._address, timeout=TIMEOUT)
        try:
            return self._read(connection, self._ask(connection, keeps))
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            words = str(error) if isinstance(error, Ended) else repr(error)
            return None, words

    def _ask(self, connection, keeps):
        """The answer, as far as its headers."""
        headers = self._headers if keeps else \
            self._headers | {"Connection": "close"}
        try:
            connection.request("GET", self._path, headers=headers)
            return connection.getresponse()
        except ConnectionError as error:
            raise Ended(repr(error)) from error

    @staticmethod
    def _read(connection, answer):
        text = answer.read()  # an IncompleteRead if it is cut
        words = None
        if answer.status >= 400:
            words = f"{answer.status} {answer.reason}: {text[:100]!r}"
        if not answer.will_close:
            return connection, words
        connection.close()
        return None, words


def start(url, threads=4, headers=None):
    return Load(url, threads, headers)


def main():
    load = start(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 4)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    requests, failures, first = load.stop()
    print(f"{requests} requests, {failures} failures, first: {first}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
