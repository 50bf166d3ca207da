"""Exercises the installed package with nothing else installed: `python -I tests/smoke.py`.

Run by .ci/run for each wheel and for the source distribution, in an environment that holds only
what pip put there. Plain Python: no pytest, and the standard library's json as the judge.
"""

import asyncio
import copy
import gc
import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

DOCUMENT = {
    "countries": [
        {"name": "France", "population": 67413000},
        {"name": "Espa\u00f1a \U0001f389", "population": 4.7351567e7},
        {"name": 'Japan "\\\n', "population": None, "island": True},
    ],
    "empty": [{}, [], "", 0, -1.5, False],
    "text": "word " * 400,
    "numbers": list(range(300)),
}
TEXTS = [json.dumps(DOCUMENT), json.dumps(DOCUMENT, ensure_ascii=False, indent=2)]


def check_installed() -> None:
    """The package is the installed one, whole, and importing the parser brings in nothing else."""
    import headrace
    import headrace.json

    folder = Path(headrace.__file__).parent
    assert Path(sys.prefix) in folder.parents, folder
    assert headrace.__version__ == metadata.version("headrace")
    assert len(list(folder.glob("_core*.so"))) == 1
    shipped = {path.name for path in metadata.files("headrace") or []}
    assert {"py.typed", "_core.pyi", "LICENSE"} <= shipped, shipped
    assert "pydantic" not in sys.modules


def check_parser() -> None:
    """Every split gives the value, kept snapshots stay as they were, and errors have a position."""
    from headrace.json import JsonStreamError, PartialJsonParser

    for text in TEXTS:
        for size in (1, 4, 16, len(text)):
            for pieces in (text, text.encode()):
                kept = PartialJsonParser()
                dropped = PartialJsonParser()
                snapshots, expected = [], []
                for start in range(0, len(pieces), size):
                    piece = pieces[start : start + size]
                    assert kept.feed(piece) == dropped.feed(piece)
                    assert kept.value == dropped.value
                    if size > 1 or start % 7 == 0:
                        snapshots.append(kept.value)
                        expected.append(copy.deepcopy(kept.value))
                assert snapshots == expected
                assert kept.complete
                assert kept.close() == dropped.close() == json.loads(text)

    parser = PartialJsonParser()
    parser.feed('{"a": [1,\n 2')
    try:
        parser.close()
    except JsonStreamError as error:
        position = (error.offset, error.line)
    else:
        position = None
    assert position == (12, 2)


def check_nothing_is_left() -> None:
    """A parser's values go when the last holder lets go of them."""
    from headrace.json import PartialJsonParser

    def feed_one() -> None:
        parser = PartialJsonParser()
        for character in TEXTS[0]:
            parser.feed(character)
            _ = parser.value

    feed_one()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(20):
        feed_one()
    gc.collect()
    assert len(gc.get_objects()) - before < 20


def check_chain() -> None:
    """A model, a parser and a function, piped: one stream, sync and async, and its last value."""
    from headrace.language_models import ReplayChatModel
    from headrace.output_parsers import JsonOutputParser

    chain = ReplayChatModel(TEXTS[0]) | JsonOutputParser()
    snapshots = list(chain.stream("anything"))
    assert len(snapshots) > 10
    assert snapshots[-1] == chain.invoke("anything") == DOCUMENT

    async def collect() -> list[object]:
        return [snapshot async for snapshot in chain.astream("anything")]

    assert asyncio.run(collect()) == snapshots
    names = (
        chain | (lambda value: [country["name"][:5] for country in value["countries"]])
    ).invoke("")
    assert names == ["France"[:5], "Espa\u00f1", "Japan"]


def run(*command: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a command with `text` as its standard input."""
    return subprocess.run(command, input=text, capture_output=True, encoding="utf-8", timeout=120)


def check_command_line() -> None:
    """`headrace` and `python -m headrace`: the demo, and snapshots of what is piped in."""
    installed = str(Path(sys.executable).parent / "headrace")
    for command in ([installed], [sys.executable, "-I", "-m", "headrace"]):
        demo = run(*command, "demo")
        assert demo.returncode == 0, demo.stderr
        assert "France" in demo.stdout

        piped = run(*command, "json", text=TEXTS[0])
        assert piped.returncode == 0, piped.stderr
        assert json.loads(piped.stdout.splitlines()[-1]) == DOCUMENT

        malformed = run(*command, "json", text='{"a": [1, }')
        assert malformed.returncode == 1
        assert "10" in malformed.stderr, malformed.stderr


def main() -> None:
    """Run each check; the first that fails ends the program with its traceback."""
    check_installed()
    check_parser()
    check_nothing_is_left()
    check_chain()
    check_command_line()
    print(f"smoke test passed on CPython {sys.version.split()[0]}: {TEXTS[0][:24]}...")


if __name__ == "__main__":
    main()
