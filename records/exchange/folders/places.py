"""A source's folder below the one root: opened step by step, so that no link and no `..` leads out of it."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from records.exchange.problems import PullFailed

TAKING, DONE, FAILED = "taking", "done", "failed"
OWN = frozenset({TAKING, DONE, FAILED})
_STEP = re.compile(r"[\w\-]{1,80}")
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
MOST_STEPS = 5


@dataclass(frozen=True)
class Setting:
    """How a source's folder is watched: where, which suffix says that a file is complete, how long it must be quiet."""

    steps: tuple[str, ...]
    marker: str
    quiet_seconds: int


def setting_of(options: dict[str, object]) -> Setting:
    """A source's settings; raises PullFailed for a path that could lead elsewhere."""
    given = options.get("folder")
    steps = tuple(given.split("/")) if isinstance(given, str) else ()
    if not 1 <= len(steps) <= MOST_STEPS or not all(_STEP.fullmatch(step) for step in steps) or set(steps) & OWN:
        raise PullFailed(
            "格式设置里的 folder 应写投递文件夹下面的相对路径，如 town3/lis：只用文字、数字、横线和下划线，不能有“..”。"
        )
    marker = options.get("marker", "")
    if not isinstance(marker, str) or not re.fullmatch(r"(\.[A-Za-z0-9]{1,10})?", marker):
        raise PullFailed("格式设置里的 marker 应写完成标志文件的后缀，如 .ok。")
    quiet = options.get("quiet_seconds", 10)
    if isinstance(quiet, bool) or not isinstance(quiet, int) or not 1 <= quiet <= 3600:
        raise PullFailed("格式设置里的 quiet_seconds 应为 1 到 3600 的整数。")
    return Setting(steps, marker, quiet)


@contextmanager
def opened(root: str, steps: tuple[str, ...]) -> Iterator[int]:
    """The folder, open; raises PullFailed where it is missing, a link, or not to be entered."""
    if not root:
        raise PullFailed("没有设置环境变量 DROP_FOLDER，不知道投递文件夹在哪里。请在运行门户的服务器上设置后重试。")
    try:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for step in steps:
            folder = _entered(folder, step)
    except OSError as trouble:
        raise PullFailed(
            f"投递文件夹 {'/'.join(steps)} 打不开（{_why(trouble)}）。请检查共享是否已挂载、文件夹是否存在。"
        ) from None
    try:
        yield folder
    finally:
        os.close(folder)


def _entered(folder: int, step: str, *, made: bool = False) -> int:
    """The folder `step` inside an open one, which is closed."""
    try:
        if made:
            with suppress(FileExistsError):
                os.mkdir(step, 0o770, dir_fd=folder)
        return os.open(step, _OPEN, dir_fd=folder)
    finally:
        os.close(folder)


@contextmanager
def below(folder: int, *names: str) -> Iterator[int]:
    """A folder of ours inside another one, made where it is missing; raises OSError."""
    inner = os.dup(folder)
    for name in names:
        inner = _entered(inner, name, made=True)
    try:
        yield inner
    finally:
        os.close(inner)


def _why(trouble: OSError) -> str:
    if isinstance(trouble, FileNotFoundError):
        return "没有这个文件夹"
    if isinstance(trouble, PermissionError):
        return "没有权限"
    return "它不是普通的文件夹，或磁盘出错"
