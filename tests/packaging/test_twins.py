"""scripts/twins.py finds where sync and async code differ."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SYNC = '''
def read(source):
    """Read."""
    with source.open() as lines:
        for line in lines:
            yield line
    log(source, is_async=False)
'''


@pytest.fixture
def twins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("twins", ROOT / "scripts" / "twins.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "RECORD", tmp_path / "twins.txt")
    return module


def async_code(sync: str) -> str:
    for old, new in (
        ("def ", "async def a"),
        ("with", "async with"),
        ("for", "async for"),
        ("source.open", "source.aopen"),
        ("log(", "await log("),
        ("False", "True"),
    ):
        sync = sync.replace(old, new)
    return sync.replace("aopen", "open")


def test_twins_that_do_the_same(twins: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "reading.py").write_text(SYNC + async_code(SYNC))
    assert [name for name, *_ in twins.twins()] == ["reading.py: read"]
    assert twins.differences() == {}


@pytest.mark.parametrize("split", [False, True], ids=["one module", "two modules"])
def test_twins_that_differ(twins: ModuleType, tmp_path: Path, split: bool) -> None:
    other = async_code(SYNC).replace("yield line", "yield line.strip()")
    (tmp_path / "reading.py").write_text(SYNC if split else SYNC + other)
    (tmp_path / "areading.py").write_text(other if split else "")
    expected = ["-        yield from lines", "+        for line in lines:"]
    assert twins.differences() == {
        "reading.py: read": [*expected, "+            yield line.strip()"]
    }


def test_classes(twins: ModuleType, tmp_path: Path) -> None:
    sync = "class Reader:\n    def close(self):\n        self.done = True\n"
    other = "class AsyncReader:\n    async def aclose(self):\n        self.done = False\n"
    (tmp_path / "reading.py").write_text(sync + other)
    assert list(twins.differences()) == ["reading.py: Reader.close"]


def test_delegation_is_no_difference(twins: ModuleType, tmp_path: Path) -> None:
    sync = "def add(x):\n    items.append(x)\n"
    (tmp_path / "adding.py").write_text(sync + "async def aadd(x):\n    return add(x)\n")
    assert twins.differences() == {}


def test_record(
    twins: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "adding.py"
    path.write_text("def add(x):\n    return x\nasync def aadd(x):\n    return x + 1\n")
    monkeypatch.setattr("sys.argv", ["twins.py", "--record"])
    assert twins.main() == 0
    monkeypatch.setattr("sys.argv", ["twins.py"])
    assert twins.main() == 0
    path.write_text(path.read_text().replace("x + 1", "x + 2"))
    assert twins.main() == 1
    assert "+    +    return x + 2" in capsys.readouterr().out
