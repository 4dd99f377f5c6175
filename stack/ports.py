"""Free ports on 127.0.0.1."""

import socket


def free_port(preferred: int = 0) -> int:
    """`preferred` if nobody listens there, else any. Free now: the server that asked must still
    be ready to find it taken."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            # Else connections of an earlier server that linger in TIME_WAIT count as a listener.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")
