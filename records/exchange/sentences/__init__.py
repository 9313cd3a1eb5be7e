"""What the worker wrote down in Chinese, in the language of whoever reads it.

Runs, trials and held messages keep what was said, sentence by sentence, with hosts, numbers and names in it. Each of
these sentences is in one of the lists, with {0}, {1} … where something was put in; one that is in none is shown as is.
"""

import re
from functools import cache

from django.utils.translation import get_language, gettext

from records.exchange.sentences.documents import DOCUMENTS
from records.exchange.sentences.feeds import FEEDS
from records.exchange.sentences.messages import MESSAGES
from records.exchange.sentences.places import PLACES

SENTENCES = (*FEEDS, *PLACES, *MESSAGES, *DOCUMENTS)
_BLANK = re.compile(r"\{\d\}")
_WHOLE = re.compile("[^。]+。?")


def shown(stored: str) -> str:
    """A stored explanation as this reader reads it: in Chinese as it is, else its known sentences translated."""
    if (get_language() or "zh").startswith("zh"):
        return stored
    return " ".join(_translated(sentence) or sentence for sentence in _WHOLE.findall(stored))


def _translated(sentence: str) -> str:
    """One sentence, or nothing where it is not known; what was put in may be a sentence too."""
    for pattern, msgid in _patterns():
        found = pattern.fullmatch(sentence)
        if found:
            return gettext(msgid).format(*map(_put_in, found.groups()))
    return ""


def _put_in(words: str) -> str:
    return _translated(words) or _translated(f"{words}。").removesuffix(".") or words.replace("、", ", ")


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The sentences as patterns, those with the most words of their own first."""
    ordered = sorted(SENTENCES, key=lambda msgid: len(_BLANK.sub("", msgid)), reverse=True)
    return [(re.compile("(.+?)".join(map(re.escape, _BLANK.split(msgid))), re.DOTALL), msgid) for msgid in ordered]
