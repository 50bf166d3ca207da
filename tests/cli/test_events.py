"""`headrace json` on recorded provider streams: what is followed, and what each stream gives."""

import json
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.shared import SHARED, SKIPPED

from headrace.cli import main
from headrace.cli.inputs import split_lines


class Run(Protocol):
    def __call__(self, events: list[Any] | bytes, *options: str) -> tuple[int, list[Any], str]:
        """The exit code, the snapshots, and what is on standard error."""


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs the command in this process, which is many times quicker than one of its own."""

    def run(events: list[Any] | bytes, *options: str) -> tuple[int, list[Any], str]:
        if isinstance(events, list):
            events = b"".join(json.dumps(event).encode() + b"\n" for event in events)
        path = tmp_path / "events"
        path.write_bytes(events)
        code = main(["json", str(path), *options])
        output, errors = capfd.readouterr()
        snapshots = [json.loads(line) for line in output.splitlines()]
        return code, snapshots, errors.replace(f"{path}: ", "")

    return run


def chat(delta: dict[str, Any] | None, finish_reason: str | None = None, index: int = 0) -> Any:
    choice = {"index": index, "delta": delta, "finish_reason": finish_reason}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]}


def call(arguments: str, index: int | None = 0, **fields: Any) -> dict[str, Any]:
    function = {"arguments": arguments, "name": fields.pop("name", None)}
    place = {} if index is None else {"index": index}
    return {"role": "assistant", "tool_calls": [{**place, "function": function, **fields}]}


def block(index: int, kind: str, *deltas: str, **start: Any) -> list[Any]:
    delta_type, name = {"text": ("text_delta", "text")}.get(
        kind, ("input_json_delta", "partial_json")
    )
    return [
        {
            "type": "content_block_start",
            "index": index,
            "content_block": {"type": kind, **start},
        },
        *(
            {
                "type": "content_block_delta",
                "index": index,
                "delta": {"type": delta_type, name: delta},
            }
            for delta in deltas
        ),
        {"type": "content_block_stop", "index": index},
    ]


def response(kind: str, **fields: Any) -> Any:
    return {"type": f"response.{kind}", "output_index": 0, **fields}


MESSAGE_START = {"type": "message_start", "message": {"content": []}}
MESSAGE_STOP = {"type": "message_stop"}


def test_chat_completion_text(run: Run) -> None:
    events = [
        chat({"role": "assistant", "content": ""}),
        chat({"content": '{"a": '}),
        chat({"content": "[1"}, index=1),
        chat({"content": '"x'}),
        chat({"content": 'y"}'}),
        chat({}, "stop"),
        {"id": "chatcmpl-1", "choices": [], "usage": {}},
    ]
    assert run(events) == (0, [{}, {"a": "x"}, {"a": "xy"}], "")


def test_chat_completion_text_in_parts(run: Run) -> None:
    content = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "[1]"}]
    assert run([chat({"content": content})])[:2] == (0, [[1]])


def test_chat_completion_tool_calls_are_documents_one_after_another(run: Run) -> None:
    events = [
        chat({"role": "assistant", "content": None}),
        chat(call("", id="a", name="first")),
        chat(call('{"x": ')),
        chat(call("1}")),
        chat(call("", 1, id="b", name="second")),
        chat(call('{"y": 2}', 1)),
        chat({}, "tool_calls"),
    ]
    assert run(events) == (0, [{}, {"x": 1}, {"y": 2}], "")
    assert run(events, "--final")[1] == [{"x": 1}, {"y": 2}]


def test_tool_calls_that_all_have_one_index_or_none(run: Run) -> None:
    for index in (0, None):
        events = [
            chat(call('{"x":', index, id="a")),
            chat(call("1}", index, id="a")),
            chat(call('{"y":2}', index, id="b")),
        ]
        assert run(events, "--final") == (0, [{"x": 1}, {"y": 2}], "")


def test_the_older_function_call(run: Run) -> None:
    events = [chat({"function_call": {"name": "f", "arguments": piece}}) for piece in ("[", "1]")]
    assert run(events) == (0, [[], [1]], "")


def test_a_tool_call_without_arguments_is_an_empty_object(run: Run) -> None:
    assert run([chat(call("", id="a", name="f")), chat({}, "tool_calls")]) == (0, [{}], "")
    events = [MESSAGE_START, *block(0, "tool_use", "", name="f", input={}), MESSAGE_STOP]
    assert run(events) == (0, [{}], "")


def test_completions(run: Run) -> None:
    events = [
        {"id": "1", "object": "text_completion", "choices": [{"text": text, "index": index}]}
        for index, text in [(0, "[1"), (1, "{"), (0, ",2]")]
    ]
    assert run(events) == (0, [[1], [1, 2]], "")


def test_messages_pass_over_prose_beside_a_tool_call(run: Run) -> None:
    events = [
        MESSAGE_START,
        *block(0, "text", "I will ", "look.", text=""),
        {"type": "ping"},
        *block(1, "tool_use", "", '{"city": "Ber', 'lin"}', name="weather", input={}),
        *block(2, "thinking"),
        MESSAGE_STOP,
    ]
    expected = [{"city": "Ber"}, {"city": "Berlin"}]
    assert run(events) == (0, expected, "")
    assert run(events, "--from", "tool") == (0, expected, "")
    code, snapshots, errors = run(events, "--from", "text")
    assert (code, snapshots) == (1, [])
    assert 'no JSON in the stream: its text begins "I will look."' in errors


def test_messages_with_json_as_text_and_as_tool_call(run: Run) -> None:
    events = [
        *block(0, "text", "Here:\n```json\n[1", "]\n```"),
        *block(1, "tool_use", '{"a"', ": 1}"),
    ]
    assert run(events, "--final")[1] == [[1], {"a": 1}]
    assert run(events, "--from", "text")[1] == [[1]]
    assert run(events, "--from", "tool", "--final")[1] == [{"a": 1}]


def test_a_call_that_comes_whole(run: Run) -> None:
    events = [MESSAGE_START, *block(0, "tool_use", input={"a": [1]}), MESSAGE_STOP]
    assert run(events) == (0, [{"a": [1]}], "")
    done = response("function_call_arguments.done", arguments="[1]")
    assert run([response("created"), done, response("completed")]) == (0, [[1]], "")


def test_several_messages_one_after_another(run: Run) -> None:
    one = [MESSAGE_START, *block(0, "text", "[1]"), MESSAGE_STOP]
    assert run([*one, *one]) == (0, [[1], [1]], "")


def test_responses(run: Run) -> None:
    item = {"type": "function_call", "name": "f", "arguments": ""}
    events = [
        response("created", response={"error": None}),
        response("output_text.delta", content_index=0, delta='{"a"'),
        response("output_text.delta", content_index=0, delta=": 1}"),
        response("output_text.done", content_index=0, text='{"a": 1}'),
        {"type": "response.output_item.added", "output_index": 1, "item": item},
        {
            "type": "response.function_call_arguments.delta",
            "output_index": 1,
            "delta": '{"b": 2}',
        },
        {
            "type": "response.function_call_arguments.done",
            "output_index": 1,
            "arguments": '{"b": 2}',
        },
        {
            "type": "response.output_item.done",
            "output_index": 1,
            "item": {**item, "arguments": '{"b": 2}'},
        },
        response("completed", response={}),
    ]
    assert run(events, "--final") == (0, [{"a": 1}, {"b": 2}], "")


def test_custom_tools_may_take_anything(run: Run) -> None:
    item = {"type": "custom_tool_call", "name": "sql", "input": ""}
    for text, expected in [("SELECT 1", (1, [])), ("[1]", (0, [[1]]))]:
        events = [
            response("output_item.added", item=item),
            response("custom_tool_call_input.delta", delta=text),
            response("custom_tool_call_input.done", input=text),
            response("completed"),
        ]
        assert run(events)[:2] == expected


def test_arguments_that_were_cut_off_name_the_call(run: Run) -> None:
    code, snapshots, errors = run([chat(call('{"x": [1', id="a", name="weather"))])
    assert (code, snapshots) == (1, [{"x": [1]}])
    assert "in the tool call weather: the text ended" in errors
    assert "line 1 column 9 (byte 8)" in errors


@pytest.mark.parametrize(
    "events",
    [
        [
            {"type": "response.created", "response": {}},
            {"type": "error", "error": {"message": "no quota"}},
            {"type": "response.failed", "response": {"error": {"message": "no quota"}}},
        ],
        [MESSAGE_START, {"type": "error", "error": {"type": "overloaded", "message": "no quota"}}],
        [chat({"content": ""}), {"error": {"message": "no quota"}}],
    ],
    ids=["responses", "messages", "chat"],
)
def test_errors_of_the_provider(run: Run, events: list[Any]) -> None:
    assert run(events) == (1, [], "headrace json: the provider reports: no quota\n")


SERVER_SENT = b"""\
: OPENROUTER PROCESSING

event: message
id: 7
retry: 100
data: {"choices": [{"index": 0, "delta": {"content": "[1"}}]}

data:{"choices": [{"index": 0, "delta": {"content": ", 2]"}}]}

data: {"choices": []}
data:

data: [DONE]

"""


@pytest.mark.parametrize("size", ["1", "7", "65536"])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_server_sent_events(run: Run, size: str, ending: bytes, mark: bytes) -> None:
    data = mark + SERVER_SENT.replace(b"\n", ending)
    assert run(data, "--chunk-size", size) == (0, [[1], [1, 2]], "")
    bare = data[data.index(b"data") :]
    assert run(bare, "--chunk-size", size, "--final") == (0, [[1, 2]], "")


def test_half_a_surrogate_pair_in_each_of_two_events(run: Run) -> None:
    events = b"".join(
        b'{"choices": [{"index": 0, "delta": {"content": "%s"}}]}\n' % content
        for content in (b'[\\"\\ud83c', b'\\udf89\\"]')
    )
    assert run(events)[1][-1] == ["\U0001f389"]


def test_the_input_can_be_forced(run: Run) -> None:
    event = chat({"content": "[1]"})
    assert run([event]) == (0, [[1]], "")
    assert run([event], "--input", "text") == (0, [event], "")
    assert run([{"delta": 1}], "--input", "auto") == (0, [{"delta": 1}], "")
    code, _, errors = run([{"delta": 1}], "--input", "events")
    assert code == 1
    assert "its events hold nothing to read" in errors


def test_a_line_that_is_no_event(run: Run) -> None:
    events = json.dumps(chat({"content": "[1"})).encode() + b"\ncurl: (18) transfer closed\n"
    code, snapshots, errors = run(events)
    assert (code, snapshots) == (1, [[1]])
    cause, consequence = errors.splitlines()
    assert cause.endswith('line 2 of the stream is no event: "curl: (18) transfer closed"')
    assert "in the text: the text ended before the document did" in consequence
    assert run(events, "--final")[:2] == (1, [[1]])


def test_a_last_line_that_was_cut_off(run: Run) -> None:
    events = json.dumps(chat({"content": "[1"})).encode() + b'\n{"id": "x", "obj'
    code, snapshots, errors = run(events)
    assert (code, snapshots) == (1, [[1]])
    assert "line 2 of the stream was cut off" in errors


@pytest.mark.parametrize(
    "event",
    [
        {"choices": [None, 1, {"delta": 3, "text": {}}]},
        {"choices": [{"delta": {"content": 1, "tool_calls": {"a": 1}, "function_call": 7}}]},
        {"choices": [{"delta": {"tool_calls": [1, {"index": [], "function": 2}]}}]},
        {"type": 7, "error": {}},
        {"type": "error"},
        {"type": "content_block_start", "index": {}, "content_block": [1]},
        {"type": "content_block_delta", "index": [], "delta": "x"},
        {"type": "response.output_item.added", "output_index": [], "item": None},
        {"type": "response.output_text.delta", "content_index": {}, "delta": 4},
        {"type": "response.failed", "response": {"error": "gone"}},
        [1],
        "text",
        None,
    ],
)
def test_events_of_unexpected_shapes_do_no_harm(run: Run, event: Any) -> None:
    code, _, errors = run([event, chat({"content": "[1]"})], "--input", "events")
    assert code in (0, 1)
    assert "Traceback" not in errors


def test_lines_are_split_in_linear_time() -> None:
    class Counted(bytes):
        """Bytes that tell how many of them were looked at for a line's end."""

        looked_at = 0

        def find(self, *arguments: Any) -> int:
            Counted.looked_at += len(self) - arguments[1]
            return super().find(*arguments)

    pieces: list[bytes] = []
    for _ in range(1000):
        assert list(split_lines(Counted(b"x" * 10), pieces)) == []
    assert list(split_lines(Counted(b"\n\na"), pieces)) == [b"x" * 10_000, b""]
    assert pieces == [b"a"]
    assert Counted.looked_at < 10_020


RECORDINGS = SHARED / "recordings"
# The last snapshot of each document; the streams that are not here hold prose alone.
FINAL: dict[str, list[Any]] = {
    "anthropic-json-tool.1": [
        {"elements": [{"location": "San Francisco", "temperature": 58, "condition": "sunny"}]}
    ],
    "anthropic-tool-no-args": [{}],
    "anthropic-web-fetch-tool.1": [
        {"url": "https://en.wikipedia.org/wiki/Maglemosian_culture"},
    ],
    "deepseek-tool-call": [{"location": "San Francisco"}],
    "groq-tool-call": [{}],
    "mistral-incremental-tool-call": [{"query": "current Berlin weather"}],
}
# Those too large to write here: how many documents.
COUNTED = {"anthropic-json-output-format.1": 1, "anthropic-programmatic-tool-calling.1": 2}


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason=SKIPPED.format("recordings"))
@pytest.mark.parametrize("form", ["bare", "server-sent"])
def test_recordings(run: Run, form: str) -> None:
    paths = sorted(RECORDINGS.glob("*.jsonl"))
    assert len(paths) > 10
    for path in paths:
        data = path.read_bytes()
        if form == "server-sent":
            lines = [b"data: " + line + b"\n\n" for line in data.splitlines()]
            data = b"".join(lines) + b"data: [DONE]\n\n"
        code, snapshots, errors = run(data, "--final")
        if path.stem in FINAL:
            assert (code, snapshots, errors) == (0, FINAL[path.stem], ""), path
        elif path.stem in COUNTED:
            assert (code, len(snapshots), errors) == (0, COUNTED[path.stem], ""), path
        else:
            assert (code, snapshots) == (1, []), path
            reason = "the provider reports: You exceeded" if "error" in path.stem else "no JSON in"
            assert errors.startswith(f"headrace json: {reason}"), path
            assert errors.count("\n") == 1
