"""Every Python block of README.md and docs/ runs, and prints what the page says it prints.

The blocks of a page run in order and in one namespace, so a later one may use what an earlier one
made; `await` and `async for` may stand at the top level. An ``output`` block is what the Python
block before it prints, and so is a ``text`` block that follows one directly. Of a ``console`` block
the lines that start with ``$`` and call headrace are run by the shell; what is below such a line is
what it prints. A page with the comment ``<!-- Run on headrace in place of langchain_core. -->``
runs in a process of its own, by ``headrace run``; the comment may name modules that it needs.
"""

import ast
import asyncio
import builtins
import contextlib
import importlib.util
import io
import os
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
DROPIN = re.compile(r"<!-- Run on headrace in place of langchain_core\.(?: Needs: (.+))? -->")
FENCE = re.compile(r"(?P<indent> *)(?P<marks>```+|~~~+) *(?P<language>[\w-]*)")


@dataclass
class Block:
    language: str
    line: int
    """Where its content starts in the page, whose first line is 1."""
    text: str
    follows: bool
    """Whether only blank lines part it from the block before."""


def read_blocks(page: Path) -> Iterator[Block]:
    opened: re.Match[str] | None = None
    content: list[str] = []
    follows = False
    for number, text in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if opened is None:
            opened = FENCE.match(text)
            follows = follows and (opened is not None or not text.strip())
            content = []
        elif text.strip() == opened["marks"]:
            line = number - len(content)
            yield Block(opened["language"], line, "".join(content), follows)
            opened, follows = None, True
        else:
            content.append(text.removeprefix(opened["indent"]) + "\n")
    assert opened is None, f"{page.name}: the last block is never closed"


def run_python(
    block: Block, page: Path, namespace: dict[str, Any], loop: asyncio.AbstractEventLoop
) -> str:
    """Runs a block and returns what it prints."""
    # The empty lines make tracebacks and syntax errors name the line of the page.
    source = "\n" * (block.line - 1) + block.text
    code = compile(source, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        running = types.FunctionType(code, namespace)()
        if running is not None:
            loop.run_until_complete(running)
    return printed.getvalue()


def run_console(block: Block) -> Iterator[tuple[str, str, str]]:
    """Yields each command that calls headrace, what it prints, and what the page says it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for session in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, expected = session.partition("\n")
        if not re.search(r"\bheadrace\b", command):
            continue
        result = subprocess.run(
            command,
            shell=True,
            cwd=ROOT,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        yield command, result.stdout, expected


def run_page(page: Path) -> None:
    # `exec` adds the builtins to a namespace; the function made of a block here does not.
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
    printed: str | None = None
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        for block in read_blocks(page):
            where = f"{page.name}:{block.line}"
            compared = block.language == "output" or (block.language == "text" and block.follows)
            if block.language == "python":
                printed = run_python(block, page, namespace, loop)
            elif compared and printed is not None:
                assert printed.rstrip() == block.text.rstrip(), f"{where}: not what is printed"
            elif block.language == "console":
                for command, shown, expected in run_console(block):
                    assert shown.rstrip() == expected.rstrip(), f"{where}: {command}"
            if block.language not in {"python", "output"}:
                printed = None
        loop.run_until_complete(loop.shutdown_asyncgens())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page: Path) -> None:
    on_headrace = DROPIN.search(page.read_text(encoding="utf-8"))
    if on_headrace is None:
        run_page(page)
        return
    for module in (on_headrace[1] or "").split(", "):
        if module and not is_installed(module):
            pytest.skip(f"{module} is not installed")
    command = [sys.executable, "-m", "headrace", "run", __file__, str(page)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 0, result.stderr


def is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


GOOD = """\
```python
import asyncio

async def count():
    for number in range(2):
        yield number
```

Then at the top level:

```python
async for number in count():
    print(number)
await asyncio.sleep(0)
```

```text
0
1
```

```sh
exit 1
```

- In a list:

    ```python
    asyncio.run(asyncio.sleep(0))
    print(number + 1)
    ```

    It prints

    ```output
    2
    ```

```console
$ echo this is left alone
$ echo 'but this calls headrace'
but this calls headrace
```
"""


def test_pages_are_run_in_order_with_await_and_output(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(GOOD, encoding="utf-8")
    run_page(page)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("0\n1\n", "0\n2\n", r"page\.md:18: not what is printed"),
        ("    2\n", "    3\n", r"page\.md:36: not what is printed"),
        ("number + 1", "missing", r"name 'missing' is not defined"),
        ("import asyncio", "import", r"\(page\.md, line 2\)"),
        ("\nbut this", "\nand this", r"page\.md:40: echo 'but this calls headrace'"),
    ],
)
def test_a_page_that_is_wrong_fails(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    page = tmp_path / "page.md"
    assert right in GOOD
    page.write_text(GOOD.replace(right, wrong), encoding="utf-8")
    with pytest.raises((AssertionError, NameError, SyntaxError), match=message):
        run_page(page)


if __name__ == "__main__":
    run_page(Path(sys.argv[1]))
