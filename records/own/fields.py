"""How a number that was read off a device is typed: forgiving in its shape, plain about what cannot be."""

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.own.limits import Limit

NUMBER = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)\s*(?:mmhg|mmol/l|kg|cm|次/分|次|公斤|斤|厘米)?", re.IGNORECASE)
LONGEST = 20


def plain(typed: str) -> str:
    """What was typed, in half-width figures and with a point for a comma or a Chinese full stop."""
    return unicodedata.normalize("NFKC", typed).strip().replace("。", ".").replace(",", ".").replace("、", ".")


def said(number: Decimal) -> str:
    """A number without zeros that say nothing."""
    return f"{number.normalize():f}"


class FigureField(forms.CharField):
    """A number off a device. `hint` says what may have been meant by one that cannot be."""

    def __init__(
        self, limit: Limit, *, whole: bool = False, hint: Callable[[Decimal], str] | None = None, **options: Any
    ) -> None:
        self.limit, self.whole, self.hint = limit, whole, hint
        attrs = {"inputmode": "numeric" if whole else "decimal", "autocomplete": "off", "class": "own-figure"}
        super().__init__(label=limit.label, widget=forms.TextInput(attrs=attrs), **options)
        told = gettext_lazy("没有填。请照着仪器上的数填，例如 {example}。")
        self.error_messages["required"] = format_lazy(told, example=limit.example)

    @property
    def names(self) -> dict[str, str]:
        """The words about it."""
        return {"usual": str(self.limit.usual), "example": self.limit.example}

    def clean(self, value: Any) -> Any:
        """The number, or None where none is needed and none was typed. Raises ValidationError."""
        typed = plain(super().clean(value))
        if not typed:
            return None
        found = NUMBER.fullmatch(typed)
        if found is None:
            shown = self.names | {"value": typed[:LONGEST]}
            raise ValidationError(_("填的是“%(value)s”，这里只能填数字，例如 %(example)s。") % shown)
        return self.judged(Decimal(found[1]))

    def judged(self, number: Decimal) -> Decimal:
        """The number, where somebody can have measured it. Raises ValidationError that says why not."""
        shown = self.names | {"value": said(number)}
        if not self.limit.holds(number):
            hint = self.hint(number) if self.hint else ""
            raise ValidationError(_("填的是 %(value)s，%(usual)s，请对照仪器再看一眼。") % shown + hint)
        if self.whole and number != number.to_integral_value():
            raise ValidationError(_("填的是 %(value)s，仪器上是没有小数的，请对照再看一眼。") % shown)
        return number if self.whole else number.quantize(Decimal("0.1"))


class BoundlessFigureField(FigureField):
    """A number whose unit is chosen beside it: only its shape is judged here, the rest where the unit is known."""

    def judged(self, number: Decimal) -> Decimal:
        return number
