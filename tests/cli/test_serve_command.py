"""`headrace serve`: its arguments, and the application that they describe."""

import os
from pathlib import Path
from typing import Any

import pytest

from headrace.cli import main

httpx = pytest.importorskip("httpx", reason="httpx is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")

from headrace.cli.serve_command import make_app, make_reloaded_app  # noqa: E402


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing_like_it:x"], "there is no module nothing_like_it"),
        (["json"], "'json' is not MODULE:OBJECT"),
        (["json:nothing"], "json has no nothing"),
        (["--log", "paper"], "unknown log 'paper'"),
    ],
)
def test_an_argument_that_names_nothing_is_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *arguments]) == 2
    errors = capsys.readouterr().err
    assert words in errors
    assert errors.count("\n") == 1
    assert "HEADRACE_LOG" not in os.environ


async def info(app: Any, token: str | None = None) -> Any:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test", headers=headers
    ) as client:
        return await client.get("/info")


async def test_the_embedded_agent_needs_no_object() -> None:
    response = await info(make_app(None, "memory", None))
    assert response.json()["title"] == "Replay agent"


async def test_an_object_a_log_and_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = (
        "from headrace.runnables import RunnableLambda\nstep = RunnableLambda(str, name='step')"
    )
    (tmp_path / "served_here.py").write_text(source, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    app = make_app("served_here:step", f"sqlite:{tmp_path / 'log.db'}", "a-secret")
    assert (await info(app)).status_code == 401
    assert (await info(app, "a-secret")).json()["title"] == "step"
    monkeypatch.setenv("HEADRACE_OBJECT", "served_here:step")
    monkeypatch.setenv("HEADRACE_LOG", "memory")
    monkeypatch.setenv("HEADRACE_TOKEN", "a-secret")
    assert (await info(make_reloaded_app())).status_code == 401
