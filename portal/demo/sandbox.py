"""Run one sandbox facility: ``python -m portal.demo.sandbox --facility COUNTY --port 8101 --seed 7``.

It listens on 127.0.0.1 only, asks for a Bearer token when one is given, and ends cleanly on SIGTERM or Ctrl-C.
"""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import datetime

from . import county
from .faults import NO_FAULTS, Faults
from .generator import GROW_EVERY_SECONDS, SANDBOX_FACILITIES
from .server import KINDS, SandboxServer

__all__ = ["KINDS", "NO_FAULTS", "Faults", "SandboxServer", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; returns 0, or 1 with one plain sentence when the port cannot be used."""
    chosen = _parser().parse_args(arguments)
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: ended.set())
    try:
        server = SandboxServer(
            chosen.facility,
            seed=chosen.seed,
            token=chosen.token or None,
            port=chosen.port,
            grow_every=chosen.grow_every or None,
            since=chosen.since,
        )
    except OSError as problem:
        sys.stderr.write(f"Port {chosen.port} cannot be used ({problem.strerror}); choose another with --port.\n")
        return 1
    with server:
        sys.stdout.write(f"{county.facility(chosen.facility).name}: {server.url}\n")
        sys.stdout.flush()
        ended.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m portal.demo.sandbox", description="A sandbox FHIR R4 facility.")
    parser.add_argument("--facility", choices=SANDBOX_FACILITIES, required=True)
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--token", default=os.environ.get("SANDBOX_TOKEN"), help="Bearer token; default SANDBOX_TOKEN")
    parser.add_argument(
        "--grow-every",
        type=_not_negative,
        default=GROW_EVERY_SECONDS,
        help="seconds between two new reports, 0 for none",
    )
    parser.add_argument(
        "--since", type=_instant, default=None, help="instant with zone from which new reports appear; default now"
    )
    return parser


def _not_negative(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("needs a time zone, for example 2026-11-22T08:00:00+08:00")
    return moment


if __name__ == "__main__":
    sys.exit(main())
