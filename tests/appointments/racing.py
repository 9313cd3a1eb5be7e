"""Several people at once, each with a connection of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections

from appointments import refusals


class Racers:
    """Threads that keep their connections from one round to the next, as the web's workers do."""

    def __init__(self, count: int) -> None:
        self.pool = ThreadPoolExecutor(count)
        self.barrier = Barrier(count, timeout=30)

    def run(self, deeds: list[Callable[[], Any]]) -> list[Any]:
        """Start all deeds in the same instant; answers in order, a refusal by its class's name."""
        return [future.result() for future in [self.pool.submit(self._one, deed) for deed in deeds]]

    def _one(self, deed: Callable[[], Any]) -> Any:
        self.barrier.wait()
        try:
            return deed()
        except refusals.Refusal as refusal:
            return type(refusal).__name__

    def close(self) -> None:
        list(self.pool.map(lambda _: self._leave(), range(self.barrier.parties)))
        self.pool.shutdown()

    def _leave(self) -> None:
        self.barrier.wait()
        connections.close_all()
