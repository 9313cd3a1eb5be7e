"""Other ways to say what was typed: a dictionary of tests, everyday words for them, and the editors' words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from health_education.finding import readings, synonyms

DICTIONARY = Path(__file__).parents[1] / "exchange" / "codes" / "starter.tsv"
SHORTEST_PART = 2
# What people say for several tests at once, or for what the dictionary calls by another name.
EVERYDAY = """
转氨酶 谷丙转氨酶 谷草转氨酶
肝功 谷丙转氨酶 谷草转氨酶 总胆红素 白蛋白
肝功能 谷丙转氨酶 谷草转氨酶 总胆红素 白蛋白
肾功 肌酐 尿素 尿酸
肾功能 肌酐 尿素 尿酸
血糖 葡萄糖 空腹血糖 餐后2小时血糖
糖化 糖化血红蛋白
血脂 总胆固醇 甘油三酯 低密度脂蛋白胆固醇 高密度脂蛋白胆固醇
胆固醇 总胆固醇
血压 收缩压 舒张压
高压 收缩压
低压 舒张压
甲功 促甲状腺激素 游离甲状腺素
血色素 血红蛋白
血钾 钾
血钠 钠
血钙 钙
B超 超声 彩超
彩超 超声 B超
超声 彩超 B超
片子 X线 DR CT 胸片 正位片
胸片 胸部正位片 胸部 DR X线
拍片 X线 DR 胸片 正位片
磁共振 核磁 MRI MR
核磁 磁共振 MRI MR
心电图 心电 ECG
尿检 尿常规 尿液分析
验血 血常规
化验 检验
"""


@dataclass(frozen=True)
class Test:
    """A test of the dictionary: its LOINC code and every name it goes by."""

    code: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Said:
    """What a word may stand as: `words` anywhere in a text, Latin `spellings` as a whole name, LOINC `codes`."""

    words: tuple[str, ...]
    spellings: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


def said(word: str) -> Said:
    """The other ways to say one word, itself first among the words."""
    everyday = _everyday().get(word.casefold(), ())
    meant = [word, *everyday]
    tests = [test for test in dictionary() if any(_names(test, one) for one in meant)]
    named = [test for test in tests if any(_same(one, alias) for one in meant for alias in test.names)]
    names = [name for test in named for name in test.names]
    words = [*meant, *(name for name in names if not name.isascii()), *_editors(word)]
    return Said(
        tuple(dict.fromkeys(words)),
        tuple(dict.fromkeys(name for name in [*names, *meant] if name.isascii())),
        tuple(dict.fromkeys(test.code for test in tests)),
    )


@cache
def dictionary() -> tuple[Test, ...]:
    """The tests of the starter dictionary; read once."""
    lines = DICTIONARY.read_text().splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return tuple(Test(code, (name, *filter(None, aliases.split(";")))) for code, _units, name, aliases in rows)


@cache
def _everyday() -> dict[str, Sequence[str]]:
    groups = [line.split() for line in EVERYDAY.strip().splitlines()]
    return {first.casefold(): rest for first, *rest in groups}


def _names(test: Test, word: str) -> bool:
    """Whether a word is one of the test's names, or a part of a Chinese one (谷丙 of 谷丙转氨酶)."""
    part = len(word) >= SHORTEST_PART and not word.isascii()
    return any(_same(word, name) or (part and word in name) for name in test.names)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _editors(word: str) -> Sequence[str]:
    """What the editors of health education say means the same (高血压: 血压高)."""
    return [] if word.isascii() else readings(word, synonyms())[1:]
