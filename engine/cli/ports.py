"""Ports of this machine: found free, or said to be taken, before anything listens on them."""

from __future__ import annotations

import socket

TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM


def free_port(preferred: int, kind: socket.SocketKind, host: str = "127.0.0.1") -> int:
    """Return *preferred* where nobody listens on it, else (and for 0) one that is free."""
    if preferred and why_taken(host, preferred, kind) is None:
        return preferred
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def why_taken(host: str, port: int, kind: socket.SocketKind) -> str | None:
    """Return why a port cannot be listened on, in the system's words; `None`: it can.

    Without SO_REUSEPORT: two installations that both ask for it would share the port.
    """
    try:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind is TCP:  # as servers do: what lingers of an old connection takes no port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return f"{host}:{port}: {error.strerror}"
    return None
