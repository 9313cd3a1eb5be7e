"""The socket side of a sandbox facility: a threaded HTTP server on 127.0.0.1 that can be stopped at once."""

import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from .answers import Answer, problem

Answering = Callable[[str, Sequence[tuple[str, str]], str | None], Answer]


class Listener:
    """Binds to a port of 127.0.0.1 (0 picks a free one) and serves GET through one function. OSError when taken."""

    def __init__(self, answering: Answering, port: int) -> None:
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler_for(answering, self._ended))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close the socket; a delayed answer is let go."""
        self._ended.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def _handler_for(answering: Answering, ended: threading.Event) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"answering": staticmethod(answering), "ended": ended})


class _Handler(BaseHTTPRequestHandler):
    """Turns a request line into a question for ``answering`` and writes what it says."""

    answering: Answering
    ended: threading.Event
    protocol_version = "HTTP/1.1"
    server_version = "SandboxFHIR"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        pairs = parse_qsl(asked.query, keep_blank_values=True)
        self._send(self.answering(asked.path, pairs, self.headers.get("Authorization")))

    def do_POST(self) -> None:
        self.close_connection = True
        self._send(problem(405, "not-supported", "This server can only be read."))

    do_PUT = do_PATCH = do_DELETE = do_POST

    def _send(self, answer: Answer) -> None:
        if answer.delay:
            self.ended.wait(answer.delay)
        try:
            self._write(answer)
        except (BrokenPipeError, ConnectionResetError):
            # The caller did not wait; that is its right and nothing to report.
            self.close_connection = True

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.dropped:
            self.close_connection = True
        self.wfile.write(answer.body[: len(answer.body) // 2] if answer.dropped else answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: the caller's ledger says what was asked."""
