"""A provider on a real socket: it answers what it is told to, one answer a request, and keeps what it was asked."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

Answer = Callable[["Asked"], tuple[int, Any]]


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    def facts(self) -> Any:
        return json.loads(self.body)


@dataclass
class Provider:
    """`answers` are used up in turn, the last one for good; `drips` sends a byte now and then and never ends."""

    answers: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    drips: bool = False
    over: Event = field(default_factory=Event)
    address: str = ""

    def answer(self, asked: Asked) -> tuple[int, Any]:
        self.asked.append(asked)
        make = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return make(asked)


def says(facts: Any, status: int = 200) -> Answer:
    return lambda asked: (status, facts)


@contextmanager
def provider(*answers: Answer, drips: bool = False) -> Iterator[Provider]:
    told = Provider(list(answers), drips=drips)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if told.drips:
                self.drip()
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, facts = told.answer(Asked(self.path, headers, body))
            answer = facts if isinstance(facts, bytes) else json.dumps(facts).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def drip(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            while not told.over.wait(0.1):
                try:
                    self.wfile.write(b" ")
                    self.wfile.flush()
                except OSError:
                    return

        def log_message(self, *words: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield told
    finally:
        told.over.set()
        server.shutdown()
        server.server_close()
