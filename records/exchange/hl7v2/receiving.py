"""One message received: whose it is, that it is kept, and what is answered. An answer of AA or AE is a promise."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, InterfaceError, OperationalError, connections

from records.exchange import documents
from records.exchange.hl7v2 import acknowledging, senders
from records.exchange.hl7v2.acknowledging import ACCEPTED, Answer, Envelope
from records.exchange.hl7v2.senders import Sender
from records.exchange.hl7v2.translation import translate
from records.exchange.models import Source, StoredFile
from records.exchange.transactions import alias
from records.exchange.translating import Setup, Untranslatable

logger = logging.getLogger(__name__)

# Puts a message on disk before it returns; whether it was new. The text is what staff see it called.
Keep = Callable[[bytes, Source, str, datetime], bool]


def keep(raw: bytes, source: Source, name: str, now: datetime) -> bool:
    """Keep a message as a document; it is on disk when this returns. False where it had come before."""
    return documents.keep(raw, source, StoredFile.Layout.HL7V2, name, now)


@dataclass(frozen=True)
class Peer:
    """The other end of a connection, and the port of ours that it came to."""

    host: str
    port: int


def receive(raw: bytes, peer: Peer, of: Sequence[Sender], now: datetime, store: Keep = keep) -> bytes:
    """The ACK for a message from `peer`, kept before it is given out; `of` are the senders whose peer it may be.

    Nothing is kept of strangers, nor of what is no HL7: an answer of AR leaves the message with its sender.
    """
    to = acknowledging.envelope(raw)
    sender = senders.choose(of, to)
    if sender and sender.charset:
        to = acknowledging.envelope(raw, sender.charset)
    answer = _answer(raw, to, sender, now, store)
    if answer.code != ACCEPTED.code:
        logger.warning("MLLP %s:%s answered %s (%s)", peer.host, peer.port, answer.code, _whose(sender))
    return acknowledging.acknowledge(to, answer, now)


def _answer(raw: bytes, to: Envelope, sender: Sender | None, now: datetime, store: Keep) -> Answer:
    if sender is None:
        return acknowledging.UNKNOWN_SENDER
    if not to.is_hl7:
        return acknowledging.NOT_HL7
    if sender.paused:
        return acknowledging.PAUSED
    try:
        _keep(raw, to, sender, now, store)
    except DatabaseError as trouble:
        connections[alias()].close()
        logger.error("MLLP message of %s not saved: %s", sender.source.code, type(trouble).__name__)
        return acknowledging.BUSY
    return _read(raw, sender)


def _keep(raw: bytes, to: Envelope, sender: Sender, now: datetime, store: Keep) -> None:
    """Keep a message; once more with a new connection where the old one was lost, for keeping twice keeps once.

    A database that was restarted, or moved to its twin, is no reason for a laboratory to send again.
    """
    try:
        store(raw, sender.source, to.control, now)
    except (OperationalError, InterfaceError):
        connections[alias()].close()
        store(raw, sender.source, to.control, now)


def _read(raw: bytes, sender: Sender) -> Answer:
    """Whether the kept message can be read: its sender should hear of it now, and not from a list next week."""
    facility = sender.source.facility
    setup = Setup(facility_code=facility.code, facility_name=facility.name, charset=sender.charset)
    try:
        problem = next((entry.problem for entry in translate(raw, setup) if entry.problem), "")
    except Untranslatable as trouble:
        problem = trouble.explanation
    return acknowledging.unreadable(f"已保存，但不能读取：{problem}") if problem else ACCEPTED


def busy(raw: bytes, now: datetime) -> bytes:
    """The ACK while the database is away: not saved, send again."""
    return acknowledging.acknowledge(acknowledging.envelope(raw), acknowledging.BUSY, now)


def too_large(head: bytes, now: datetime) -> bytes:
    """The ACK for a frame that was too large to be taken."""
    return acknowledging.acknowledge(acknowledging.envelope(head), acknowledging.TOO_LARGE, now)


def _whose(sender: Sender | None) -> str:
    return sender.source.code if sender else "unknown sender"
