"""Articles as files: a YAML head between `---` lines, then Markdown. Our starter library, or any folder."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import frontmatter
import yaml
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from frontmatter.default_handlers import YAMLHandler

from health_education.models import LITERACY_ITEMS, Article, Audience, Explains, Kind, Language, Speciality, Tag

HEAD = YAMLHandler()
MOST_HEAD = 5_000  # characters, ten times the longest of ours: reading YAML is slow, and an archive holds many
STARTER = Path(__file__).parent / "library"
TOPICS = {
    "healthy-eating": "合理膳食",
    "exercise": "科学运动",
    "tobacco-alcohol": "控烟限酒",
    "mental-health": "心理健康",
    "medicines": "用药安全",
    "chronic-disease": "慢性病",
    "infectious-disease": "传染病防治",
    "vaccination": "预防接种",
    "mother-child": "妇幼健康",
    "child-health": "儿童与青少年",
    "healthy-ageing": "老年健康",
    "tcm": "中医养生",
    "first-aid": "急救自救",
    "farm-work": "职业与农药安全",
    "seeing-a-doctor": "看病与检查",
    "policy": "就医与医保",
}
TEXTS = {"title", "summary", "topic", "source"}
LISTS = {"audience", "tags", "literacy", "explains", "related"}
CHOICES: dict[str, Any] = {"kind": Kind, "speciality": Speciality, "language": Language}
KNOWN = TEXTS | LISTS | set(CHOICES) | {"translation_of", "author"}


@dataclass(frozen=True)
class Text:
    """One file: its address (the file's name), the head as typed, and the Markdown."""

    slug: str
    body: str
    head: dict[str, Any] = field(default_factory=dict)

    def many(self, name: str) -> list[Any]:
        """A list of the head; empty where it was left out."""
        return list(self.head.get(name) or [])

    def one(self, name: str, default: str = "") -> str:
        return str(self.head.get(name) or default).strip()

    @property
    def codes(self) -> list[tuple[str, str]]:
        """What a card explains, as (system, code)."""
        pairs = [str(word).partition(":") for word in self.many("explains")]
        return [(system, code) for system, _colon, code in pairs]


def read(slug: str, content: str) -> Text:
    """The text of one file; raises ValidationError with everything that is wrong with its head."""
    try:
        _refuse_anchors(content)
        head, body = frontmatter.parse(content)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ValidationError(_("文件开头两行“---”之间的内容读不懂，请对照样例检查冒号、引号和缩进。")) from error
    text = Text(slug, body.strip(), head)
    if wrong := problems(text):
        raise ValidationError(wrong)
    return text


def _refuse_anchors(content: str) -> None:
    """A head that repeats itself by reference could unfold without end, and a long one keeps the reader busy."""
    stripped = content.strip()
    if not HEAD.detect(stripped):
        return
    head, _body = HEAD.split(stripped)
    if len(head) > MOST_HEAD or any(isinstance(token, yaml.AnchorToken | yaml.AliasToken) for token in yaml.scan(head)):
        raise yaml.YAMLError


def problems(text: Text) -> list[str]:
    """What is wrong with a file's head, one sentence each; empty when it can be taken in."""
    if not text.head:
        return [_("文件开头没有用两行“---”围起来的说明（标题、主题、依据来源等）。")]
    if nested := sorted(str(name) for name, value in text.head.items() if not _is_flat(value)):
        return [_("应是一行文字，或一个简单的列表：%(names)s。") % {"names": "、".join(nested)}]
    return [*_missing(text), *_unknown(text), *_wrong_choices(text), *_wrong_codes(text)]


def _is_flat(value: Any) -> bool:
    """Whether a value is one word or a list of words: whatever else YAML can say has no place in a head."""
    return not any(
        isinstance(one, list | dict | set | tuple) for one in (value if isinstance(value, list) else [value])
    )


def _missing(text: Text) -> list[str]:
    names = [name for name in sorted(TEXTS | {"audience"}) if not text.head.get(name)]
    if not text.body:
        names.append(_("正文"))
    return [_("缺少：%(names)s。") % {"names": "、".join(names)}] if names else []


def _unknown(text: Text) -> list[str]:
    names = sorted(str(name) for name in text.head if name not in KNOWN)
    scalars = sorted(name for name in LISTS & set(text.head) if not isinstance(text.head[name] or [], list))
    said = [_("不认识的项目：%(names)s。") % {"names": "、".join(names)}] if names else []
    return said + ([_("应写成列表（方括号）：%(names)s。") % {"names": "、".join(scalars)}] if scalars else [])


def _wrong_choices(text: Text) -> list[str]:
    allowed = {"audience": Audience.values, "tags": Tag.values, "literacy": range(1, LITERACY_ITEMS + 1)}
    wrong = [f"{name}: {word}" for name, words in allowed.items() for word in _listed(text, name) if word not in words]
    wrong += [
        f"{name}: {text.one(name)}" for name, known in CHOICES.items() if text.one(name) not in {"", *known.values}
    ]
    return [_("不在可选范围里：%(words)s。") % {"words": "、".join(wrong)}] if wrong else []


def _listed(text: Text, name: str) -> list[Any]:
    return text.many(name) if isinstance(text.head.get(name) or [], list) else []


def _wrong_codes(text: Text) -> list[str]:
    words = [str(word) for word in _listed(text, "explains")]
    wrong = [word for word in words if code_of(word) is None]
    return (
        [_("说明的项目应写成 loinc:编码 或 condition:疾病标签：%(words)s。") % {"words": "、".join(wrong)}]
        if wrong
        else []
    )


def code_of(word: str) -> tuple[str, str] | None:
    """What `loinc:718-7` or `condition:diabetes` names, as (system, code); None for anything else."""
    system, _colon, code = word.partition(":")
    known = code in Tag.values if system == Explains.System.CONDITION else bool(code) and len(code) <= 30
    return (system, code) if known and system in Explains.System.values else None


def texts(folder: Path = STARTER) -> Iterator[Text]:
    """The texts of a folder, in the order of their addresses; translations after all others."""
    read_in = [read(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.md"))]
    yield from sorted(read_in, key=lambda text: bool(text.one("translation_of")))


def article_of(text: Text, topic_id: Any, originals: dict[str, Article]) -> Article:
    """The article's frame, unsaved; KeyError when the text it translates is not there."""
    original = text.one("translation_of")
    return Article(
        slug=text.slug,
        topic_id=topic_id,
        kind=text.one("kind", Kind.ARTICLE),
        audience=text.many("audience"),
        tags=text.many("tags"),
        literacy_items=text.many("literacy"),
        related=text.many("related"),
        speciality=text.one("speciality", Speciality.GENERAL),
        language=text.one("language", Language.CHINESE),
        translation_of=originals[original] if original else None,
    )
