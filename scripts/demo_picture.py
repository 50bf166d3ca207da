"""Write docs/images/demo.svg: an animation of a JSON answer and its parsed value as it streams.

Usage: demo_picture.py [FILE]. The frames are real snapshots of `PartialJsonParser`; only the time
between them is chosen.
"""

from __future__ import annotations

import json
import sys
from html import escape
from pathlib import Path

from headrace.json import PartialJsonParser

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "demo.svg"
ANSWER = (
    '{"countries": [{"name": "France", "population": 67413000}, '
    '{"name": "Spain", "population": 47351567}]}'
)
CHUNK = 4
SECONDS_PER_FRAME = 0.22
SECONDS_AT_END = 3.0
COLUMNS, LINE, WIDTH = 36, 20, 760


def frames() -> list[tuple[str, str]]:
    """Return the text so far and the formatted value so far, after each chunk."""
    parser = PartialJsonParser()
    shown: list[tuple[str, str]] = []
    for start in range(0, len(ANSWER), CHUNK):
        parser.feed(ANSWER[start : start + CHUNK])
        value = json.dumps(parser.value, indent=2)
        shown.append((ANSWER[: start + CHUNK], value))
    return shown


def lines(text: str, x: int, color: str) -> str:
    """Return SVG for some lines of text, wrapped to the width of a pane."""
    wrapped = [
        line[start : start + COLUMNS] or " "
        for line in text.split("\n")
        for start in range(0, max(len(line), 1), COLUMNS)
    ]
    return "".join(
        f'<text x="{x}" y="{70 + LINE * number}" fill="{color}" xml:space="preserve">'
        f"{escape(line)}</text>"
        for number, line in enumerate(wrapped)
    )


def picture() -> str:
    """Return the animation as SVG."""
    shown = frames()
    total = SECONDS_PER_FRAME * len(shown) + SECONDS_AT_END
    height = 90 + LINE * max(value.count("\n") for _, value in shown)
    styles, groups = [], []
    for number, (text, value) in enumerate(shown):
        begin = 100 * SECONDS_PER_FRAME * number / total
        last = number == len(shown) - 1
        end = 100.0 if last else 100 * SECONDS_PER_FRAME * (number + 1) / total
        styles.append(
            f"@keyframes f{number}{{0%{{opacity:0}}{begin:.3f}%{{opacity:1}}"
            f"{end:.3f}%{{opacity:{1 if last else 0}}}100%{{opacity:{1 if last else 0}}}}}"
            f"#f{number}{{opacity:{1 if last else 0};animation:f{number} {total:.2f}s step-end infinite}}"
        )
        groups.append(
            f'<g id="f{number}">{lines(text + "▌", 24, "#9aa5ce")}{lines(value, 400, "#9ece6a")}</g>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-label="A JSON answer streams on the left; its parsed value grows on the right">'
        "<style>text{font:13px ui-monospace,Menlo,Consolas,monospace}"
        "@media (prefers-reduced-motion:reduce){g{animation:none!important}}"
        f"{''.join(styles)}</style>"
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#1a1b26"/>'
        '<text x="24" y="36" fill="#c0caf5">the model\'s tokens</text>'
        '<text x="400" y="36" fill="#c0caf5">parser.value after each</text>'
        f"{''.join(groups)}</svg>\n"
    )


def main() -> None:
    """Write the picture."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    path.write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
