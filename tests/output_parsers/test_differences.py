"""Each difference of the output parsers that docs/differences.md lists, on both libraries."""

import importlib
from typing import Any

import pytest
from tests.differences import check_table


class Library:
    def __init__(self, package: str) -> None:
        self.package = package
        self.o = importlib.import_module(f"{package}.output_parsers")
        self.m = importlib.import_module(f"{package}.messages")


LIBRARIES = (Library("langchain_core"), Library("headrace"))


def outcome(parser: Any, chunks: list[Any]) -> list[Any]:
    values = []
    try:
        values.extend(parser.transform(iter(chunks)))
    except Exception as error:
        values.append(type(error).__name__)
    return values


def whole_message(lib: Library) -> Any:
    message = lib.m.AIMessage("", tool_calls=[{"name": "f", "args": {"a": 1}, "id": "1"}])
    return outcome(lib.o.JsonOutputToolsParser(), [message])


def patches_of_a_name_that_comes_twice(lib: Library) -> Any:
    chunks = ['{"a": {"b": [1, 2]}', ', "a": {"b": [1]}']
    return outcome(lib.o.JsonOutputParser(diff=True), chunks)[-1]


def broken_arguments(lib: Library) -> Any:
    chunks = [
        lib.m.AIMessageChunk(
            "", tool_call_chunks=[{"name": name, "args": args, "id": None, "index": 0}]
        )
        for name, args in [("f", '{"a": 1'), (None, "]")]
    ]
    return outcome(lib.o.JsonOutputToolsParser(), chunks)


def quoted_values(lib: Library) -> Any:
    return outcome(lib.o.CommaSeparatedListOutputParser(), ['a, "b', ', c"\n', "d"])


def text_in_blocks(lib: Library) -> Any:
    block = {"type": "text", "text": "- a", "index": 0}
    return outcome(lib.o.MarkdownListOutputParser(), [lib.m.AIMessageChunk([block])])


def items_when_they_end(lib: Library) -> Any:
    read = []

    def source():
        for chunk in ["1. a", "\n", "2. b"]:
            read.append(chunk)
            yield chunk

    next(lib.o.NumberedListOutputParser().transform(source()))
    return len(read)


def broken_xml(lib: Library) -> Any:
    try:
        list(lib.o.XMLOutputParser().transform(iter(["<a><b>1", "</c></a>"])))
    except SyntaxError as error:
        return isinstance(error, ValueError), error.position, getattr(error, "llm_output", None)
    return None


def instructions(lib: Library) -> Any:
    return lib.o.JsonOutputParser().get_format_instructions()


def diff_of_models(lib: Library) -> Any:
    from pydantic import BaseModel

    class Point(BaseModel):
        x: int

    parser = lib.o.PydanticOutputParser(pydantic_object=Point, diff=True)
    return outcome(parser, ['{"x": 1', "2}"])


def control_characters(lib: Library) -> Any:
    chunks = [
        lib.m.AIMessageChunk("", additional_kwargs={"function_call": {"arguments": text}})
        for text in ('{"a": "x', '\n y", "b', '\t": 1}')
    ]
    functions = importlib.import_module(f"{lib.package}.output_parsers.openai_functions")
    return outcome(functions.JsonOutputFunctionsParser(strict=True), chunks)


DIFFERENCES: dict[str, tuple[Any, Any, Any]] = {
    "whole-message-in-a-stream": (whole_message, [[]], [[{"args": {"a": 1}, "type": "f"}]]),
    "broken-arguments": (
        broken_arguments,
        [[{"args": {"a": 1}, "type": "f"}], []],
        [[{"args": {"a": 1}, "type": "f"}]],
    ),
    "values-at-a-cut": (
        quoted_values,
        [["a"], ["b"], ['c"d']],
        [["a"], ["b, c"], ["d"]],
    ),
    "text-in-blocks": (text_in_blocks, [], [["a"]]),
    "items-when-they-end": (items_when_they_end, 3, 2),
    "xml-errors": (
        broken_xml,
        (False, (1, 9), None),
        (True, (1, 9), "<a><b>1</c></a>"),
    ),
    "format-instructions": (
        instructions,
        "Return a JSON object.",
        "Answer with one JSON object.",
    ),
    "control-characters": (
        control_characters,
        [{"a": "x"}, {"a": "x\n y"}],
        [{"a": "x"}],
    ),
    "patches-of-repeated-names": (
        patches_of_a_name_that_comes_twice,
        [{"op": "remove", "path": "/a/b/1"}],
        [{"op": "replace", "path": "/a", "value": {"b": [1]}}],
    ),
    "changes-of-models": (
        diff_of_models,
        ["TypeError"],
        [
            [{"op": "replace", "path": "", "value": {"x": 1}}],
            [{"op": "replace", "path": "/x", "value": 12}],
        ],
    ),
}


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.package)
@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(name: str, library: Library) -> None:
    scenario, theirs, ours = DIFFERENCES[name]
    assert scenario(library) == (ours if library.package == "headrace" else theirs)


def test_the_page_lists_them() -> None:
    check_table("Output parsers", __file__, DIFFERENCES)
