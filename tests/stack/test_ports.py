"""Fixed ports where they are free."""

import socket

from stack.ports import free_port


def test_the_preferred_port_is_taken_only_where_nobody_listens() -> None:
    # Somebody else on this machine may take one of them meanwhile.
    assert any(free_port(port) == port for port in [free_port() for _ in range(5)])
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert free_port(taken) != taken
