"""Document numbers: how they are typed, which part of one is wrong, and how a person is found by one.

GB 11643-1999 (citizens), the residence permits of Hong Kong, Macao and Taiwan residents (same form, 81/82/83),
the 2023 foreign permanent-residence card (first digit 9); check character by ISO 7064 MOD 11-2.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from foundation.crypto import BlindIndex, blind_index
from residents.models import Identifier, Resident

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
PROVINCES = frozenset(
    [*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83]
)
OLDEST = 150


@dataclass(frozen=True)
class Document:
    """A well-formed number of 18 characters, and what it says about its holder."""

    kind: Identifier.Kind
    number: str
    birth_date: date
    sex: Resident.Sex

    @property
    def index(self) -> BlindIndex:
        """The blind index by which the person is found."""
        return index_of(self.kind, self.number)

    @property
    def masked(self) -> str:
        """First three and last four characters, as the owner's page shows it."""
        return self.number[:3] + "*" * (len(self.number) - 7) + self.number[-4:]


def index_of(kind: str, number: str) -> BlindIndex:
    """The blind index of a document number: a key of its own for each kind of document."""
    return blind_index(f"identifier.{kind}", number)


def tidy(typed: str) -> str:
    """What was typed, without blanks, full-width forms folded, letters upper-case."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).upper()


def check_character(first: str) -> str:
    """The 18th character for the first 17 digits (ISO 7064 MOD 11-2)."""
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True)) % 11]


def from_legacy(number: str) -> str:
    """A 15-digit number of before 2013 in its 18-character form (only for imported old records)."""
    longer = number[:6] + "19" + number[6:]
    return longer + check_character(longer)


def read(typed: str, today: date) -> Document:
    """The document typed; raises ValidationError saying in plain words which part is wrong."""
    number = tidy(typed)
    _check_shape(number)
    kind = _kind(number)
    born = _birth_date(number, kind, today)
    if check_character(number[:17]) != number[17]:
        raise ValidationError(_("证件号码最后一位校验不正确，请逐位核对。"), code="check_character")
    sex = Resident.Sex.MALE if int(number[16]) % 2 else Resident.Sex.FEMALE
    return Document(kind, number, born, sex)


def _check_shape(number: str) -> None:
    if not number:
        raise ValidationError(_("请输入证件号码。"), code="empty")
    if not number.isascii() or not all(character.isdigit() or character == "X" for character in number):
        raise ValidationError(_("证件号码只能包含数字，最后一位可以是字母X。"), code="characters")
    if len(number) != 18:
        raise ValidationError(
            _("证件号码应为18位，您输入了%(count)d位。"), code="length", params={"count": len(number)}
        )
    if "X" in number[:17]:
        raise ValidationError(_("字母X只能出现在证件号码的最后一位。"), code="characters")


def _kind(number: str) -> Identifier.Kind:
    if number[0] == "9":
        return Identifier.Kind.FOREIGN_PR_CARD
    if int(number[:2]) not in PROVINCES or (number[:2] == "83" and number[:6] != "830000"):
        raise ValidationError(
            _("证件号码前两位“%(code)s”不是省级代码，请核对。"), code="province", params={"code": number[:2]}
        )
    if number[:6] in {"810000", "820000", "830000"}:
        return Identifier.Kind.HMT_RESIDENCE_PERMIT
    return Identifier.Kind.RESIDENT_ID_CARD


def _birth_date(number: str, kind: Identifier.Kind, today: date) -> date:
    if kind == Identifier.Kind.FOREIGN_PR_CARD and int(number[1:3]) not in PROVINCES:
        raise ValidationError(
            _("证件号码第2至3位“%(code)s”不是省级代码，请核对。"), code="province", params={"code": number[1:3]}
        )
    text = number[6:14]
    try:
        born = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise ValidationError(
            _("证件号码中的出生日期“%(date)s”不存在，请核对第7至14位。"), code="birth_date", params={"date": text}
        ) from None
    if born > today:
        raise ValidationError(_("证件号码中的出生日期晚于今天，请核对第7至14位。"), code="future")
    if today.year - born.year > OLDEST:
        raise ValidationError(_("证件号码中的出生日期过早，请核对第7至14位。"), code="too_old")
    return born
