"""A facility that answers in ways a sandbox facility does not: byte by byte, elsewhere, compressed, without end."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nConnection: close\r\n"

Answering = Callable[[socket.socket, threading.Event], None]


@contextmanager
def answering(answer: Answering) -> Iterator[int]:
    """A server on a port of 127.0.0.1 that treats each connection as `answer` does, until the block ends."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(listener, answer, ended), daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for a connection
        listener.close()


def _serve(listener: socket.socket, answer: Answering, ended: threading.Event) -> None:
    with suppress(OSError):
        while not ended.is_set():
            connection, _address = listener.accept()
            threading.Thread(target=_treat, args=(connection, answer, ended), daemon=True).start()


def _treat(connection: socket.socket, answer: Answering, ended: threading.Event) -> None:
    with suppress(OSError), connection:
        connection.recv(65536)
        answer(connection, ended)


def fixed(response: bytes) -> Answering:
    """Always these bytes."""
    return lambda connection, ended: connection.sendall(response)


def dripping(first: bytes) -> Answering:
    """`first`, and then a byte every tenth of a second."""

    def answer(connection: socket.socket, ended: threading.Event) -> None:
        connection.sendall(first)
        while not ended.wait(0.1):
            connection.sendall(b" ")

    return answer


def silent(connection: socket.socket, ended: threading.Event) -> None:
    """Nothing at all."""
    ended.wait()


def flooding(connection: socket.socket, ended: threading.Event) -> None:
    """Megabytes without end."""
    connection.sendall(OK + b"\r\n")
    while not ended.is_set():
        connection.sendall(b" " * 65536)
