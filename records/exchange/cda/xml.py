"""A CDA document's XML as a tree without namespaces: no entities, no external parts, and no more than so much of it."""

import codecs
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from records.exchange.hl7v2.charsets import is_chinese_utf8
from records.exchange.translating import Untranslatable

MEGABYTE = 1024 * 1024
MOST_BYTES = 20 * MEGABYTE
MOST_ELEMENTS = 100_000
MOST_DEPTH = 120
MOST_ATTRIBUTES = 200
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9_.\-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
_CODECS = {
    **dict.fromkeys(("UTF8", "UTF8SIG"), "utf-8"),
    **dict.fromkeys(("GB18030", "GBK", "GB2312", "CP936"), "gb18030"),
    **dict.fromkeys(("UTF16", "UTF16LE", "UTF16BE"), "utf-16"),
}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_FILLING = re.compile(r"[\s_\-]+")
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_OTHER_CHARACTERS = "文档的文字与声明的字符集不符，不能读取。请机构核对 XML 声明里的 encoding。"
_BROKEN = "文档不是完整的 XML，不能读取。请机构重新生成。"


class _TooLarge(Exception):
    """More elements, or deeper, than a document has."""


class _Counting(TreeBuilder):
    """Builds the tree, and stops where it grows beyond what any document needs."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = self.elements = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self.depth += 1
        self.elements += 1
        if self.depth > MOST_DEPTH or self.elements > MOST_ELEMENTS or len(attrs) > MOST_ATTRIBUTES:
            raise _TooLarge
        return super().start(_local(tag), {_local(name): value for name, value in attrs.items()})

    def end(self, tag: str, /) -> Element:
        self.depth -= 1
        return super().end(_local(tag))


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def parse(raw: bytes, charset: str) -> Element:
    """The root of the document; raises Untranslatable for what is no XML, is too large, or has a DTD."""
    if len(raw) > MOST_BYTES:
        raise Untranslatable(f"文档超过 {MOST_BYTES // MEGABYTE} MB，门户没有读取。请不要把影像放在文档里。")
    text = _DECLARATION.sub("", _decoded(raw, charset), count=1)
    parser = DefusedXMLParser(
        target=_Counting(), forbid_dtd=True, forbid_entities=True, forbid_external=True, encoding="utf-8"
    )
    try:
        parser.feed(text.encode("utf-8"))
        return parser.close()
    except DefusedXmlException:
        raise Untranslatable("文档里有 DTD 或实体声明，出于安全门户不读取。请机构去掉后重新发送。") from None
    except _TooLarge:
        raise Untranslatable("文档的元素过多或嵌套过深，门户没有读取。") from None
    except (ParseError, ValueError, AssertionError):
        # AssertionError: the tree builder of nothing at all.
        raise Untranslatable(_BROKEN) from None


def _decoded(raw: bytes, charset: str) -> str:
    """The text by its byte order mark, its declaration, or the source's setting; XML without any of them is UTF-8."""
    declared = _DECLARED.search(raw[:400])
    named = declared[1].decode("ascii") if declared else charset
    codec = _CODECS.get(_FILLING.sub("", named).upper(), "") if named else "utf-8"
    codec = next((name for mark, name in _MARKS if raw.startswith(mark)), codec)
    if not codec:
        raise Untranslatable("文档声明的字符集门户不认识。请使用 UTF-8 或 GB18030。")
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError:
        raise Untranslatable(_OTHER_CHARACTERS) from None
    if codec == "gb18030" and is_chinese_utf8(raw):
        raise Untranslatable(_OTHER_CHARACTERS)
    return text


def walk(node: Element, *names: str) -> Iterator[Element]:
    """The elements that a path of names leads to, from `node` down."""
    if not names:
        yield node
        return
    for child in node:
        if child.tag == names[0]:
            yield from walk(child, *names[1:])


def first(node: Element | None, *names: str) -> Element | None:
    """The first of them, if any."""
    return next(walk(node, *names), None) if node is not None else None


def text(node: Element | None, *names: str) -> str:
    """What the first of them says in words, its parts put together."""
    found = first(node, *names)
    return clean("".join(found.itertext())) if found is not None else ""


def attribute(node: Element | None, name: str, *names: str) -> str:
    """An attribute of the first of them."""
    found = first(node, *names)
    return clean(found.get(name, "")) if found is not None else ""


def clean(said: str) -> str:
    """Words without the line breaks and blanks of the markup around them."""
    lines = (" ".join(line.split()) for line in _UNSTORABLE.sub("", said).splitlines())
    return "\n".join(line for line in lines if line)
