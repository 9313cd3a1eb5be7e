"""What is said of a copy, or of a file, to whoever asks whether it is genuine."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from records.issued import CopyState
from records.signing import Standing, State

Words = str | Promise


@dataclass(frozen=True)
class Answer:
    """A sentence that decides, another that says what to do; `copy` is the copy that was found."""

    tone: str
    title: Words
    text: Words
    copy: CopyState | None = None
    code: str = ""
    signed_by: str = ""
    is_file: bool = False


TOO_MANY = Answer("warn", later("查询太频繁"), later("请过一分钟再试。"))
NOTHING_CHOSEN = Answer("warn", later("还没有选择文件"), later("请选择下载到的 PDF 文件，再点“核验这份文件”。"))
UNKNOWN_CODE = Answer(
    "bad",
    later("查无此件"),
    later("没有出具过带这个防伪码的报告。请对照打印件再输一次；仍查不到时，不要相信这份打印件。"),
)

_BY_CODE = later("请找到报告二维码下方的24位防伪码，在下面输入核验。")
# Of a file whose fingerprint is in no register: why, and what to do instead.
_NOT_OURS: dict[State, tuple[str, Words, Words]] = {
    State.CHANGED: (
        "bad",
        later("不是原件：文件在出具以后被改动过"),
        later(
            "文件里有本平台的电子签名，但内容和签名对不上，哪怕只改动一处也会这样。请不要相信这份文件，请本人重新下载。"
        ),
    ),
    State.OTHERS: (
        "bad",
        later("不是原件：文件里的电子签名不是本平台的"),
        later("它不是本平台出具的文件，或者签名已经损坏。机构自己签名的报告，请向那家机构核实。"),
    ),
    State.UNSIGNED: (
        "warn",
        later("不是原件：文件里没有本平台的电子签名"),
        later(
            "把报告另存、打印成 PDF、扫描或截图以后，签名就没有了，从文件看不出真假；也可能根本不是本平台出具的。"
            "请用下载到的原来那个文件，或者输入防伪码。"
        ),
    ),
    State.OURS: (
        "warn",
        later("不是原件：没有登记过这份文件"),
        later("签名是本平台的，也没有被改动，但登记中没有它。请不要只凭这份文件作决定。"),
    ),
    State.LOCKED: (
        "warn",
        later("没法核验：这份 PDF 加了密码"),
        later("本平台出具的文件从不加密码，加密码会改动文件。请用下载到的原来那个文件。"),
    ),
    State.NO_PDF: (
        "warn",
        later("没法核验：这不是 PDF 文件"),
        later("照片、截图和文档没法核验。请用下载到的原来那个 PDF 文件。"),
    ),
    State.EMPTY: ("warn", later("没法核验：文件是空的"), later("可能没有下载完。请重新下载一次再试。")),
}


def too_large(megabytes: int) -> Answer:
    """Of a file that is not read."""
    title = _("没法核验：文件超过%(most)d兆") % {"most": megabytes}
    return Answer("warn", title, _("本平台出具的文件没有这么大。请看看是不是选错了文件。"), is_file=True)


def of_code(copy: CopyState | None, code: str) -> Answer:
    """What the code on a print says."""
    if copy is None:
        return UNKNOWN_CODE
    return Answer(*_standing(copy), copy=copy, code=code)


def of_file(standing: Standing, copy: CopyState | None) -> Answer:
    """What a file says: by the register, where it is known; else by its signature, why it is not."""
    if copy is not None:
        return Answer(*_standing(copy), copy=copy, signed_by=standing.by, is_file=True)
    tone, title, text = _NOT_OURS[standing.state]
    return Answer(tone, title, f"{text}{_BY_CODE}", is_file=True)


def _standing(copy: CopyState) -> tuple[str, Words, Words]:
    if copy.is_booklet:
        return _booklet(copy)
    if copy.state == "genuine":
        text = _("请核对下面的机构、编号和时间是否与手里这一份一致。")
        return "good", _("真：由本平台出具，内容至今有效"), text
    if copy.state == "corrected":
        text = _("它由本平台出具，但报告后来有更新。请让本人重新打开报告，以新的为准。")
        return "warn", _("已更正：手里这一份不是最新的"), text
    if copy.state == "recalled":
        text = _("它由本平台出具，但机构发现报告可能不属于持有人，正在核查或已经收回。请不要按它用药或治疗。")
        return "bad", _("该报告已被收回核查：请不要使用这一份"), text
    return "bad", _("已撤回：请不要再使用这一份"), _("它由本平台出具，但机构后来撤回了这份报告。")


def _booklet(copy: CopyState) -> tuple[str, Words, Words]:
    every = ngettext("里面有%(count)d份报告", "里面有%(count)d份报告", copy.reports) % {"count": copy.reports}
    if copy.state == "genuine":
        text = _("%(every)s，都没有更正或撤回过。") % {"every": every} if copy.reports else _("里面没有检查检验报告。")
        return "good", _("真：由本平台出具的健康档案册"), text
    parts = [
        ngettext("%(count)d份已更正", "%(count)d份已更正", copy.corrected) % {"count": copy.corrected},
        ngettext("%(count)d份已撤回", "%(count)d份已撤回", copy.withdrawn) % {"count": copy.withdrawn},
    ]
    changed = _("、").join(part for part, count in zip(parts, (copy.corrected, copy.withdrawn), strict=True) if count)
    said = {"every": every, "changed": changed}
    text = _("它由本平台出具，%(every)s，出具以后其中%(changed)s。请让本人重新生成一份，以新的为准。") % said
    return "warn", _("有更正或撤回：这份健康档案册不是最新的"), text
