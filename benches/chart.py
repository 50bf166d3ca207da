"""Draws the time a chunk against the size of the document, and writes the tables of the pages.

Run by scripts/bench behind the benchmarks, whose figures it finds in .benchmarks/figures.json.
"""

import json
import platform
import re
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt

from documents import countries, cut
from json_ways import PEERS, every, newest, peer
from race import Contender, race

ROOT = Path(__file__).parent.parent
FIGURES = ROOT / ".benchmarks" / "figures.json"
CHART = ROOT / "docs" / "benchmarks" / "json-stream.svg"
PAGE = ROOT / "docs" / "benchmarks.md"
README = ROOT / "README.md"

SIZES = (700, 2_800, 12_000, 47_000, 190_000, 750_000, 1_500_000)
OURS = ("headrace", "headrace, all kept")


def measure(size: int) -> dict[str, float]:
    """The time a chunk of each way, in microseconds, for a document of `size` characters."""
    text = countries(size)
    chunks = cut(text)
    # All snapshots of a large document, kept, are as many copies of its open containers.
    kept = {OURS[1]: Contender(every(chunks), len(chunks))} if size <= 50_000 else {}
    return race(
        {
            OURS[0]: Contender(newest(chunks), len(chunks)),
            **kept,
            **{name: peer(name, text) for name in PEERS},
        },
        rounds=5 if size > 500_000 else 11,
    )


def draw(measured: dict[int, dict[str, float]]) -> None:
    """Write the chart, both axes logarithmic."""
    # Without these the file would differ each time, though the figures were the same.
    mpl.rcParams["svg.hashsalt"] = "headrace"
    mpl.rcParams["svg.fonttype"] = "none"
    figure, axes = plt.subplots(figsize=(8, 4.8))
    for name in (*OURS, *PEERS):
        points = [(size, times[name]) for size, times in measured.items() if name in times]
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel("document, characters")
    axes.set_ylabel("microseconds a chunk of 4 characters")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(frameon=False)
    figure.tight_layout()
    CHART.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(CHART, metadata={"Date": None})


def size_table(measured: dict[int, dict[str, float]]) -> str:
    """The chart as a table."""
    names = [*OURS, *PEERS]
    rows = [["document", *names], ["---:"] * (len(names) + 1)]
    for size, times in measured.items():
        cells = [shown(times[name]) if name in times else "" for name in names]
        rows.append([f"{size:,} characters", *cells])
    return table(rows)


def figure_table() -> str:
    """What the benchmarks recorded."""
    rows = [["work", "headrace", "peer"], ["---", "---:", "---"]]
    for name, figures in json.loads(FIGURES.read_text(encoding="utf-8")).items():
        # Some name each thing that is measured; the first is then what the others stand beside.
        first, *others = ["headrace", *figures] if "headrace" in figures else figures
        ours = figures[first]
        peers = [
            f"{peer} {shown(figures[peer])} ({figures[peer] / ours:,.1f} times)"
            for peer in dict.fromkeys(others)
            if peer != first
        ]
        label = "" if first == "headrace" else f"{first}: "
        rows.append([name, label + shown(ours), ", ".join(peers)])
    return table(rows)


def table(rows: list[list[str]]) -> str:
    """Rows as a Markdown table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def shown(time: float) -> str:
    """A time in microseconds, to three figures."""
    return f"{time:,.3f}" if time < 1 else f"{time:,.2f}" if time < 10 else f"{time:,.0f}"


def machine() -> str:
    """What the figures were measured on."""
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    processor = model[1] if model else platform.processor()
    return f"{processor}, {platform.system()}, CPython {platform.python_version()}"


def main() -> None:
    """Measure, draw, write."""
    measured = {}
    for size in SIZES:
        measured[size] = measure(size)
        print(size, measured[size], file=sys.stderr)
    draw(measured)
    sizes = size_table(measured)
    PAGE.write_text(
        "# Benchmarks\n\n"
        "`scripts/bench` measures everything again and writes this page. Times are\n"
        f"medians, in microseconds, on: {machine()}.\n\n"
        "## A JSON document as it arrives\n\n"
        "Time a chunk of 4 characters, the value read after each. `headrace` keeps the newest\n"
        "snapshot; `all kept` keeps every one. The others read the whole text again at each\n"
        "chunk; they are timed on 100 of the prefixes, evenly spread.\n\n"
        f"![Time a chunk against the size of the document]({CHART.relative_to(PAGE.parent)})\n\n"
        f"{sizes}\n\n"
        "## The targets\n\n"
        "Each row is a benchmark in `benches/` that fails if it misses its target. The time is\n"
        "for one chunk, unless the row names another unit. `floor` is the two calls, `feed` and\n"
        "`value`, on a parser that has ended; `bare loop` is nested generators alone.\n\n"
        f"{figure_table()}\n",
        encoding="utf-8",
    )
    begin, end = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
    readme = README.read_text(encoding="utf-8")
    before, _, rest = readme.partition(begin)
    after = rest.partition(end)[2]
    README.write_text(
        f"{before}{begin}\n"
        "Microseconds for a chunk of 4 characters, the value read after each "
        f"({machine()}):\n\n{sizes}\n\n"
        "[More, with the chart](docs/benchmarks.md).\n"
        f"{end}{after}",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
