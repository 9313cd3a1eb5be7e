"""In which characters a message is written: by MSH-18 (HL7 table 0211), by its source's setting, by its bytes."""

import re

from records.exchange.translating import Untranslatable

# Names as senders write them, blanks, dashes, slashes and underscores left out. GB 2312 and GBK are parts of GB 18030.
CODECS = {
    "ASCII": "ascii",
    "USASCII": "ascii",
    "ISOIR6": "ascii",
    "88591": "latin-1",
    "ISO88591": "latin-1",
    "ISOIR100": "latin-1",
    "UTF8": "utf-8",
    "UNICODEUTF8": "utf-8",
    "UNICODE": "utf-8",
    "ISOIR192": "utf-8",
    "GB180302000": "gb18030",
    "GB18030": "gb18030",
    "GB2312": "gb18030",
    "GB23121980": "gb18030",
    "GB231280": "gb18030",
    "ISOIR58": "gb18030",
    "GBK": "gb18030",
    "CP936": "gb18030",
}
BOM = b"\xef\xbb\xbf"
# Where ISO 2022 switches to other characters; without it, ASCII is the same whatever the message calls it.
_SWITCH = b"\x1b"
_FILLING = re.compile(r"[\s/_\-]+")
_HEADER = re.compile(rb"(?:^|[\r\n\x0b])MSH([^A-Za-z0-9\s])")
# Latin-1 has no letters from 80 to 9F. Chinese called 8859/1 (some engines write that whatever they send) has its high
# bytes in pairs throughout, which European words have not.
_NO_LETTER = re.compile(rb"[\x80-\x9f]")
_HIGH = re.compile(rb"[\x80-\xff]+")
_MSH_18 = 17
_HAN = re.compile("[\u3400-\u9fff]")
# Signs of units; other letters without any Chinese beside them may be Chinese in the other character set.
_UNIT_SIGNS = re.compile("[\x00-\x7f°±²³µ·×÷\u0370-\u03ff\u2000-\uffff]*")
_UNNAMED = "消息没有写明字符集（MSH-18），内容也不能确定是 UTF-8 还是 GB18030。请机构在 MSH-18 写明字符集。"


def codec(name: str) -> str:
    """Python's codec for a character set as a message or a source's setting names it; nothing for an unknown name."""
    return CODECS.get(_FILLING.sub("", name).upper(), "")


def declared(raw: bytes) -> str:
    """MSH-18 of the first message, first repetition; nothing where the bytes say nothing."""
    found = _HEADER.search(raw)
    if found is None:
        return ""
    line = re.split(rb"[\r\n]", raw[found.start(1) - 3 : found.start(1) + 4000], maxsplit=1)[0]
    fields = _somehow(line).split(found[1].decode("ascii", "replace"))
    given = fields[_MSH_18] if len(fields) > _MSH_18 else ""
    repetition = fields[1][1:2] if len(fields) > 1 else ""
    return (given.split(repetition)[0] if repetition else given).strip()


def decode(raw: bytes, of_source: str) -> tuple[str, str]:
    """The text and the codec it was read with; `of_source` counts where the message names no character set.

    Raises Untranslatable for an unknown name and for bytes that are not what is named: wrong characters would be
    somebody else's name.
    """
    raw = raw.removeprefix(BOM)
    if raw.isascii() and _SWITCH not in raw:
        return raw.decode("ascii"), codec(declared(raw)) or codec(of_source) or "utf-8"
    given = declared(raw)
    for name in [codec(given), codec(of_source)] if given else [codec(of_source)]:
        if not name:
            continue
        text = _strictly(raw, name)
        if text is not None and not (name == "gb18030" and is_chinese_utf8(raw)):
            return text, name
        if name != "ascii":  # ASCII is what old senders write whatever they send
            break
    if given and not codec(given):
        raise Untranslatable("MSH-18 写的字符集门户不认识。请写 UNICODE UTF-8 或 GB18030-2000，或留空。")
    if given or of_source:
        raise Untranslatable("消息的文字与声明的字符集（MSH-18 或数据来源的设置）不符，不能读取。请机构核对字符集。")
    return _guessed(raw)


def _guessed(raw: bytes) -> tuple[str, str]:
    """UTF-8, else GB 18030; of what could be either (袁一 in GBK is two Cyrillic letters in UTF-8) nobody chooses."""
    text, other = _strictly(raw, "utf-8"), _strictly(raw, "gb18030")
    if text is None and other is not None:
        return other, "gb18030"
    doubtful = text is not None and other is not None and not _HAN.search(text) and not _UNIT_SIGNS.fullmatch(text)
    if text is None or doubtful:
        raise Untranslatable(_UNNAMED)
    return text, "utf-8"


def is_chinese_utf8(raw: bytes) -> bool:
    """Whether these are Chinese words in UTF-8: bytes of GB 18030 are not that by chance, but the other way round."""
    text = _strictly(raw, "utf-8")
    return text is not None and _HAN.search(text) is not None


def _strictly(raw: bytes, name: str) -> str | None:
    if name == "latin-1" and not _is_latin(raw):
        return None
    try:
        return raw.decode(name)
    except UnicodeDecodeError:
        return None


def _is_latin(raw: bytes) -> bool:
    return not _NO_LETTER.search(raw) and any(len(run) % 2 for run in _HIGH.findall(raw))


def _somehow(line: bytes) -> str:
    """A header to look at, before it is known in which characters it is written."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("gb18030", "replace")
