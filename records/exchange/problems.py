"""What can go wrong, in words: a message that is held, and a run that failed."""

from records.exchange.models import Held

Reason = Held.Reason


class CannotApply(Exception):
    """A message that must wait for a person: why, in plain words, and whom it speaks of where that is the question.

    The explanation never repeats what the message says; it may name an element of it.
    """

    def __init__(self, reason: Held.Reason, explanation: str, subject: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.explanation = explanation
        self.subject = subject


class PullFailed(Exception):
    """A run that cannot go on; the text says in plain words what happened and what to do."""


class NotListed(PullFailed):
    """An address whose host is not among those that its source may be asked at; `place` is that host with its port."""

    def __init__(self, sentence: str, place: str) -> None:
        super().__init__(sentence)
        self.place = place


class AlreadyRunning(Exception):
    """Another run of the same source is at work."""


def incomplete(element: str) -> CannotApply:
    """A message without an element that the portal needs."""
    return CannotApply(Reason.INCOMPLETE, f"缺少必需的内容：{element}。请机构补全后重新发送。")


def unreadable(explanation: str) -> CannotApply:
    """A message, or an element of it, that is not what FHIR R4 says."""
    return CannotApply(Reason.UNREADABLE, explanation)
