"""Telling a text from recorded events by the first bytes, as early as can be."""

import json
from typing import Any

import pytest

from headrace.cli.detection import Detector


def decide(data: bytes, size: int = 1) -> tuple[str | None, int]:
    """What it is found to be, and after how many bytes."""
    detector = Detector()
    for start in range(0, len(data), size):
        kind = detector.feed(data[start : start + size])
        if kind is not None:
            return kind, start + size
    return None, len(data)


@pytest.mark.parametrize(
    "event",
    [
        {"id": "1", "object": "chat.completion.chunk", "created": 1, "choices": []},
        {"id": "1", "object": "text_completion", "choices": [{"text": "a"}]},
        {"choices": [{"index": 0, "delta": {"content": "a"}}]},
        {"created": 1, "model": "m", "choices": [{"delta": {}}]},
        {"type": "message_start", "message": {}},
        {"type": "content_block_delta", "index": 0},
        {"type": "response.created", "response": {}},
    ],
    ids=lambda event: next(iter(event)),
)
@pytest.mark.parametrize("before", [b"", b"\n \r\n", b"\xef\xbb\xbf", b"data: "])
def test_events(event: Any, before: bytes) -> None:
    data = before + json.dumps(event).encode() + b"\n"
    for size in (1, 5, len(data)):
        assert decide(data, size)[0] == "events"


@pytest.mark.parametrize("line", [b":", b"data:", b"event: x", b"id: 1", b"retry: 2"])
def test_fields_of_server_sent_events(line: bytes) -> None:
    assert decide(line)[0] == "events"
    assert decide(line[:-1])[0] in (None, "events")


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (b"[", 1),
        (b"The answer", 1),
        (b"dear", 2),
        (b"```json", 1),
        (b'{"countries": []}', 4),
        (b'{"name": 1}', 3),
        (b'{"type": "person"}', 11),
        (b'{"type": "message_starting"}', 24),
        (b'{"type": 7}', 10),
        (b'{"id": 7, "name": "x"}', 8),
        (b'{"id": "7", "name": "x"}', 14),
        (b'{"choices": ["a"]}', 14),
        (b'{"choices": [{"index": 1}, {"index": 2}]}', 28),
        (b'{\n  "id": "1"}', 2),
        (b'{"id": "x"}', 11),
        (b"{}", 2),
        (b"{]", 2),
    ],
)
def test_texts(text: bytes, after: int) -> None:
    assert decide(text) == ("text", after)
    assert decide(text, len(text))[0] == "text"


def test_nothing_is_decided_too_early() -> None:
    for data in (b"", b" \n", b"\xef\xbb", b"dat", b'{"id": "1", "object": "chat.', b'{"type": "'):
        assert decide(data) == (None, len(data))


def test_the_wait_is_bounded() -> None:
    kind, after = decide(b'{"id": "' + b"x" * 10_000)
    assert kind == "text"
    assert after < 5_000
