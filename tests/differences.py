"""The tables of docs/differences.md, which tests hold to what they show."""

from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]


def check_table(section: str, file: str, names: Iterable[str]) -> None:
    """Check that a section lists these differences, no other, each with its test in the file."""
    page = (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
    table = page.split(f"\n## {section}\n")[1].split("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    path = Path(file).relative_to(ROOT).as_posix()
    listed = {row.split("`")[1]: row.split(" | ")[-1].strip("| ") for row in rows}
    assert len(listed) == len(rows)
    assert listed == {name: f"`{path}::test_difference[{name}]`" for name in names}
