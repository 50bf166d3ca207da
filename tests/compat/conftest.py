"""Running one behaviour on both libraries and comparing what can be seen of it."""

import asyncio
import importlib
import inspect
import os
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from headrace.langchain import accelerate


class Library:
    """One of the two libraries, by its modules."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.r = importlib.import_module(f"{package}.runnables")
        self.base = importlib.import_module(f"{package}.runnables.base")
        self.config = importlib.import_module(f"{package}.runnables.config")
        self.c = importlib.import_module(f"{package}.callbacks")
        self.manager = importlib.import_module(f"{package}.callbacks.manager")

    def watch(self, *, is_async: bool = False, **attributes: Any) -> Any:
        """Make a handler that keeps what it hears, run ids numbered by first appearance."""
        events: list[Any] = []
        ids: dict[UUID, int] = {}

        def number(run_id: UUID | None) -> int | None:
            return None if run_id is None else ids.setdefault(run_id, len(ids))

        def heard(event: str) -> Callable[..., Any]:
            def hear(self: Any, *args: Any, **kwargs: Any) -> None:
                kwargs["run_id"] = number(kwargs["run_id"])
                if "parent_run_id" in kwargs:
                    kwargs["parent_run_id"] = number(kwargs["parent_run_id"])
                events.append((event, normal(args), normal(kwargs)))

            async def ahear(self: Any, *args: Any, **kwargs: Any) -> None:
                hear(self, *args, **kwargs)

            return ahear if is_async else hear

        base = self.c.AsyncCallbackHandler if is_async else self.c.BaseCallbackHandler
        names = [
            f"on_{kind}_{what}"
            for kind in ("chain", "tool", "retriever", "llm")
            for what in ("start", "end", "error")
        ]
        members = {name: heard(name) for name in [*names, "on_text", "on_retry", "on_custom_event"]}
        handler = type("Watch", (base,), {**members, **attributes})()
        handler.events = events
        return handler


def normal(value: Any) -> Any:
    """Give what two libraries should agree on: no types of their own, no ids, no addresses."""
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [normal(item) for item in value]
    if isinstance(value, BaseException):
        return (type(value).__name__, str(value))
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    if isinstance(value, UUID):
        return "id"
    text = re.sub(r"0x[0-9a-f]+", "0x", repr(value))
    return text.replace("langchain_core", "headrace")


def attempt(func: Callable[[], Any]) -> Any:
    """Give what a call gives, or what it raises."""
    try:
        return normal(func())
    except Exception as error:
        return ("raised", *normal(error))


@pytest.fixture(scope="session", autouse=True)
def _accelerated() -> Iterator[None]:
    """With HEADRACE_ACCELERATE=1 the reference runs on the core, and must do all as before."""
    if os.environ.get("HEADRACE_ACCELERATE") != "1":
        yield
        return
    with accelerate():
        yield


LIBRARIES = (Library("langchain_core"), Library("headrace"))


@pytest.fixture
def compare() -> Callable[[Callable[[Library], Any]], Any]:
    """Run a scenario on both libraries; what it gives must be the same."""

    def run(scenario: Callable[[Library], Any]) -> Any:
        seen = []
        for library in LIBRARIES:
            result = scenario(library)
            if inspect.isawaitable(result):
                result = asyncio.run(result)  # type: ignore[arg-type]
            seen.append(normal(result))
        theirs, ours = seen
        assert ours == theirs
        return ours

    return run


@pytest.fixture(params=LIBRARIES, ids=lambda library: library.package)
def library(request: pytest.FixtureRequest) -> Library:
    """One of the libraries, for behaviours of which each is stated."""
    return request.param


@pytest.fixture
def attempting() -> Callable[[Callable[[], Any]], Any]:
    """Give `attempt` to the tests of this folder."""
    return attempt
