"""Sets a draft as PDF/A in a process of its own, from a template that only ever receives data.

Setting hundreds of reports takes some two hundred megabytes and a second or two; a process of its own gives them back,
can be stopped, and holds up no other print of the worker. It knows no database, no settings and no keys: the words come
by its standard input, the file leaves by its standard output, and nothing of either touches a disk.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import segno

from foundation.glyphs import printable
from foundation.press import PrintingFailed, press

__all__ = ["PrintingFailed", "set_apart", "set_booklet"]

TEMPLATE = Path(__file__).with_name("booklet.typ")
# A booklet waits for nobody: many long findings may stand in it, where a page that somebody waits for refuses them.
MOST_OF_LONG = 8_000_000
ADDRESS = "address"  # never altered: the QR code says the same
SECONDS = 200.0  # below the time limit of a task


def set_apart(draft: Mapping[str, Any], *, issued: datetime, font_dir: Path) -> bytes:
    """`set_booklet` in a process of its own; raises PrintingFailed, also when it takes too long."""
    asked = json.dumps({"draft": draft, "issued": issued.isoformat(), "fonts": str(font_dir)}, ensure_ascii=False)
    command = [sys.executable, "-m", "records.booklet.typesetting"]
    root = Path(__file__).resolve().parents[2]
    try:
        # What goes wrong is said by the code it ends with: typst quotes what it could not set.
        done = subprocess.run(  # noqa: S603  # our own module, with our own words as its input
            command, input=asked.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=SECONDS, cwd=root
        )
    except subprocess.TimeoutExpired:
        raise PrintingFailed("setting took too long") from None
    if done.returncode or not done.stdout:
        raise PrintingFailed(f"setting ended with {done.returncode}")
    return done.stdout


def set_booklet(draft: Mapping[str, Any], *, issued: datetime, font_dir: Path) -> bytes:
    """The draft as a tagged PDF/A-2a and PDF/UA-1 file; same draft and time, same bytes. Raises PrintingFailed.

    Characters that the fonts lack are printed as 〓, and named by code point on the first page.
    """
    machine = press(TEMPLATE, font_dir.resolve())
    missing: dict[str, None] = {}
    drawn = {key: value if key == ADDRESS else _drawn(value, machine.covered, missing) for key, value in draft.items()}
    drawn["missing"] = [f"U+{ord(character):04X}" for character in missing]
    return machine.print(drawn, int(issued.timestamp()), most_of_long=MOST_OF_LONG, qr=_qr(str(draft[ADDRESS])))


def _drawn(value: Any, covered: frozenset[int], missing: dict[str, None]) -> Any:
    """Each text as the fonts can draw it; what cannot be drawn is noted in `missing`."""
    if isinstance(value, str):
        result = printable(value, covered)
        missing.update(dict.fromkeys(result.missing))
        return result.text
    if isinstance(value, list):
        return [_drawn(one, covered, missing) for one in value]
    if isinstance(value, dict):
        return {key: one if key == "picture" else _drawn(one, covered, missing) for key, one in value.items()}
    return value


def _qr(address: str) -> str:
    """The address as an SVG picture that still reads on a crumpled print (level Q)."""
    picture = BytesIO()
    segno.make_qr(address, error="q", boost_error=False).save(picture, kind="svg", border=0, omitsize=True, dark="#000")
    return picture.getvalue().decode()


def _main() -> None:
    asked = json.loads(sys.stdin.buffer.read())
    issued, fonts = datetime.fromisoformat(asked["issued"]), Path(asked["fonts"])
    try:
        sys.stdout.buffer.write(set_booklet(asked["draft"], issued=issued, font_dir=fonts))
    except PrintingFailed:
        sys.exit(3)


if __name__ == "__main__":
    _main()
