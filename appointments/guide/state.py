"""How far somebody has come. It travels in the form from page to page and is kept nowhere."""

from dataclasses import dataclass, replace
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _


class Who(models.TextChoices):
    """For whom; each is a column of the complaints."""

    ADULT = "adults", _("大人")
    CHILD = "children", _("14岁以下的孩子")
    PREGNANT = "pregnant", _("怀孕的人")


@dataclass(frozen=True)
class State:
    """The answers so far.

    `sign` is the danger sign that is there, `clear` that there is none; `passed` counts the questions of the complaint
    that were answered with no, `stopped` says that the one after them was answered with yes.
    """

    version: UUID
    sign: UUID | None = None
    clear: bool = False
    who: str = ""
    part: str = ""
    words: str = ""
    symptom: UUID | None = None
    passed: int = 0
    stopped: bool = False

    def before(self) -> "State | None":
        """One step back; `None` at the first page."""
        if self.stopped:
            return replace(self, stopped=False)
        if self.passed:
            return replace(self, passed=self.passed - 1)
        if self.symptom:
            return replace(self, symptom=None)
        if self.part or self.words:
            return replace(self, part="", words="")
        if self.who:
            return replace(self, who="")
        return State(self.version) if self.clear or self.sign else None

    def fields(self) -> list[tuple[str, str]]:
        """As hidden fields of a form."""
        said = {
            "version": self.version,
            "sign": self.sign,
            "clear": "1" if self.clear else "",
            "who": self.who,
            "part": self.part,
            "words": self.words,
            "symptom": self.symptom,
            "passed": self.passed,
            "stopped": "1" if self.stopped else "",
        }
        return [(name, str(value)) for name, value in said.items() if value]
