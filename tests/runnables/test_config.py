"""The configuration: carried into what a step calls, in tasks and executors, on every Python."""

import asyncio
import threading
from typing import Any

import pytest

from headrace.callbacks.context import var_child_runnable_config
from headrace.runnables import (
    Runnable,
    RunnableConfig,
    RunnableGenerator,
    RunnableLambda,
    RunnablePassthrough,
    run_in_executor,
)
from headrace.runnables.config import BARE, ensure_config, set_config_context

CONFIG: RunnableConfig = {"tags": ["mine"], "metadata": {"user": 7}, "configurable": {"k": 1}}
WATCHED: RunnableConfig = {**CONFIG, "callbacks": []}


def seen_by(config: RunnableConfig) -> Any:
    return config["tags"], config["metadata"], config["configurable"]


EXPECTED = (["mine"], {"user": 7}, {"k": 1})
inner = RunnableLambda(lambda _, config: seen_by(config))


async def test_it_is_inherited_implicitly_within_tasks():
    async def step(_):
        return [
            await inner.ainvoke(0),
            *await asyncio.gather(inner.ainvoke(0), inner.ainvoke(0)),
            await asyncio.create_task(inner.ainvoke(0)),
            await run_in_executor(None, inner.invoke, 0),
            await asyncio.to_thread(inner.invoke, 0),
            await anext(inner.astream(0)),
            (await inner.abatch([0, 0]))[1],
            inner.batch([0, 0])[1],
        ]

    assert await RunnableLambda(step).ainvoke(0, CONFIG) == [EXPECTED] * 9


async def test_it_is_inherited_inside_generators_also_after_a_chunk():
    async def generate(items):
        async for _ in items:
            yield await inner.ainvoke(0)
            await asyncio.sleep(0)
            yield await inner.ainvoke(0)

    def sync_generate(items):
        for _ in items:
            yield inner.invoke(0)
            yield inner.invoke(0)

    for step in (RunnableGenerator(generate), RunnableGenerator(sync_generate)):
        chain = RunnablePassthrough() | step
        assert [chunk async for chunk in chain.astream(0, CONFIG)] == [EXPECTED] * 2
    assert list((RunnablePassthrough() | sync_generate).stream(0, CONFIG)) == [EXPECTED] * 2


async def test_nothing_is_inherited_between_the_steps_of_a_reader():
    async def generate(items):
        async for item in items:
            yield item
            yield item

    stream = RunnableGenerator(generate).astream(0, CONFIG)
    async for _ in stream:
        assert var_child_runnable_config.get() is None
        assert await inner.ainvoke(0) == ([], {}, {})
    for _ in RunnablePassthrough().stream(0, CONFIG):
        assert var_child_runnable_config.get() is None


def test_a_bare_thread_needs_it_explicitly():
    got = []

    def step(_, config):
        for given in (None, config):
            thread = threading.Thread(target=lambda g=given: got.append(inner.invoke(0, g)))
            thread.start()
            thread.join()

    RunnableLambda(step).invoke(0, CONFIG)
    assert got == [([], {}, {}), EXPECTED]


def test_what_one_run_changes_reaches_no_other():
    def greedy(x, config):
        config["tags"].append("changed")
        config["metadata"]["changed"] = True
        config["configurable"]["changed"] = True
        return seen_by(config)

    step = RunnableLambda(greedy)
    for config in (None, CONFIG):
        first = step.invoke(0, config)
        assert step.invoke(0, config) == first
        assert (step | (lambda x: x)).invoke(0, config) == first
        assert step.batch([0, 0], config) == [first, first]
    assert CONFIG == {"tags": ["mine"], "metadata": {"user": 7}, "configurable": {"k": 1}}
    assert ensure_config(None) == {**ensure_config({}), "callbacks": None}
    assert ensure_config(None) == BARE


def test_a_runnable_of_a_users_own_gets_a_whole_configuration_of_its_own():
    class Own(Runnable[Any, Any]):
        def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
            assert config is not None
            assert config is not BARE
            config["tags"].append("changed")
            return config["recursion_limit"]

    assert (RunnableLambda(lambda x: x) | Own()).invoke(1) == 25
    assert list((RunnableLambda(lambda x: x) | Own()).stream(1)) == [25]
    assert RunnableLambda(lambda x: x).with_fallbacks([Own()]).invoke(1) == 1
    assert ({"a": Own(), "b": Own()} | RunnableLambda(lambda d: d)).invoke(1) == {"a": 25, "b": 25}
    assert BARE["tags"] == []


def test_a_context_with_a_configuration():
    with set_config_context(ensure_config(CONFIG)) as context:
        assert context.run(inner.invoke, 0) == EXPECTED
    assert inner.invoke(0) == ([], {}, {})


def test_the_recursion_limit_is_the_configurations():
    depth = []
    forever = RunnableLambda(lambda x: depth.append(x) or forever)
    with pytest.raises(RecursionError, match=r"invoking RunnableLambda\(.*\) with input 1\."):
        forever.invoke(1, {"recursion_limit": 3})
    assert len(depth) == 4
