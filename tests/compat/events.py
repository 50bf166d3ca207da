"""Events of either library, made comparable: run ids are numbered by first appearance."""

import importlib
import inspect
import re
import warnings
from typing import Any

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(\+00:00)?")


def module(lib: Any, name: str) -> Any:
    return importlib.import_module(f"{lib.package}.{name}")


class Comparer:
    """Makes the values of one run comparable."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def text(self, text: str) -> str:
        text = re.sub(r"0x[0-9a-f]+", "0x", text).replace("langchain_core", "headrace")
        text = UUID.sub(
            lambda found: f"run {self._numbers.setdefault(found[0], len(self._numbers))}", text
        )
        return TIME.sub("a time", text)

    def value(self, value: Any) -> Any:
        if isinstance(value, dict):
            # versions of the packages themselves are no part of the behaviour
            return {
                self.text(key) if isinstance(key, str) else key: self.value(item)
                for key, item in sorted(value.items(), key=lambda item: str(item[0]))
                if key not in ("lc_versions", "ls_integration")
            }
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, (int, float, type(None))):
            return value
        if isinstance(value, BaseException):
            return (type(value).__name__, self.text(str(value)))
        if hasattr(value, "model_dump") and not inspect.isclass(value):
            return type(value).__name__, self.value(value.model_dump())
        return self.text(repr(value))


async def astreamed(
    lib: Any, runnable: Any, given: Any, config: Any = None, **options: Any
) -> list[Any]:
    """The events of a run, and what it raised."""
    comparer = Comparer()
    events = []
    with warnings.catch_warnings():
        # the reference says of version `v1` and of the log that they are old
        warnings.simplefilter("ignore")
        try:
            async for event in runnable.astream_events(given, config, **options):
                events.append(comparer.value(event))
        except Exception as error:
            events.append(comparer.value(error))
    return events


def streamed(runnable: Any, given: Any, config: Any = None, **options: Any) -> list[Any]:
    """The events of a run in sync code, and what it raised."""
    comparer = Comparer()
    events = []
    try:
        for event in runnable.stream_events(given, config, **options):
            events.append(comparer.value(event))
    except Exception as error:
        events.append(comparer.value(error))
    return events


async def logged(
    lib: Any, runnable: Any, given: Any, config: Any = None, **options: Any
) -> list[Any]:
    """The patches, or the logs, of a run, and what it raised."""
    comparer = Comparer()
    seen = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            async for patch in runnable.astream_log(given, config, **options):
                state = comparer.value(getattr(patch, "state", None))
                seen.append((type(patch).__name__, comparer.value(patch.ops), state))
        except Exception as error:
            seen.append(comparer.value(error))
    return seen


def by_run(events: list[Any]) -> Any:
    """The events of each run, where the order of those of different runs is left to the scheduler.

    A run is named by what it is called and its tags. What it streamed is in no order either, since
    parallel branches take turns as they are scheduled.
    """
    labels = {
        event["run_id"]: (event["name"], *event["tags"])
        for event in events
        if isinstance(event, dict) and event["event"].endswith("_start")
    }
    grouped: dict[Any, list[Any]] = {}
    for event in events:
        if isinstance(event, dict):
            parents = [labels.get(parent, parent) for parent in event["parent_ids"]]
            label = labels.get(event["run_id"])
            grouped.setdefault(label, []).append((event["event"], event["data"], parents))
        else:
            grouped.setdefault("raised", []).append(event)
    return sorted(((label, sorted(seen, key=str)) for label, seen in grouped.items()), key=str)
