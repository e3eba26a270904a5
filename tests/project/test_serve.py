"""The local server answers whatever it is asked, from the site alone, and reports a fault in one line."""

import re
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import serve

ODD = {
    "a NUL": (b"GET /%00", 404),
    "a NUL within": (b"GET /a%00b.html", 404),
    "a NUL as it is": (b"GET /a\0", 404),
    "a NUL in the query": (b"GET /?a=%00", 200),
    "a file above": (b"GET /../secret.txt", 404),
    "a file above, coded": (b"GET /%2e%2e/secret.txt", 404),
    "a file above, coded twice": (b"GET /%252e%252e/secret.txt", 404),
    "a file above, by backslash": (b"GET /..%5csecret.txt", 404),
    "a file above, by its whole path": (b"GET //secret.txt", 404),
    "a percent sign alone": (b"GET /%", 404),
    "no hex digits": (b"GET /%zz", 404),
    "no UTF-8": (b"GET /%ff%fe", 404),
    "a name too long for a file": (b"GET /" + b"a" * 5000, 404),
    "an address too long": (b"GET /" + b"a" * 70_000, 414),
    "another host": (b"GET http://example.org/x", 404),
    "the page alone": (b"HEAD /", 200),
    "a NUL, head alone": (b"HEAD /%00", 404),
    "a form": (b"POST /", 501),
    "a method that does not exist": (b"BREW /", 501),
    "a page": (b"GET /index.html?x", 200),
}


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server of a small site; beside the site lies what nobody may read."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("a page " * 100_000)
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(serve, "SITE", site)
    server = serve.open_server(0)
    running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    running.start()
    yield server.server_address[1]
    server.shutdown()
    running.join()
    server.server_close()


def asked(port: int, line: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(line + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    return answer


@pytest.mark.parametrize("case", ODD)
def test_an_odd_request_is_answered_and_leaves_no_trace(
    case: str, port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    line, status = ODD[case]
    answer = asked(port, line)
    assert re.match(rb"HTTP/1\.[01] (\d+) ", answer)
    assert int(answer.split()[1]) == status
    assert b"secret" not in answer.partition(b"\r\n\r\n")[2].replace(b"secret.txt", b"")
    errors = capfd.readouterr().err
    assert "Traceback" not in errors
    assert errors.count("\n") <= 1


def test_a_reader_who_hangs_up_leaves_no_trace(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
    connection.recv(10)
    connection.close()
    for answering in threading.enumerate():
        if "process_request" in answering.name:
            answering.join(10)
    assert "Traceback" not in capfd.readouterr().err
