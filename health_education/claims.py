"""Words that promise too much, found where they stand. They warn; people decide (a text may say "没有特效药")."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from health_education.models import BannedClaim, Revision

SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]?")
MARKS = re.compile(r"[\s*_`~#>|\\\u200b\u200c\u200d\ufeff]+")
LEADING = re.compile(r"^\s*(?:[-+*]\s+|#{1,6}\s+|>\s*|\|\s*|\d+[.)、]\s*)")
PARTS = ("title", "summary", "body")


@dataclass(frozen=True)
class Found:
    """One suspicious claim: its words, the sentence it stands in, and what to do about it."""

    words: str
    sentence: str
    reason: str


def claims_in(revision: Revision, claims: Iterable[BannedClaim] | None = None) -> list[Found]:
    """Each active claim of a wording's title, summary and text, sentence by sentence; one query unless given."""
    known = list(BannedClaim.objects.filter(active=True) if claims is None else claims)
    text = "\n".join(getattr(revision, part) for part in PARTS)
    return [found for sentence in SENTENCE.findall(text) for found in _in_sentence(sentence, known)]


def plain(text: str) -> str:
    """`text` as a reader hears it: without marks, spaces and the width of letters, which would hide a word."""
    return MARKS.sub("", unicodedata.normalize("NFKC", text)).lower()


def _in_sentence(sentence: str, claims: list[BannedClaim]) -> list[Found]:
    heard = plain(sentence)
    said = [claim for claim in claims if plain(claim.words) in heard]
    longest = [claim for claim in said if not any(claim.words in other.words and claim != other for other in said)]
    shown = LEADING.sub("", sentence).strip()
    return [Found(claim.words, shown, claim.reason) for claim in longest]
