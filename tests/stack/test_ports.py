"""Fixed ports where they are free."""

import socket

from stack.ports import free_port


def test_the_preferred_port_is_taken_only_where_nobody_listens() -> None:
    port = free_port()
    assert free_port(port) == port
    with socket.create_server(("127.0.0.1", port)):
        assert free_port(port) != port
