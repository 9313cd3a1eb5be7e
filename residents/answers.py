"""Whose question an SMS answers: the one that its number was asked, and never a guess between two.

Each room that asks by SMS registers an `Asker`, which says what a number may answer now. A number with one open
question answers it with a bare digit. With several (a family's shared telephone, two visits of one person) the digit
comes after the two-digit code that the message named; without it nothing happens to anybody, and the number is told the
codes. What is just over still makes a bare digit unclear: "2" to an offer that has gone must not cancel a visit that
was asked about last week; and no digit answers a question that came after it. What nobody understands is answered with
the menu, once a day; everything after that with silence.

A reply was stored before it is understood (`replies`), and it is understood, acted upon and emptied in one transaction
of its own: one that dies has done nothing, and is read again. A deed that brings its own transaction comes before the
one that empties the reply, and may be repeated: after a reader that died, or beside another, it is found done.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from django.db import transaction

from foundation.crypto import digest
from foundation.dated import register, setting
from foundation.rowsecurity import database
from residents.models import Delivery, SmsReply

Meaning, Template = SmsReply.Meaning, Delivery.Template
AT_ONCE = 100
# How long a question that is over still makes a bare digit unclear: people answer late what they read early.
LATELY = timedelta(hours=12)
SILENT_HOURS = register("messages.menu_silent_hours", 24, "看不懂的短信回复：说明发过一次后，多少小时内不再回")
WITH_CODE = re.compile(r"(\d\d)[\s,，.、:：-]*(\D.*|\d)", re.DOTALL)
# What a reply meant; or how to do what it asks for, where that is a transaction of its own and the same when repeated.
Done = str | Callable[[], str]
STOP_WORDS = frozenset(("t", "td", "退订", "n", "stop"))


@dataclass(frozen=True)
class Question:
    """One thing a number may answer now, as `words` have it; `label` names it where several are open.

    `asked_at`: when it was asked first.
    """

    subject: UUID
    code: str
    asked_at: datetime
    label: str
    words: Mapping[str, str]
    take: Callable[[str, "Said"], Done] = field(repr=False)
    # Whether a reply that nobody understands is answered with the menu of a visit.
    has_menu: bool = False
    # Nothing can be answered any more; somebody may still mean it.
    over: bool = False


@dataclass(frozen=True)
class Said:
    """What came: from which number, when it is read, and the key by which each answer to it leaves once."""

    key: UUID
    phone: str = field(repr=False)
    index: bytes = field(repr=False)
    now: datetime

    def answer(self, template: str, **parameters: str) -> None:
        """Say one thing back to the number, once however often this reply is read."""
        self.answer_once(template, f"{template}:{self.key}", **parameters)

    def answer_once(self, template: str, key: str, **parameters: str) -> None:
        """Say a thing in place of the outbox's own message with this key."""
        said = json.dumps(parameters, ensure_ascii=False)
        row = Delivery(template=template, recipient=self.phone, parameters=said, key=key, due_at=self.now)
        Delivery.objects.bulk_create([row], ignore_conflicts=True)

    def heard(self, template: str) -> bool:
        """Whether the number was told this within the last day."""
        since = self.now - timedelta(hours=setting(SILENT_HOURS, self.now))
        return Delivery.objects.filter(recipient_index=self.index, template=template, due_at__gt=since).exists()


class Asker(Protocol):
    """A room's questions by SMS."""

    def open_on(self, index: bytes, now: datetime) -> Sequence[Question]:
        """What this number may answer now."""

    def last_asked(self, index: bytes, now: datetime) -> datetime | None:
        """When this number was asked last, answered or not; None where it never was."""

    def stop(self, said: Said) -> None:
        """Ask this number no more."""


ASKERS: list[Asker] = []


def register_asker(asker: Asker) -> None:
    """Called once for each room, when Django has loaded the models."""
    ASKERS.append(asker)


def read(now: datetime) -> int:
    """Understand what came back by SMS, each reply once; what it said is emptied. Returns how many replies."""
    done = 0
    while done < AT_ONCE:
        with transaction.atomic(using=database()):
            waiting = SmsReply.objects.filter(handled_at=None).order_by("received_at", "id")
            reply = waiting.select_for_update(skip_locked=True).first()
            if reply is None:
                break
            meant = _understand(reply, now)
            if isinstance(meant, str):
                _empty(reply, meant, now)
        if not isinstance(meant, str):
            _empty_unless_done(reply.pk, meant(), now)
        done += 1
    return done


def _empty(reply: SmsReply, meaning: str, now: datetime) -> None:
    reply.meaning, reply.handled_at, reply.phone, reply.text = meaning, now, None, None
    reply.save(update_fields=["meaning", "handled_at", "phone", "phone_index", "text"])


def _empty_unless_done(key: UUID, meaning: str, now: datetime) -> None:
    with transaction.atomic(using=database()):
        reply = SmsReply.objects.select_for_update().filter(pk=key, handled_at=None).first()
        if reply is not None:
            _empty(reply, meaning, now)


def plain(text: str) -> str:
    """What somebody wrote, without what means nothing: width, case, blanks and marks at the ends."""
    return unicodedata.normalize("NFKC", text).strip().strip("。.!！,，、 ").lower()


def open_on(index: bytes, now: datetime) -> list[Question]:
    """Everything one number may answer now, what was asked last first."""
    found = [question for asker in ASKERS for question in asker.open_on(index, now)]
    return sorted(found, key=lambda question: question.asked_at, reverse=True)


def digits_on(index: bytes, now: datetime) -> list[Question]:
    """Of these the ones that a bare "1" would answer: beside one of them another needs a code."""
    return [question for question in open_on(index, now) if "1" in question.words]


def code_of(subject: UUID, first: int, last: int) -> str:
    """Two digits for a question, always the same, between two bounds."""
    return f"{first + int.from_bytes(digest(str(subject))[:4]) % (last - first + 1):02d}"


def _understand(reply: SmsReply, now: datetime) -> Done:
    said = Said(reply.pk, reply.phone or "", bytes(reply.phone_index or b""), now)
    text = plain(reply.text or "")
    if text in STOP_WORDS:
        return _stop(said)
    asked, word = _meant([one for one in open_on(said.index, now) if _may_answer(reply, one)], text)
    if all(question.over for question in asked):
        return Meaning.UNASKED
    knowing = [question for question in asked if word in question.words]
    if not knowing:
        return _menu(said, asked)
    live = [question for question in knowing if not question.over]
    if not live:
        return Meaning.UNASKED
    # Who wishes to be rung up need not say why: the desk of each visit does, and nothing changes for anybody.
    if all(question.words[word] == Meaning.CALL for question in knowing):
        for question in live:
            question.take(Meaning.CALL, said)
        return Meaning.CALL
    if len(knowing) > 1:
        return _which(said, knowing)
    return knowing[0].take(knowing[0].words[word], said)


def _may_answer(reply: SmsReply, question: Question) -> bool:
    return question.asked_at <= reply.received_at or "1" not in question.words


def _meant(asked: Sequence[Question], text: str) -> tuple[list[Question], str]:
    """Which questions a text may answer, and with what word: by its code, or all of them."""
    match = WITH_CODE.fullmatch(text)
    coded = [question for question in asked if match and question.code == match[1]]
    return (coded, plain(match[2])) if match and coded else (list(asked), text)


def _stop(said: Said) -> str:
    """No more of what this number was sent last; everything else goes on."""
    asked = [(at, asker) for asker in ASKERS if (at := asker.last_asked(said.index, said.now))]
    if not asked:
        return Meaning.UNASKED
    max(asked, key=lambda pair: pair[0])[1].stop(said)
    return Meaning.STOP


def _menu(said: Said, asked: Sequence[Question]) -> str:
    if any(question.has_menu for question in asked) and not said.heard(Template.REPLY_MENU):
        said.answer(Template.REPLY_MENU)
    return Meaning.UNKNOWN


def _which(said: Said, asked: Sequence[Question]) -> str:
    first, second = asked[:2]
    if not said.heard(Template.REPLY_WHICH):
        said.answer(
            Template.REPLY_WHICH,
            first=f"{first.label}编号{first.code}",
            second=f"{second.label}编号{second.code}",
            code=first.code,
        )
    return Meaning.UNCLEAR
