"""What messages do, and the functions over them, with the reference and with headrace."""

import importlib
from pathlib import Path

import pytest

from headrace import compat

from .libraries import OURS, REFERENCE, evaluate

EXPRESSIONS = [
    line
    for line in (Path(__file__).parent / "messages.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_same_as_the_reference(expression: str) -> None:
    if expression.startswith("exact: "):
        expression = expression.removeprefix("exact: ")
        with compat.exact():
            assert evaluate(expression, OURS) == evaluate(expression, REFERENCE)
    else:
        assert evaluate(expression, OURS) == evaluate(expression, REFERENCE)


DIFFERENT = {
    # A provider that repeats a field did not say it twice.
    "(C('a', response_metadata={'finish_reason': 'stop', 'model_name': 'm'})"
    " + C('b', response_metadata={'finish_reason': 'stop', 'model_name': 'm'})"
    ").response_metadata": {
        "finish_reason": "stop",
        "model_name": "m",
    },
    "(C('', tool_call_chunks=[dict(name='f', args='', id='1', index=0)])"
    " + C('', tool_call_chunks=[dict(name='f', args='', id='1', index=0)])"
    ").tool_calls[0]['name']": ("f"),
    # Two calls that share an index: what follows belongs to the later one.
    "[c['args'] for c in (C('', tool_call_chunks=[dict(name='f', args='{}', id='1', index=0)])"
    " + C('', tool_call_chunks=[dict(name='g', args='{', id='2', index=0)])"
    " + C('', tool_call_chunks=[dict(name=None, args='}', id=None, index=0)])).tool_call_chunks]": [
        "{}",
        "{}",
    ],
    # Parts without an index go on with the latest call.
    "[c['args'] for c in (C('', tool_call_chunks=[dict(name='f', args='{', id='1', index=None)])"
    " + C('', tool_call_chunks=[dict(name=None, args='}', id=None, index=None)])"
    ").tool_call_chunks]": ["{}"],
    # What was cut off is no call.
    "message_chunk_to_message(C('', tool_call_chunks=[dict(name='f', args='{\"a\": 1', id='1',"
    " index=0)])).tool_calls": [],
    # A stream whose end has come, too.
    "C('', tool_call_chunks=[dict(name='f', args='{\"a\": 1', id='1', index=0)],"
    " chunk_position='last').tool_calls": [],
}


@pytest.mark.parametrize(("expression", "expected"), DIFFERENT.items())
def test_differences(expression: str, expected: object) -> None:
    assert evaluate(expression, OURS) == expected
    assert evaluate(expression, REFERENCE) != expected
    with compat.exact():
        assert evaluate(expression, OURS) == evaluate(expression, REFERENCE)


STEADY = (
    "(C('', tool_call_chunks=[dict(name='f', args='{\"a\": \"x', id='1', index=0)])"
    " + C('', tool_call_chunks=[dict(name=None, args='\\\\u00', id=None, index=0)])).tool_calls[0]"
)


def test_live_arguments_lose_nothing() -> None:
    assert evaluate(STEADY, OURS)["args"] == {"a": "x"}
    assert evaluate(STEADY, REFERENCE)["args"] == {}
    with compat.exact():
        assert evaluate(STEADY, OURS)["args"] == {}


# Names that programs import from where the reference uses them, beside where it defines them.
USED = {
    "language_models.chat_models": "BaseLanguageModel LangSmithParams LanguageModelInput",
    "language_models.llms": "BaseLanguageModel LangSmithParams LanguageModelInput",
    "load": "dumpd dumps",
    "messages.utils": "AIMessage AIMessageChunk BaseMessage HumanMessage SystemMessage ToolMessage",
}


@pytest.mark.parametrize("module", USED)
def test_names_are_where_programs_import_them_from(module: str) -> None:
    for library in ("langchain_core", "headrace"):
        found = importlib.import_module(f"{library}.{module}")
        assert all(hasattr(found, name) for name in USED[module].split())


WRONG = [
    "AIMessage('x', additional_kwargs=5)",
    "AIMessage('x', response_metadata=5)",
    "C('', tool_call_chunks='x')",
]


@pytest.mark.parametrize("expression", WRONG)
def test_wrong_types_name_the_field(expression: str) -> None:
    """The reference raises an AttributeError for some of them, which names nothing."""
    kind, fields = evaluate(expression, OURS)
    assert kind == "ValidationError"
    assert fields[0] in expression


UNADDED = [
    # The reference makes the sum without what the class requires.
    ("ChatMessageChunk('a', role='r') + [ChatMessageChunk('b', role='r')]", "ValidationError"),
    (
        "FunctionMessageChunk('a', name='f') + [FunctionMessageChunk('b', name='f')]",
        "ValidationError",
    ),
    (
        "ToolMessageChunk('a', tool_call_id='1') + [ToolMessageChunk('b', tool_call_id='1')]",
        "KeyError",
    ),
]


@pytest.mark.parametrize(("expression", "error"), UNADDED)
def test_lists_of_chunks_add_up(expression: str, error: str) -> None:
    kind, fields = evaluate(expression, OURS)
    assert (kind, fields["content"]) == (expression.partition("(")[0], "ab")
    assert evaluate(expression, REFERENCE)[0] == error


def test_counts_that_are_no_whole_numbers_add_up() -> None:
    usage = "{'input_tokens': 1, 'output_tokens': 1, 'total_tokens': 2, 'cost': 0.5}"
    expression = f"add_usage({usage}, {usage})['cost']"
    assert evaluate(expression, OURS) == ("float", 1.0)
    assert evaluate(expression, REFERENCE)[0] == "ValueError"


def test_blocks_of_wrong_values_add_up() -> None:
    expression = (
        "(C([{'type': 'text', 'text': 'a', 'index': 0}])"
        " + C([{'type': 'non_standard', 'value': 'x', 'index': 0}])).content[0]['extras']"
    )
    assert evaluate(expression, OURS) == "x"
    assert evaluate(expression, REFERENCE)[0] == "AttributeError"
