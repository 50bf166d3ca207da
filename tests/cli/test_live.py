"""`headrace json` in a pipe that lives: what arrives is shown at once, and both ends may go."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

COMMAND = [sys.executable, "-m", "headrace", "json"]
PATIENCE = 60


class Live:
    """A running `headrace json` that a test writes to and reads from."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def read_line(self) -> str:
        """The next line, which must come while the input is still open."""
        assert self.process.stdout is not None
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            assert ready, f"nothing more came after {line!r}"
            byte = os.read(self.process.stdout.fileno(), 1)
            assert byte, self.process.stderr and self.process.stderr.read()
            line += byte
        return line.decode().rstrip("\n")

    def finish(self) -> tuple[int, str, str]:
        """Closes the input; gives the exit code and what is left of both outputs."""
        output, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output.decode(), errors.decode()


@contextlib.contextmanager
def live(*options: str) -> Iterator[Live]:
    running = Live(*options)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()


def test_each_snapshot_comes_at_once() -> None:
    with live() as command:
        for piece, line in [
            (b'{"countries"', "{}"),
            (b": [", '{"countries":[]}'),
            (b'"Espa\xc3', '{"countries":["Espa"]}'),
            (b"\xb1", '{"countries":["Espa\u00f1"]}'),
            (b"a\\u20", '{"countries":["Espa\u00f1a"]}'),
            (b'ac"', '{"countries":["Espa\u00f1a\u20ac"]}'),
            (b", 12", '{"countries":["Espa\u00f1a\u20ac",12]}'),
        ]:
            command.write(piece)
            assert command.read_line() == line
        command.write(b"]}")
        assert command.finish() == (0, "", "")


@pytest.mark.parametrize(
    ("start", "last", "line"),
    [
        (b'{"coun', b"t", "{}"),
        (b'{"id": "x", "n', b"a", '{"id":"x"}'),
        (b'{"id": ', b"1", '{"id":1}'),
        (b'{"type": "p', b"e", '{"type":"pe"}'),
        (b'{"object": "chat', b"s", '{"object":"chats"}'),
        (b'{"choices": [{"text": "a", "right": ', b"1", '{"choices":[{"text":"a","right":1}]}'),
        (b'{"id":', b"\n" + b'"', '{"id":""}'),
        (b"\xef", b"\xbb\xbf[", "[]"),
        (b"data", b"\n```\n[", "[]"),
    ],
)
def test_a_text_that_begins_like_an_event(start: bytes, last: bytes, line: str) -> None:
    with live() as command:
        command.write(start)
        time.sleep(0.05)
        command.write(last)
        while command.read_line() != line:
            pass


def test_each_event_is_shown_when_its_line_has_ended() -> None:
    with live() as command:
        event = b'data: {"choices":[{"index":0,"delta":{"content":"[1"}}]}'
        command.write(event[:20])
        command.write(event[20:])
        command.write(b"\n")
        assert command.read_line() == "[1]"
        command.write(b'\ndata: {"choices":[{"index":0,"delta":{"content":", 2]"}}]}\r\n\r\n')
        assert command.read_line() == "[1,2]"
        assert command.finish() == (0, "", "")


def test_a_text_that_cannot_be_json_ends_it_at_once() -> None:
    with live("--no-fences") as command:
        command.write(b"[1, }")
        assert command.read_line() == "[1]"
        assert command.process.wait(PATIENCE) == 1


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    with live("--chunk-size", "1") as command:
        command.write(b"[1")
        assert command.read_line() == "[]"
        assert command.process.stdout is not None
        command.process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            command.write(b",2,3,4]")
        assert command.process.wait(PATIENCE) == 141
        assert command.process.stderr is not None
        assert command.process.stderr.read() == b""


def test_ctrl_c_ends_it_quietly() -> None:
    with live() as command:
        command.write(b"[1")
        assert command.read_line() == "[1]"
        command.process.send_signal(signal.SIGINT)
        # The input stays open: nothing else ends it.
        assert command.process.wait(PATIENCE) == 130
        assert command.process.stderr is not None
        assert command.process.stderr.read() == b""


def test_pipes_that_do_not_block() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with subprocess.Popen(COMMAND, stdin=reading, stdout=subprocess.PIPE) as process:
        os.close(reading)
        time.sleep(0.2)
        os.write(writing, b"[1]")
        os.close(writing)
        assert process.communicate(timeout=PATIENCE)[0] == b"[1]\n"
        assert process.returncode == 0


def test_a_shell_pipeline_that_takes_the_first_line() -> None:
    # `yes` never ends by itself.
    script = f"(printf '['; yes '1,') | {sys.executable} -m headrace json | head -n 1"
    result = subprocess.run(
        ["bash", "-c", script + '; echo "${PIPESTATUS[1]}"'], capture_output=True, timeout=PATIENCE
    )
    assert result.stdout.decode().splitlines()[-1] == "141"
    assert result.stderr == b""
