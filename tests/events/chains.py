"""Chains whose steps the tests hold and let go."""

from typing import Any

from headrace.runnables import RunnableGenerator, RunnableLambda


def tokens(count: int) -> RunnableGenerator[Any, str]:
    """Gives `count` tokens, as fast as it can."""

    def sync(items):
        for _ in items:
            for i in range(count):
                yield f"{i} "

    async def asynchronous(items):
        async for _ in items:
            for i in range(count):
                yield f"{i} "

    return RunnableGenerator(sync, asynchronous, name="tokens")


def each() -> RunnableGenerator[str, str]:
    """Gives each chunk on."""

    def sync(items):
        for item in items:  # noqa: UP028 - a step that handles each chunk
            yield item

    async def asynchronous(items):
        async for item in items:
            yield item

    return RunnableGenerator(sync, asynchronous, name="each")


def whole() -> RunnableLambda[str, int]:
    """Gives nothing before it has everything."""
    return RunnableLambda(len, name="whole")


def chunks(events: list[Any], name: str) -> list[Any]:
    return [
        event["data"]["chunk"]
        for event in events
        if event["name"] == name and event["event"].endswith("_stream")
    ]
