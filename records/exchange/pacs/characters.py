"""In which characters a PACS answers: DICOM JSON is UTF-8 (PS3.18, F.2), but what was put into it may not have been.

A gateway that takes GBK for Latin-1 writes "Íõ" for "王". That is undone where the study names a Chinese character
set, or the source's setting does, and every letter comes out Chinese; else the text stays as it is: wrong characters
would be somebody else's name.
"""

import re
from collections.abc import Iterable

from records.exchange.hl7v2.charsets import codec
from records.exchange.translating import Untranslatable

BOM = b"\xef\xbb\xbf"
# Defined terms (PS3.3, C.12.1.1.2), and what Chinese modalities write in their place.
CHINESE = "gb18030"
IR_58 = re.compile(r"ISO[ _]?2022[ _]?IR[ _]?58", re.IGNORECASE)
# How ISO 2022 switches to GB 2312.
_SWITCH = "\x1b$)A"
_HAN = re.compile("[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u3000-\u303f\uff00-\uffef]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def decode(raw: bytes, of_source: str) -> str:
    """The text of an answer; raises Untranslatable where it is neither UTF-8 nor Chinese."""
    for name in ("utf-8", codec(of_source) or CHINESE):
        try:
            return raw.removeprefix(BOM).decode(name)
        except UnicodeDecodeError:
            continue
    raise Untranslatable("影像系统返回的文字不是 UTF-8，也不是 GB18030。请影像系统的工程师检查字符集设置。")


def is_chinese(terms: Iterable[str], of_source: str) -> bool:
    """Whether texts were written in a Chinese character set, by the study's own word or the source's setting."""
    names = [*terms, of_source]
    return any(codec(name) == CHINESE or IR_58.fullmatch(name.strip()) for name in names)


def repaired(text: str) -> str:
    """The text as it was meant, where GB 18030 was taken for Latin-1; else as it is."""
    plain = text.replace(_SWITCH, "")
    if plain.isascii():
        return plain
    try:
        meant = plain.encode("latin-1").decode(CHINESE)
    except UnicodeError:
        return text
    return meant if all(_HAN.fullmatch(run) for run in _NOT_ASCII.findall(meant)) else text
