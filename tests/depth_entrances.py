"""Call each public entrance with a deeply nested value, in a fork, and print those that crash.

To try more levels than the tests do: python -m tests.depth_entrances 1000000 thread
"""

import copy
import os
import pickle
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from headrace import _core
from headrace.json import PartialJsonParser, iter_documents, parse_json_markdown, parse_partial_json
from headrace.load import dumpd, dumps
from headrace.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ToolMessage,
    convert_to_openai_messages,
    get_buffer_string,
    messages_to_dict,
)
from headrace.output_parsers import JsonOutputParser, XMLOutputParser
from headrace.prompts import ChatPromptTemplate, PromptTemplate
from headrace.runnables import RunnableLambda
from headrace.runnables.config import merge_configs
from headrace.utils.function_calling import convert_to_openai_tool
from headrace.utils.json_schema import dereference_refs

SMALL_STACK = 256 * 1024

Entrance = Callable[[], object]


def nested_dict(depth: int) -> Any:
    """Return a dictionary in a dictionary, `depth` of them."""
    value: Any = "x"
    for _ in range(depth):
        value = {"a": value}
    return value


def nested_list(depth: int) -> Any:
    """Return a list in a list, `depth` of them."""
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


def message_entrances(name: str, create: Callable[[], Any]) -> dict[str, Entrance]:
    """Return what can be done with a message, by name."""
    uses: dict[str, Callable[[Any], object]] = {
        "create": lambda message: message,
        "add": lambda message: message + create(),
        "equal": lambda message: message == create(),
        "repr": repr,
        "str": str,
        "dump": lambda message: message.model_dump(),
        "dump mode json": lambda message: message.model_dump(mode="json"),
        "dump json": lambda message: message.model_dump_json(),
        "copy": copy.copy,
        "deepcopy": copy.deepcopy,
        "pickle": lambda message: pickle.loads(pickle.dumps(message)),
        "to dict": lambda message: messages_to_dict([message]),
        "pretty": lambda message: message.pretty_repr(),
        "content blocks": lambda message: message.content_blocks,
        "dumps": dumps,
        "dumpd": dumpd,
        "buffer": lambda message: get_buffer_string([message]),
        "openai": lambda message: convert_to_openai_messages([message]),
        "prompt": lambda message: ChatPromptTemplate.from_messages([message]).invoke({}),
    }

    def entrance(use: Callable[[Any], object]) -> Entrance:
        return lambda: use(create())

    return {f"{name} {key}": entrance(use) for key, use in uses.items()}


def value_entrances(kind: str, value: Any) -> dict[str, Entrance]:
    """Return the entrances for Python values, by name."""

    def plain() -> BaseMessage:
        return AIMessage(content="", additional_kwargs={"k": value})

    def chunk() -> BaseMessage:
        return AIMessageChunk(
            content=[{"type": "text", "index": 0, "text": "x", "v": value}],
            response_metadata={"k": value},
        )

    def call() -> BaseMessage:
        args = {"k": value}
        return AIMessage(content="", tool_calls=[{"name": "f", "args": args, "id": "1"}])

    def tool() -> BaseMessage:
        return ToolMessage(content="x", tool_call_id="1", artifact=value)

    schema = {"title": "f", "description": "x", "type": "object", "properties": {"p": value}}
    config: Any = {"metadata": {"k": value}}
    mustache = PromptTemplate.from_template("{{x}}{{#x}}{{a}}{{/x}}", template_format="mustache")
    return {
        **message_entrances(f"{kind} kwargs", plain),
        **message_entrances(f"{kind} chunk", chunk),
        **message_entrances(f"{kind} call", call),
        **message_entrances(f"{kind} artifact", tool),
        f"{kind} merge dicts": lambda: _core.merge_dicts({"k": value}, {"k": value}),
        f"{kind} merge lists": lambda: _core.merge_lists([value], [value]),
        f"{kind} f-string": lambda: PromptTemplate.from_template("{x}").invoke({"x": value}),
        f"{kind} mustache": lambda: mustache.invoke({"x": value}),
        f"{kind} dict prompt": lambda: ChatPromptTemplate.from_messages(
            [("human", [{"a": value}])]
        ),
        f"{kind} tool schema": lambda: convert_to_openai_tool(schema),
        f"{kind} strict schema": lambda: convert_to_openai_tool(schema, strict=True),
        f"{kind} references": lambda: dereference_refs(
            {"$defs": {"x": {"v": value}}, "properties": {"q": {"$ref": "#/$defs/x"}}}
        ),
        f"{kind} configs": lambda: merge_configs(config, config),
        f"{kind} invoke": lambda: RunnableLambda(lambda given: given).invoke(value, config),
        f"{kind} dumps": lambda: dumps(value),
        f"{kind} dumpd": lambda: dumpd(value),
    }


def text_entrances(kind: str, text: str, depth: int) -> dict[str, Entrance]:
    """Return the entrances for JSON text, by name."""

    def feed(pieces: int, **options: Any) -> object:
        parser = PartialJsonParser(**options)
        size = len(text) // pieces + 1
        for start in range(0, len(text), size):
            parser.feed(text[start : start + size])
        return parser.value == parser.value

    def changes() -> object:
        parser = PartialJsonParser(max_depth=depth + 10)
        parser.feed(text)
        return parser.changes()

    def patch() -> object:
        parser = PartialJsonParser(max_depth=depth + 10)
        parser.feed(text)
        return parser.patch()

    half = len(text) // 2
    parts = [text[:half], text[half:]]
    part: Any = {"name": "f", "args": text, "id": "1", "index": 0}
    return {
        f"{kind} feed": lambda: feed(1),
        f"{kind} feed deep": lambda: feed(1, max_depth=depth + 10),
        f"{kind} feed pieces": lambda: feed(7, max_depth=depth + 10),
        f"{kind} select": lambda: feed(1, max_depth=depth + 10, select="$.a"),
        f"{kind} select all": lambda: feed(1, max_depth=depth + 10, select="$[*][*]"),
        f"{kind} changes": changes,
        f"{kind} patch": patch,
        f"{kind} partial": lambda: parse_partial_json(text),
        f"{kind} markdown": lambda: parse_json_markdown(text),
        f"{kind} documents": lambda: list(iter_documents([text])),
        f"{kind} parser": lambda: JsonOutputParser().parse(text),
        f"{kind} parser diff": lambda: list(JsonOutputParser(diff=True).transform(iter(parts))),
        f"{kind} arguments": lambda: AIMessageChunk(content="", tool_call_chunks=[part]).tool_calls,
    }


def all_entrances(depth: int) -> dict[str, Entrance]:
    """Return all entrances with values of a depth, by name."""
    xml = "<a>" * depth + "x" + "</a>" * depth
    return {
        **value_entrances("dict", nested_dict(depth)),
        **value_entrances("list", nested_list(depth)),
        **text_entrances("json dict", '{"a":' * depth + "1" + "}" * depth, depth),
        **text_entrances("json list", "[" * depth + "]" * depth, depth),
        **text_entrances("json open", "[" * depth, depth),
        "xml": lambda: XMLOutputParser(parser="xml").parse(xml),
        "xml stream": lambda: list(XMLOutputParser(parser="xml").transform(iter([xml]))),
    }


def call(entrance: Entrance) -> None:
    """Call an entrance; an ordinary exception is an answer too."""
    with suppress(Exception):
        entrance()


def call_on(stack: str, entrance: Entrance) -> None:
    """Call an entrance on the main thread's stack or on that of a small thread."""
    if stack == "main":
        call(entrance)
        return
    threading.stack_size(SMALL_STACK)
    thread = threading.Thread(target=call, args=[entrance])
    thread.start()
    thread.join()


def call_in_fork(entrances: list[Entrance], stack: str) -> tuple[int, int]:
    """Call entrances in one fork, and return how many came back and the status of the fork."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        for entrance in entrances:
            call_on(stack, entrance)
            os.write(writing, b".")
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as returns:
        returned = len(returns.read())
    return returned, os.waitpid(child, 0)[1]


def main(depth: int, stack: str) -> None:
    """Call each entrance in a fork and print those that crash; others share the next fork."""
    remaining = all_entrances(depth)
    while remaining:
        names = list(remaining)
        returned, status = call_in_fork(list(remaining.values()), stack)
        if status != 0:
            crashed = names[min(returned, len(names) - 1)]
            print(f"{crashed} crashed with status {status}", flush=True)
            returned += 1
        for name in names[:returned]:
            del remaining[name]
    print("all entrances were tried", flush=True)
    # Without freeing the values, which the entrances have done.
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
