"""No connection leaves this machine: sockets to other hosts are refused, in tests and in programs that they start.

Python imports this module by itself where its folder is on PYTHONPATH.
"""

import sys
from typing import Any

HERE = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "", None)


def only_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse to resolve or connect to any other host."""
    if event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] not in HERE:
        raise OSError(f"tests may not connect to {arguments[1][0]}")
    if event == "socket.getaddrinfo":
        host = arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]
        if host not in HERE:
            raise OSError(f"tests may not look up {host}")


sys.addaudithook(only_this_machine)
