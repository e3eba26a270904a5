"""Serve the built site on this machine: port 8000 (or PORT) when it is free, any free port otherwise."""

import contextlib
import functools
import http.server
import os
import pathlib
import sys
from http import HTTPStatus
from typing import Any

SITE = pathlib.Path(__file__).resolve().parents[1] / "book" / "_build" / "html"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of the site; says only what went wrong, in one line."""

    def handle(self) -> None:
        """A reader who hangs up is no fault."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def send_head(self) -> Any:
        """An address that can be no file's name, such as `/%00`, leads to no file."""
        try:
            return super().send_head()
        except ValueError:
            self.send_error(HTTPStatus.NOT_FOUND, "File not found")
            return None

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Pass over requests that were answered."""


def open_server(port: int) -> http.server.ThreadingHTTPServer:
    """Bind to the loopback address only."""
    handler = functools.partial(Handler, directory=str(SITE))
    try:
        return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError:
        return http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)


def main() -> int:
    """Serve until interrupted."""
    if not (SITE / "index.html").is_file():
        print("No site yet: run `make site` first", file=sys.stderr)
        return 1
    port = os.environ.get("PORT") or "8000"
    if not (port.isdecimal() and int(port) < 65536):
        print(f"PORT={port} is not a port: give a number below 65536", file=sys.stderr)
        return 1
    with open_server(int(port)) as server:
        print(f"http://127.0.0.1:{server.server_address[1]}/  (Ctrl-C stops it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
