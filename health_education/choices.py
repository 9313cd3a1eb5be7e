"""The ways to narrow the list of texts, each with what is chosen now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from health_education.models import Audience, Kind, Tag, Topic


@dataclass(frozen=True)
class Choice:
    """One way to narrow: its name in addresses, its title, the options (value and label), and the one chosen."""

    name: str
    title: str | Promise
    options: Sequence[tuple[str, str | Promise]]
    value: str = ""

    @property
    def chosen(self) -> str | Promise:
        """The label of the chosen option; empty without one."""
        return next((label for value, label in self.options if value == self.value), "")


def choices(wanted: dict[str, str], topic: Topic | None, now: datetime) -> list[Choice]:
    """By topic (those with something to read), by kind, by audience; by disease only where it is chosen already."""
    topics = [(one.slug, one.name) for one in Topic.objects.with_live(now)]
    if topic and topic.slug not in dict(topics):
        topics.append((topic.slug, topic.name))
    kinds = [(value, str(label)) for value, label in Kind.choices if value != Kind.EXPLANATION]
    offered = [
        Choice("topic", _("主题"), topics, wanted["topic"]),
        Choice("kind", _("类型"), kinds, wanted["kind"]),
        Choice("audience", _("适合谁"), Audience.choices, wanted["audience"]),
    ]
    if wanted["tag"]:
        offered.append(Choice("tag", _("疾病"), Tag.choices, wanted["tag"]))
    return offered
