"""LangGraph copies a run, gives each copy a part of the handlers, and ends both copies."""

import copy
from typing import Any

from headrace.callbacks import BaseCallbackHandler, CallbackManager
from headrace.callbacks.observer import RunObserver, RunSink


class Sink(RunSink):
    def __init__(self, ends: list[Any]) -> None:
        self.ends = ends

    def ended(self, outputs: Any, inputs: Any) -> None:
        self.ends.append(outputs)


class Observer(RunObserver):
    def __init__(self) -> None:
        self.ends: list[Any] = []

    def run_started(self, run: Any, inputs: Any) -> Sink:
        return Sink(self.ends)


class Handler(BaseCallbackHandler):
    def __init__(self) -> None:
        self.ends: list[Any] = []

    def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        self.ends.append(outputs)


def test_each_copy_ends_for_its_own_handlers() -> None:
    observer, handler = Observer(), Handler()
    run = CallbackManager(handlers=[observer, handler]).on_chain_start({}, 1)
    for part, output in ((observer, "observed"), (handler, "handled")):
        end = copy.copy(run)
        end.handlers = [part]
        end.on_chain_end(output)
    assert observer.ends == ["observed"]
    assert handler.ends == ["handled"]
