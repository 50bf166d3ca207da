"""The shared empty configuration: no code of a user's receives it, and nothing can change it."""

import asyncio
import copy
import pickle
from collections.abc import AsyncIterator, Callable, Iterator
from functools import wraps
from typing import Any

import pytest

from headrace.callbacks import BaseCallbackHandler
from headrace.language_models.fake_chat_models import FakeListChatModel
from headrace.retrievers import BaseRetriever
from headrace.runnables import (
    Runnable,
    RunnableBranch,
    RunnableConfig,
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    ensure_config,
)
from headrace.runnables.config import BARE, child_of, var_child_runnable_config
from headrace.tools import tool

ENTRIES = ("invoke", "ainvoke", "stream", "astream", "transform", "atransform", "batch", "abatch")
seen: list[Any] = []


def scribble(config: Any) -> None:
    """Do what code must not do with a shared configuration."""
    assert config is not BARE
    seen.append(config)
    config.setdefault("tags", []).append("leaked")
    config.setdefault("metadata", {})["leaked"] = True
    config.setdefault("configurable", {})["leaked"] = True
    config["leaked"] = True


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    seen.clear()
    yield
    assert seen, "the user's code was not called"
    assert ensure_config() == BARE
    assert BARE["tags"] == []


class Own(RunnableLambda[Any, Any]):
    """A subclass with a way in of its own."""

    def __init__(self) -> None:
        super().__init__(lambda x: x)


def overriding(entry: str) -> Runnable[Any, Any]:
    inherited = getattr(RunnableLambda, entry)

    def method(self: Any, input: Any, config: Any = None, **kwargs: Any) -> Any:
        for one in config if isinstance(config, list) else [config]:
            if one is not None:
                scribble(one)
        return inherited(self, input, config, **kwargs)

    return type("Override", (Own,), {entry: method})()


def with_config(x: Any, config: RunnableConfig) -> Any:
    scribble(config)
    return x


async def awith_config(x: Any, config: RunnableConfig) -> Any:
    scribble(config)
    return x


def generating(items: Iterator[Any], config: RunnableConfig) -> Iterator[Any]:
    scribble(config)
    yield from items


async def agenerating(items: AsyncIterator[Any], config: RunnableConfig) -> AsyncIterator[Any]:
    scribble(config)
    async for item in items:
        yield item


def with_manager(x: Any, run_manager: Any) -> Any:
    seen.append(run_manager)
    for labels in (run_manager.tags, run_manager.inheritable_tags):
        labels.append("leaked")
    for facts in (run_manager.metadata, run_manager.inheritable_metadata):
        facts["leaked"] = True
    return x


def looking_around(x: Any) -> Any:
    seen.append(x)
    config: Any = var_child_runnable_config.get()
    if config is BARE:
        for change in (
            lambda: config["tags"].append("leaked"),
            lambda: config["metadata"].update(leaked=True),
            lambda: config.setdefault("leaked", True),
            lambda: config.update(leaked=True),
        ):
            with pytest.raises(TypeError, match="read-only"):
                change()
    else:
        scribble(config)
    scribble(ensure_config(config))
    return x


@tool
def tooled(x: Any, config: RunnableConfig) -> Any:
    """Return x."""
    scribble(config)
    return x


STEPS: dict[str, Callable[[], Any]] = {
    "function": lambda: RunnableLambda(with_config, awith_config),
    "function, synchronous alone": lambda: RunnableLambda(with_config),
    "function with a manager": lambda: RunnableLambda(with_manager),
    "function that looks around": lambda: RunnableLambda(looking_around),
    "generator": lambda: RunnableGenerator(generating, agenerating),
    "generator, synchronous alone": lambda: RunnableGenerator(generating),
    "passthrough": lambda: RunnablePassthrough(with_config, awith_config),
    "tool": lambda: RunnableLambda(lambda x: {"x": x}) | tooled,
}
AROUND: dict[str, Callable[[Any], Any]] = {
    "alone": lambda step: step,
    "sequence": lambda step: RunnableLambda(lambda x: x) | step | RunnableLambda(lambda x: x),
    "parallel": lambda step: RunnableParallel(a=step, b=step),
    "branch": lambda step: RunnableBranch((step, step), step),
    "assign": lambda step: (
        RunnableLambda(lambda x: {"x": x})
        | RunnablePassthrough.assign(y=RunnableLambda(lambda d: d["x"]) | step)
    ),
    "fallbacks": lambda step: step.with_fallbacks([step]),
    "retry": lambda step: step.with_retry(),
    "binding": lambda step: step.with_config(tags=[]),
    "each": lambda step: RunnableLambda(lambda x: [x, x]) | step.map(),
    "answer": lambda step: RunnableLambda(lambda x: step),
}


async def run_all(runnable: Runnable[Any, Any]) -> None:
    for config in (None, {}, {"tags": []}):
        given: Any = config
        runnable.invoke(1, given)
        list(runnable.stream(1, given))
        runnable.batch([1, 2], given)
        list(runnable.batch_as_completed([1, 2], given))
        await runnable.ainvoke(1, given)
        _ = [chunk async for chunk in runnable.astream(1, given)]
        await runnable.abatch([1, 2], given)
        _ = [result async for result in runnable.abatch_as_completed([1, 2], given)]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("step", STEPS)
def test_functions(step: str, around: str) -> None:
    asyncio.run(run_all(AROUND[around](STEPS[step]())))


@pytest.mark.parametrize("around", [name for name in AROUND if name != "alone"])
@pytest.mark.parametrize("entry", ENTRIES)
def test_subclasses_that_override(entry: str, around: str) -> None:
    asyncio.run(run_all(AROUND[around](overriding(entry)).with_config(tags=[])))
    seen.append(entry)  # not every composition enters by every way


@pytest.mark.parametrize("entry", ENTRIES)
def test_methods_wrapped_later(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chains = [make(RunnableLambda(lambda x: x)) for make in AROUND.values()]
    for chain in chains:
        chain.invoke(1)  # what is known of the class by now is out of date afterwards
    original = getattr(RunnableLambda, entry)

    @wraps(original)
    def wrapper(self: Any, input: Any, config: Any = None, *args: Any, **kwargs: Any) -> Any:
        for one in config if isinstance(config, list) else [config]:
            if one is not None:
                scribble(one)
        return original(self, input, config, *args, **kwargs)

    monkeypatch.setattr(RunnableLambda, entry, wrapper)
    for chain in chains:
        asyncio.run(run_all(chain))
    monkeypatch.undo()
    seen.append(entry)
    assert RunnableLambda(lambda x, config: config["tags"]).invoke(1) == []


def test_a_method_of_one_object() -> None:
    model = FakeListChatModel(responses=["a"])
    chain = RunnableLambda(lambda x: str(x)) | model
    chain.invoke(1)
    original = model.invoke

    def invoke(input: Any, config: Any = None, **kwargs: Any) -> Any:
        scribble(config)
        return original(input, config, **kwargs)

    vars(model)["invoke"] = invoke
    chain.invoke(1)


class Scribbler(BaseCallbackHandler):
    """Changes all that it is told."""

    raise_error = True

    def note(self, *args: Any, tags: Any = None, metadata: Any = None, **kwargs: Any) -> None:
        seen.append(tags)
        if tags is not None:
            tags.append("leaked")
        if metadata is not None:
            metadata["leaked"] = True

    on_chain_start = on_llm_start = on_chat_model_start = note
    on_tool_start = on_retriever_start = note


class Documents(BaseRetriever):
    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Any]:
        with_manager(query, run_manager)
        return []


def test_handlers_of_steps() -> None:
    @tool
    def plain_tool(x: str) -> str:
        """Return x."""
        return x

    steps: list[Any] = [
        FakeListChatModel(responses=["a"], callbacks=[Scribbler()]),
        Documents(callbacks=[Scribbler()]),
        plain_tool.model_copy(update={"callbacks": [Scribbler()]}),
        RunnableLambda(lambda x: x).with_config(callbacks=[Scribbler()]),
    ]
    for step in steps:
        asyncio.run(run_all(RunnableLambda(lambda x: str(x)) | step))


def test_listeners_and_factories() -> None:
    def listen(run: Any, config: RunnableConfig) -> None:
        scribble(config)

    def listen_alone(run: Any) -> None:
        seen.append(run)
        run.tags.append("leaked")

    step = RunnableLambda(lambda x: x)
    for one in (listen, listen_alone):
        bound = step.with_listeners(on_start=one, on_end=one)
        asyncio.run(run_all(step | bound))


def test_it_cannot_be_changed_but_copies_can() -> None:
    seen.append(BARE)
    config: Any = BARE
    for change in (
        lambda: config.__setitem__("tags", ["x"]),
        lambda: config.__ior__({"tags": ["x"]}),
        lambda: config["tags"].__iadd__(["x"]),
        lambda: config["tags"].insert(0, "x"),
        lambda: config["configurable"].pop("x", None),
        config.clear,
        config.popitem,
    ):
        with pytest.raises(TypeError, match="read-only"):
            change()
    for other in (
        BARE.copy(),
        child_of(BARE),
        copy.copy(BARE),
        copy.deepcopy(BARE),
        pickle.loads(pickle.dumps(BARE)),
    ):
        assert other == BARE
        assert type(other) is dict
        scribble(other)
