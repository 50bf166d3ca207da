"""What goes beyond the reference, and what is refused."""

import asyncio
from datetime import datetime, timedelta, timezone

import pytest

from headrace.callbacks import adispatch_custom_event, dispatch_custom_event
from headrace.runnables import Runnable, RunnableLambda

from .chains import each, tokens

FILTERS = [
    f"{verb}_{what}"
    for verb in ("include", "exclude")
    for what in ("names", "types", "tags", "events")
] + ["include_parents"]


def never(x):
    raise AssertionError("nothing may run")


def calls(runnable: Runnable):
    return [runnable.astream_events, runnable.stream_events]


@pytest.mark.parametrize("wrong", ["stream", b"stream", 1, ["stream", 1], {"a": 1}.items()])
@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_of_the_wrong_type(name, wrong):
    for call in calls(RunnableLambda(never)):
        with pytest.raises(TypeError, match=name):
            call(1, **{name: wrong})


@pytest.mark.parametrize("name", [name for name in FILTERS if not name.endswith(("events", "ts"))])
def test_a_filter_of_the_log_of_the_wrong_type(name):
    for call in (RunnableLambda(never).astream_log, RunnableLambda(never).stream_log):
        with pytest.raises(TypeError, match=name):
            call(1, **{name: "stream"})


@pytest.mark.parametrize("given", [["a", "b"], ("a", "b"), {"a", "b"}, iter(["a", "b"])])
def test_any_list_is_a_filter(given):
    chain = RunnableLambda(lambda x: x, name="a") | RunnableLambda(lambda x: x, name="c")
    assert {event["name"] for event in chain.stream_events(1, include_names=given)} == {"a"}


@pytest.mark.parametrize("version", ["v0", "", None, 2])
def test_an_unknown_version(version):
    for call in calls(RunnableLambda(never)):
        with pytest.raises(NotImplementedError, match=r"'v1', 'v2' or 'v3'"):
            call(1, version=version)


async def test_version_3_is_for_chat_models():
    runnable = RunnableLambda(never)
    with pytest.raises(NotImplementedError, match="v3"):
        runnable.stream_events(1, version="v3")
    with pytest.raises(NotImplementedError, match="v3"):
        await runnable.astream_events(1, version="v3")


@pytest.mark.parametrize(
    ("option", "error"),
    [
        ({"include_events": ["on_chain_begin"]}, ValueError),
        ({"exclude_events": ["chain_start"]}, ValueError),
        ({"created_at": 1}, TypeError),
        ({"on_error": "yes"}, TypeError),
        ({"max_buffered": 0}, ValueError),
        ({"max_buffered": True}, TypeError),
        ({"max_buffered": "9"}, TypeError),
        ({"on_full": "drop"}, ValueError),
    ],
)
def test_options_that_mean_nothing(option, error):
    for call in calls(RunnableLambda(never)):
        with pytest.raises(error, match=next(iter(option))):
            call(1, **option)


def test_callbacks_of_the_wrong_type():
    with pytest.raises(ValueError, match="callbacks"):
        list(RunnableLambda(never).stream_events(1, {"callbacks": 1}))


def telling():
    def tells(x):
        dispatch_custom_event("told", x)
        return x

    return RunnableLambda(tells) | tokens(2)


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"include_events": ["start"]}, {"on_chain_start"}),
        ({"include_events": ["on_chain_end", "stream"]}, {"on_chain_end", "on_chain_stream"}),
        ({"exclude_events": ["stream", "custom"]}, {"on_chain_start", "on_chain_end"}),
        ({"include_events": ["on_tool_end"]}, set()),
        (
            {"include_events": ["start", "end"], "exclude_events": ["on_chain_end"]},
            {"on_chain_start"},
        ),
    ],
)
def test_events_by_kind(chosen, expected, version):
    events = telling().stream_events(1, version=version, **chosen)
    assert {event["event"] for event in events} == expected


def test_custom_events_by_kind():
    (event,) = telling().stream_events(1, include_events=["custom"])
    assert event["event"] == "on_custom_event"
    assert event["data"] == 1
    (again,) = telling().stream_events(1, include_events=["on_custom_event"])
    assert again["name"] == "told"


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_when_events_were_made(version):
    before = datetime.now(timezone.utc)
    times = [
        event["created_at"]
        async for event in telling().astream_events(1, version=version, created_at=True)
    ]
    assert times == sorted(times)
    assert all(time.utcoffset() == timedelta(0) for time in times)
    assert before <= times[0]
    assert times[-1] <= datetime.now(timezone.utc)
    events = [event async for event in telling().astream_events(1, version=version)]
    assert not any("created_at" in event for event in events)


def fails(x):
    raise ValueError("bad")


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_errors_of_every_run(version):
    """With the option, each start has one end or one error."""
    seen = []
    chain = RunnableLambda(lambda x: x, name="good") | RunnableLambda(fails)

    def read():
        for event in chain.stream_events(1, version=version, on_error=True):
            seen.append((event["name"], event["event"], type(event["data"].get("error"))))

    with pytest.raises(ValueError, match="bad"):
        read()
    assert [one for one in seen if one[1] != "on_chain_stream"] == [
        ("RunnableSequence", "on_chain_start", type(None)),
        ("good", "on_chain_start", type(None)),
        ("fails", "on_chain_start", type(None)),
        ("good", "on_chain_end", type(None)),
        ("fails", "on_chain_error", ValueError),
        ("RunnableSequence", "on_chain_error", ValueError),
    ]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_only_below_a_named_run(version):
    def outer(x):
        return RunnableLambda(inner, name="inner").invoke(x)

    def inner(x):
        return RunnableLambda(lambda x: x, name="innermost").invoke(x)

    chain = RunnableLambda(outer) | RunnableLambda(lambda x: x, name="aside")

    def names(**options):
        return {event["name"] for event in chain.stream_events(1, version=version, **options)}

    assert names(include_parents=["outer"]) == {"inner", "innermost"}
    assert names(include_parents=["inner", "aside"]) == {"innermost"}
    assert names(include_parents=["RunnableSequence"]) == {"outer", "inner", "innermost", "aside"}
    assert names(include_parents=["outer"], exclude_names=["inner"]) == {"innermost"}
    assert names(include_parents=["nobody"]) == set()
    assert names(include_parents=[]) == set()


def test_custom_events_only_below_a_named_run():
    def tells(x):
        dispatch_custom_event("told", x)
        return x

    chain = RunnableLambda(tells, name="a") | RunnableLambda(tells, name="b")
    events = list(chain.stream_events(1, include_parents=["b"]))
    assert [event["event"] for event in events] == ["on_custom_event"]


async def test_an_excluded_run_is_not_asked_again():
    """What the filter excludes has no observer that wants its chunks or its results."""
    seen = []

    async def looks(items, run_manager):
        seen.append((run_manager.streamers, run_manager.wants_results()))
        async for item in items:
            yield item

    from headrace.runnables import RunnableGenerator

    chain = RunnableGenerator(looks) | each()
    async for _ in chain.astream_events(1, include_names=["each"]):
        pass
    assert seen == [([], False)]


async def test_places_in_the_tree_are_forgotten(monkeypatch):
    """A run of many runs does not remember those that are over."""
    from headrace.events.watcher import Watcher

    most = [0]
    forget = Watcher.forget

    def measured(self, run_id):
        most[0] = max(most[0], len(self._positions))
        forget(self, run_id)

    monkeypatch.setattr(Watcher, "forget", measured)
    inner = RunnableLambda(lambda x: x, name="inner")

    async def many(x):
        for _ in range(500):
            await inner.ainvoke(x)
        await adispatch_custom_event("done", None)
        return x

    for options in ({}, {"exclude_names": ["inner"]}):
        events = [event async for event in RunnableLambda(many).astream_events(1, **options)]
        assert len(events) == (4 if options else 1004)
    assert most[0] <= 3


def test_arguments_of_the_runnable():
    bound = RunnableLambda(lambda x, **kwargs: (x, kwargs))
    *_, last = bound.stream_events(1, stop=["a"])
    assert last["data"]["output"] == (1, {"stop": ["a"]})
    assert asyncio.run(_last(bound)) == (1, {"stop": ["a"]})


async def _last(bound):
    events = [event async for event in bound.astream_events(1, stop=["a"])]
    return events[-1]["data"]["output"]
