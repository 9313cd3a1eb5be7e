"""Mobile numbers: their shape, and the blind index by which equal ones are counted without being opened."""

import re
import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from foundation.crypto import blind_index

MOBILE = re.compile(r"1[3-9]\d{9}")


def read_phone(typed: str) -> str:
    """A mainland mobile number in its stored form: 11 digits. Raises ValidationError saying what is wrong."""
    text = unicodedata.normalize("NFKC", typed)
    digits = re.sub(r"[\s\-()]", "", text).removeprefix("+86")
    if not MOBILE.fullmatch(digits):
        raise ValidationError(_("手机号应为11位数字，以1开头，请核对。"), code="phone")
    return digits


def phone_index(number: str) -> bytes:
    """32 bytes by which an equal number is found."""
    return blind_index("phone", number)


class PhoneIndexField(models.BinaryField):
    """The blind index of the sealed number beside it, worked out whenever the row is saved with it."""

    def __init__(self, *args: Any, of: str = "phone", **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **{"null": True, "max_length": 32, "editable": False, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        number = getattr(model_instance, self.of)
        value = phone_index(number) if number else None
        setattr(model_instance, self.attname, value)
        return value
