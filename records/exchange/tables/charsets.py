"""In which characters a table is written: its own mark, else the source's setting, else what its bytes allow."""

import codecs
import re

from records.exchange.translating import Untranslatable

CODECS = {
    **dict.fromkeys(("UTF8", "UTF8SIG", "UNICODE", "65001"), "utf-8"),
    # GB 2312 and GBK are parts of GB 18030, and senders name them as they please.
    **dict.fromkeys(("GB18030", "GBK", "GB2312", "CP936", "936", "ANSI"), "gb18030"),
    **dict.fromkeys(("UTF16", "UTF16LE", "UTF16BE"), "utf-16"),
}
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# So many Chinese characters are not read by chance: a table that goes wrong after them is broken UTF-8.
_CERTAIN = 4
# Where one byte in ten is zero, each character has two.
_HEAD, _WIDE = 4096, 10
_HAN = re.compile("[\u3400-\u9fff]")
_FILLING = re.compile(r"[\s_\-]+")


def decode(raw: bytes, setting: str) -> tuple[str, str]:
    """The text and the codec it was read with; raises Untranslatable, with the line, for bytes that do not fit.

    A byte order mark is the file's own word and counts before the setting; nothing is ever replaced or left out.
    """
    for mark, name in MARKS:
        if raw.startswith(mark):
            if not name:
                break
            return _strictly(raw, name, "文件开头写明是 Unicode，但")
    given = CODECS.get(_FILLING.sub("", setting).upper(), "")
    if setting and not given:
        raise Untranslatable("数据来源设置的字符集门户不认识。请填写 UTF-8、GBK、GB18030 或 UTF-16。")
    head = raw[:_HEAD]
    if given == "utf-16" or (not given and head.count(0) * _WIDE > len(head)):
        raise Untranslatable("文件像是没有开头标记的 UTF-16，或者不是文本。请另存为带 BOM 的 UTF-8 CSV。")
    if given:
        return _strictly(raw, given, "数据来源设置的字符集与文件不符，")
    return _found(raw)


def _found(raw: bytes) -> tuple[str, str]:
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as problem:
        before = raw[: problem.start].decode("utf-8")
        if len(_HAN.findall(before)) >= _CERTAIN:
            raise _broken(raw, problem.start, "文件是 UTF-8，但", "utf-8") from None
    return _strictly(raw, "gb18030", "文件不是 UTF-8，按 GB18030 读时，")


def _strictly(raw: bytes, name: str, why: str) -> tuple[str, str]:
    try:
        return raw.decode(name), name
    except UnicodeDecodeError as problem:
        raise _broken(raw, problem.start, why, name) from None


def _broken(raw: bytes, place: int, why: str, name: str) -> Untranslatable:
    before = raw[:place].decode(name, "replace").replace("\r\n", "\n").replace("\r", "\n")
    line = before.count("\n") + 1
    return Untranslatable(f"{why}第 {line} 行有不能识别的字节。请另存为 UTF-8 CSV，或在数据来源里写明字符集。")
