"""Handler calls, values and exceptions of every composition, on both libraries."""

import asyncio
from typing import Any

import pytest

from .scenarios import abroken, add, agen, both, broken, fail, failing_twice, gen

CHAINS = {
    "functions": lambda lib: (lib.r.RunnableLambda(add) | add | add, 1),
    "generators": lambda lib: (lib.r.RunnableLambda(add) | both(lib, gen, agen) | add, 1),
    "two generators": lambda lib: (both(lib, gen, agen) | both(lib, gen, agen), 2),
    "named": lambda lib: ((lib.r.RunnableLambda(add) | add).with_config(run_name="named"), 1),
    "configured twice": lambda lib: (
        lib.r.RunnableLambda(add)
        .with_config(tags=["a"], metadata={"m": 1}, run_name="once")
        .with_config(tags=["b"], metadata={"n": 2}),
        1,
    ),
    "bound": lambda lib: (
        lib.r.RunnableLambda(lambda x, **k: (x, k)).bind(stop=1).with_config(tags=["t"]),
        1,
    ),
    "tagged and described": lambda lib: (
        lib.r.RunnableLambda(add).with_config(tags=["b", "a"], metadata={"m": 1})
        | lib.r.RunnableLambda(add).with_config(tags=["c"]),
        1,
    ),
    "parallel of one": lambda lib: (lib.r.RunnableParallel(a=add), 1),
    "pick": lambda lib: (lib.r.RunnableParallel(a=add).pick("a"), 1),
    "pick several": lambda lib: (lib.r.RunnableLambda(lambda x: {"a": x}).pick(["a", "b"]), 1),
    "passthrough": lambda lib: (lib.r.RunnablePassthrough() | add, 1),
    "branch": lambda lib: (
        lib.r.RunnableBranch((lambda x: x > 1, add), (lambda x: x > 0, both(lib, gen, agen)), add),
        1,
    ),
    "branch default": lambda lib: (lib.r.RunnableBranch((lambda x: x > 1, fail), add), 1),
    "router": lambda lib: (
        lib.r.RouterRunnable({"a": lib.r.RunnableLambda(add)}),
        {"key": "a", "input": 3},
    ),
    "each": lambda lib: (
        lib.r.RunnableLambda(add).map().with_config(max_concurrency=1),
        [1, 2],
    ),
    "a function answers with a chain": lambda lib: (
        lib.r.RunnableLambda(lambda _: lib.r.RunnableLambda(add) | both(lib, gen, agen)),
        1,
    ),
    "nested calls": lambda lib: (
        lib.r.RunnableLambda(lambda x: lib.r.RunnableLambda(add, name="inner").invoke(x)),
        1,
    ),
    "a function fails": lambda lib: (lib.r.RunnableLambda(add) | fail | add, 1),
    "a generator fails": lambda lib: (lib.r.RunnableLambda(add) | both(lib, broken, abroken), 1),
    "retry": lambda lib: (
        lib.r.RunnableLambda(failing_twice()).with_retry(wait_exponential_jitter=False),
        1,
    ),
    "retry gives up": lambda lib: (
        lib.r.RunnableLambda(fail).with_retry(wait_exponential_jitter=False, stop_after_attempt=2),
        1,
    ),
    "retry of another kind": lambda lib: (
        lib.r.RunnableLambda(fail).with_retry(retry_if_exception_type=(KeyError,)),
        1,
    ),
    "configurable": lambda lib: (
        lib.r.RunnableLambda(add)
        .bind()
        .configurable_alternatives(
            lib.r.ConfigurableField(id="which"), other=lib.r.RunnableLambda(lambda x: -x)
        )
        .with_config(configurable={"which": "other"}),
        1,
    ),
}


def config(handler):
    return {"callbacks": [handler], "tags": ["root"], "metadata": {"k": "v"}}


@pytest.mark.parametrize("chain", CHAINS)
def test_invoke(chain, compare, attempting):
    def scenario(lib):
        watch = lib.watch()
        runnable, value = CHAINS[chain](lib)
        return attempting(lambda: runnable.invoke(value, config(watch))), watch.events

    compare(scenario)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("chain", CHAINS)
def test_ainvoke(chain, is_async, compare):
    async def scenario(lib):
        watch = lib.watch(is_async=is_async)
        runnable, value = CHAINS[chain](lib)
        try:
            return await runnable.ainvoke(value, config(watch)), watch.events
        except Exception as error:
            return error, watch.events

    compare(scenario)


STREAMED = sorted(set(CHAINS) - {"a generator fails"})  # see test_closing.py for that one


@pytest.mark.parametrize("chain", STREAMED)
def test_stream(chain, compare):
    def scenario(lib):
        watch = lib.watch()
        runnable, value = CHAINS[chain](lib)
        seen = []
        try:
            for chunk in runnable.stream(value, config(watch)):
                seen.append(chunk)
        except Exception as error:
            seen.append(error)
        return seen, watch.events

    compare(scenario)


@pytest.mark.parametrize("chain", STREAMED)
def test_astream(chain, compare):
    async def scenario(lib):
        watch = lib.watch()
        runnable, value = CHAINS[chain](lib)
        seen = []
        try:
            async for chunk in runnable.astream(value, config(watch)):
                seen.append(chunk)
        except Exception as error:
            seen.append(error)
        return seen, watch.events

    compare(scenario)


@pytest.mark.parametrize("chain", CHAINS)
def test_unwatched_values_are_the_same(chain, compare, attempting):
    async def acollect(runnable, value):
        return [chunk async for chunk in runnable.astream(value)]

    def scenario(lib):
        def made():
            return CHAINS[chain](lib)

        return [
            attempting(lambda: made()[0].invoke(made()[1])),
            attempting(lambda: list(made()[0].stream(made()[1]))),
            attempting(lambda: asyncio.run(made()[0].ainvoke(made()[1]))),
            attempting(lambda: asyncio.run(acollect(*made()))),
        ]

    compare(scenario)


@pytest.mark.parametrize("return_exceptions", [False, True])
@pytest.mark.parametrize("chain", sorted(set(CHAINS) - {"each", "router", "retry"}))
def test_batch(chain, return_exceptions, compare, attempting):
    def scenario(lib):
        watch = lib.watch()
        runnable, value = CHAINS[chain](lib)
        result = attempting(
            lambda: runnable.batch(
                [value, value, value],
                {**config(watch), "max_concurrency": 1},
                return_exceptions=return_exceptions,
            )
        )
        return result, until_failure(watch.events)

    compare(scenario)


def until_failure(events: list[Any]) -> list[Any]:
    """Give what is heard of the runs that had started when the first failed.

    Whether the batch begins another before it hears of that is the scheduler's.
    """
    failed = next((i for i, (event, *_) in enumerate(events) if event == "on_chain_error"), None)
    started = {kwargs["run_id"] for _, _, kwargs in events[:failed]}
    return [one for one in events if one[2]["run_id"] in started]


def test_batch_retries_only_what_failed(compare):
    def scenario(lib):
        watch = lib.watch()
        tries = []

        def one(x):
            tries.append(x)
            if x % 2 and tries.count(x) < 3:
                raise ValueError(x)
            return x

        runnable = lib.r.RunnableLambda(one).with_retry(wait_exponential_jitter=False)
        got = runnable.batch([1, 2, 3], {"callbacks": [watch], "max_concurrency": 1})
        return got, tries, watch.events

    assert compare(scenario)[1] == [1, 2, 3, 1, 3, 1, 3]


def test_fallbacks_of_streams_and_batches(compare, attempting):
    def scenario(lib):
        watch = lib.watch()
        good = lib.r.RunnableLambda(lambda x: -x)
        odd = lib.r.RunnableLambda(lambda x: fail(x) if x % 2 else x).with_fallbacks([good])
        late = lib.r.RunnableGenerator(broken).with_fallbacks([good])
        none = lib.r.RunnableLambda(fail).with_fallbacks([lib.r.RunnableLambda(fail)])
        other = lib.r.RunnableLambda(fail).with_fallbacks([good], exceptions_to_handle=(KeyError,))
        told = lib.r.RunnableLambda(fail).with_fallbacks(
            [lib.r.RunnableLambda(lambda d: sorted(d))], exception_key="error"
        )
        with_watch = {"callbacks": [watch], "max_concurrency": 1}
        return [
            attempting(lambda: list(odd.stream(1, with_watch))),
            attempting(lambda: list(late.stream(1, with_watch))),
            attempting(lambda: list(none.stream(1, with_watch))),
            attempting(lambda: list(other.stream(1, with_watch))),
            attempting(lambda: odd.batch([1, 2, 3], with_watch)),
            attempting(lambda: none.batch([1, 2], with_watch, return_exceptions=True)),
            attempting(lambda: none.batch([1, 2], with_watch)),
            attempting(lambda: other.invoke(1)),
            attempting(lambda: told.invoke({"a": 1})),
            attempting(lambda: told.invoke(3)),
            watch.events,
        ]

    compare(scenario)


def test_parallel_branches_in_one_worker(compare):
    def scenario(lib):
        watch = lib.watch()
        runnable = lib.r.RunnableParallel(a=add, b=gen, c=lib.r.RunnablePassthrough())
        with_watch = {"callbacks": [watch], "max_concurrency": 1}
        got = runnable.invoke(1, with_watch)
        watch.events.append("streamed")
        # which of two branches that are ready comes first is left open
        chunks = sorted(map(repr, runnable.stream(1, with_watch)))
        at = watch.events.index("streamed")
        later = sorted(
            (event, kwargs.get("name", "")) for event, _, kwargs in watch.events[at + 1 :]
        )
        return got, watch.events[:at], chunks, later

    compare(scenario)


def test_custom_events_and_injection(compare):
    def scenario(lib):
        watch = lib.watch()
        seen = []

        def step(x, config, run_manager):
            seen.append(sorted(config))
            seen.append((config["tags"], config["metadata"], type(config["callbacks"]).__name__))
            seen.append(config["callbacks"].parent_run_id == run_manager.run_id)
            lib.c.dispatch_custom_event("mine", {"x": x})
            run_manager.on_text("text")
            return lib.r.RunnableLambda(add).invoke(x, {"tags": ["here"]})

        got = lib.r.RunnableLambda(step).invoke(1, config(watch))
        return got, seen, watch.events

    compare(scenario)


def test_custom_events_outside_of_a_run_are_an_error(library):
    with pytest.raises(RuntimeError):
        library.c.dispatch_custom_event("mine", 1)
    seen = []

    def step(x):
        library.c.dispatch_custom_event("mine", x)  # nobody hears it, and it is no error
        seen.append(x)
        return x

    library.r.RunnableLambda(step).invoke(1)
    list((library.r.RunnableLambda(step) | step).stream(2))
    assert seen == [1, 2, 2]


def test_handlers_that_decline_or_fail(compare, caplog):
    def scenario(lib):
        declines = lib.watch(ignore_chain=True)

        class Fails(lib.c.BaseCallbackHandler):
            def on_chain_start(self, *args, **kwargs):
                raise KeyError("handler")

        class Raises(Fails):
            raise_error = True

        class Unheard(lib.c.BaseCallbackHandler):
            pass

        chain = lib.r.RunnableLambda(add)
        got = [chain.invoke(1, {"callbacks": [declines, Fails(), Unheard()]})]
        try:
            chain.invoke(1, {"callbacks": [Raises()]})
        except KeyError as error:
            got.append(error)
        return got, declines.events

    compare(scenario)
    assert "Error in Fails.on_chain_start callback" in caplog.text


def test_local_and_inheritable_handlers(compare):
    def scenario(lib):
        local, inherited = lib.watch(), lib.watch()
        manager = lib.c.CallbackManager(
            [local, inherited],
            [inherited],
            tags=["local", "down"],
            inheritable_tags=["down"],
            metadata={"here": 1, "all": 2},
            inheritable_metadata={"all": 2},
        )
        (lib.r.RunnableLambda(add) | add).invoke(1, {"callbacks": manager})
        return local.events, inherited.events

    compare(scenario)


def test_listeners(compare):
    def scenario(lib):
        seen = []

        def started(run, config):
            seen.append(("start", run.name, run.inputs, run.run_type))

        def ended(run):
            seen.append(("end", run.outputs, [child.name for child in run.child_runs]))

        def failed(run):
            seen.append(("error", run.error.startswith("ValueError('bad')")))

        good = (lib.r.RunnableLambda(add) | add).with_listeners(on_start=started, on_end=ended)
        bad = lib.r.RunnableLambda(fail).with_listeners(on_error=failed)
        good.invoke(1)
        list(good.stream(1))
        good.batch([1, 2], {"max_concurrency": 1})
        try:
            bad.invoke(1)
        except ValueError:
            seen.append("raised")
        return seen

    compare(scenario)
