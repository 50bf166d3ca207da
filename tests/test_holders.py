"""A snapshot never changes while anything can still see it, whatever holds it and however.

From CPython 3.14 on, the interpreter puts references on its stack without counting them. Each of
them is backed by a counted one: a local variable, a container or the frame. These tests hold a
snapshot in one place only, and try to take the counted reference away while the uncounted one is in
use.
"""

import asyncio
import contextvars
import functools
import gc
import inspect
import itertools
import json
import operator
import queue
import sys
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from headrace.json import PartialJsonParser, parse_partial_json
from headrace.messages import AIMessageChunk
from headrace.messages.tool import tool_call_chunk
from headrace.output_parsers import JsonOutputParser

LONG = "This sentence is repeated until the text is long. " * 60
"""Long enough for the string to grow in place."""

SHAPES = {
    "list": ("[1, ", "2, 3, "),
    "object": ('{"a": 1, ', '"b#": 2, "c#": {"d": [3]}, '),
    "rows": ('{"rows": [{"a": 1}, ', '{"id": 2, "name": "some name"}, '),
    "text": (f'"{LONG}', " more of the text"),
    "wide text": (f'"{LONG}é', " more of the té\U0001f600xt"),
    "text inside": (f'{{"a": [{{"text": "{LONG}', " more of the text"),
}
"""The start of a document, and a chunk that can follow it any number of times.

A "#" in the chunk is replaced by its number.
"""


class Document:
    """A document that grows, whose snapshots are held elsewhere."""

    parser: Any

    def __init__(self, shape: str) -> None:
        self.start, self.chunk = SHAPES[shape]
        self.count = 0

    def begin(self) -> None:
        self.feed(self.start)
        self.take()
        self.grow()

    def chunk_at(self, number: int) -> str:
        return self.chunk.replace("#", str(number))

    def feed(self, text: str) -> None:
        """Let the document grow."""
        raise NotImplementedError

    def take(self) -> Any:
        """Return the newest snapshot, and hold nothing of it."""
        raise NotImplementedError

    def grow(self) -> None:
        for _ in range(4):
            self.feed(self.chunk_at(self.count))
            self.count += 1
            self.take()


class JsonDocument(Document):
    """The value of a parser."""

    def __init__(self, shape: str) -> None:
        super().__init__(shape)
        self.parser = PartialJsonParser()
        self.begin()

    def feed(self, text: str) -> None:
        self.parser.feed(text)

    def take(self) -> Any:
        return self.parser.value


class ParserOutput(Document):
    """The newest output of a chain's JSON parser."""

    def __init__(self, shape: str) -> None:
        super().__init__(shape)
        self.text: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.parser = JsonOutputParser().transform(iter(self.text.get, None))
        self.newest: Any = None
        self.begin()

    def feed(self, text: str) -> None:
        self.text.put(text)
        # The parser has the newest output, too: what is held here is given up first.
        self.newest = None
        self.newest = next(self.parser)

    def take(self) -> Any:
        return self.newest


class Arguments(Document):
    """The arguments of a tool call in a sum of message chunks."""

    def __init__(self, shape: str) -> None:
        super().__init__(shape)
        self.parser = AIMessageChunk("")
        self.begin()

    def feed(self, text: str) -> None:
        name = None if self.parser.tool_call_chunks else "tool"
        part = tool_call_chunk(name=name, args=text, id=name, index=0)
        self.parser += AIMessageChunk("", tool_call_chunks=[part])

    def take(self) -> Any:
        return self.parser.tool_calls[0]["args"]


class Content(Document):
    """The content of a sum of message chunks, which is no JSON."""

    def __init__(self, shape: str) -> None:
        super().__init__(shape)
        self.parser = AIMessageChunk("")
        self.begin()

    def feed(self, text: str) -> None:
        self.parser += AIMessageChunk(text)

    def take(self) -> Any:
        return self.parser.content


OBJECTS = [shape for shape, (start, _) in SHAPES.items() if start[0] == "{"]
KINDS = [
    *[(JsonDocument, shape) for shape in SHAPES],
    *[(ParserOutput, shape) for shape in OBJECTS],
    *[(Arguments, shape) for shape in OBJECTS],
    (Content, "text"),
    (Content, "wide text"),
]


@pytest.fixture(params=KINDS, ids=lambda kind: f"{kind[0].__name__}, {kind[1]}")
def document(request: pytest.FixtureRequest) -> Iterator[Document]:
    kind, shape = request.param
    found = kind(shape)
    yield found
    # It has grown in the right way in the meantime.
    text = found.start + "".join(found.chunk_at(number) for number in range(found.count))
    if kind is Content:
        assert found.take() == text
    else:
        assert dumped(found.take()) == dumped(parse_partial_json(text))


def dumped(value: Any) -> str:
    """A picture of the value that shares no object with it."""
    return json.dumps(value)


def replaced(name: str, frame: types.FrameType) -> None:
    """Replace a local variable of a frame that is running, as a debugger does."""
    if sys.version_info >= (3, 13):
        frame.f_locals[name] = None
        return
    frame.f_locals[name] = None
    import ctypes

    ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))


# --- arguments -----------------------------------------------------------------------------------


def check_argument(value: Any, document: Document) -> str:
    before = dumped(value)
    document.grow()
    assert dumped(value) == before
    return before


def test_an_argument(document: Document) -> None:
    check_argument(document.take(), document)


def test_an_argument_that_the_function_deletes(document: Document) -> None:
    def holds(value: Any) -> Any:
        kept = [value]
        before = dumped(value)
        del value
        document.grow()
        assert dumped(kept[0]) == before
        return kept.pop()

    check_argument(holds(document.take()), document)


def test_named_and_starred_arguments(document: Document) -> None:
    def named(*, value: Any) -> None:
        check_argument(value, document)

    def starred(*values: Any, **named: Any) -> None:
        before = dumped([values, named])
        document.grow()
        assert dumped([values, named]) == before

    named(value=document.take())
    named(**{"value": document.take()})
    starred(document.take(), document.take(), a=document.take())
    starred(*[document.take()])


def test_an_argument_whose_caller_loses_its_variable(document: Document) -> None:
    def holds(value: Any) -> None:
        before = dumped(value)
        replaced("mine", sys._getframe(1))
        document.grow()
        assert dumped(value) == before

    mine = document.take()
    holds(mine)
    assert mine is None


def test_an_argument_while_the_others_are_evaluated(document: Document) -> None:
    def pair(value: Any, before: str, _: None) -> None:
        assert dumped(value) == before

    pair(document.take(), dumped(document.take()), document.grow())
    mine = document.take()
    pair(mine, dumped(mine), document.grow())


def test_an_argument_whose_variable_is_assigned_meanwhile(document: Document) -> None:
    def pair(value: Any, before: str, *_: Any) -> None:
        assert dumped(value) == before

    mine = document.take()
    pair(mine, dumped(mine), mine := None, document.grow())
    mine = document.take()

    def lose() -> None:
        replaced("mine", sys._getframe(1))

    pair(mine, dumped(mine), lose(), document.grow())
    assert mine is None


class Look:
    """An operand whose methods are handed the other one by the interpreter."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.looks = 0

    def __call__(self, value: Any, *_: Any) -> bool:
        self.looks += 1
        before = dumped(value)
        frame = sys._getframe(1)
        if "mine" in frame.f_locals:
            replaced("mine", frame)
        self.document.grow()
        assert dumped(value) == before
        return True

    __eq__ = __radd__ = __ror__ = __contains__ = __getitem__ = __call__  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]

    def __format__(self, _: str) -> str:
        return ""


OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {}


def operation(work: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    OPERATIONS[work.__name__] = work
    return work


# Each takes the snapshot out of its argument, which holds nothing of it afterwards.


@operation
def compares(take: Any, look: Look) -> None:
    mine = take()
    _ = mine == look


@operation
def adds(take: Any, look: Look) -> None:
    mine = take()
    mine + look


@operation
def adds_in_place(take: Any, look: Look) -> None:
    mine = take()
    if not isinstance(mine, list):  # a list asks an iterator
        mine += look


@operation
def joins(take: Any, look: Look) -> None:
    mine = take()
    mine | look


@operation
def asks_whether_it_is_in(take: Any, look: Look) -> None:
    mine = take()
    _ = mine in look


@operation
def subscribes(take: Any, look: Look) -> None:
    mine = take()
    look[mine]


@operation
def calls_through_c(take: Any, look: Look) -> None:
    mine = take()
    operator.call(look, mine) if sys.version_info >= (3, 11) else look(mine)


@operation
def applies_a_partial(take: Any, look: Look) -> None:
    functools.partial(look, take())()


@operation
def maps(take: Any, look: Look) -> None:
    list(map(look, iter([take()])))
    list(itertools.starmap(look, [(take(),)]))


@operation
def reduces(take: Any, look: Look) -> None:
    mine = take()
    functools.reduce(look, [None], mine)


@operation
def sorts(take: Any, look: Look) -> None:
    sorted([take()], key=look)
    max([take()], key=look)
    mine = take()
    max(mine, None, key=lambda value: 1 if value is None else look(value))


@operation
def sets_a_default(take: Any, look: Look) -> None:
    class Table(dict):  # type: ignore[type-arg]
        def __missing__(self, key: Any) -> Any:
            return look(key)

    mine = take()
    if isinstance(mine, str):
        Table()[mine]


@operation
def writes_an_attribute(take: Any, look: Look) -> None:
    class Owner:
        def __setattr__(self, name: str, value: Any) -> None:
            look(value)

    mine = take()
    Owner().value = mine


@operation
def yields_to_a_loop(take: Any, look: Look) -> None:
    for mine in (take() for _ in range(2)):
        look(mine)


@operation
def matches(take: Any, look: Look) -> None:
    match take():
        case mine if look(mine):
            pass


@pytest.mark.parametrize("work", OPERATIONS.values(), ids=OPERATIONS)
def test_an_operand(work: Callable[[Any, Any], Any], document: Document) -> None:
    look = Look(document)
    work(document.take, look)
    text = isinstance(document.take(), str)
    assert look.looks or (work in (adds_in_place, sets_a_default) and not text)


# --- the stack of a frame ------------------------------------------------------------------------


def test_a_container_that_is_being_built(document: Document) -> None:
    before = dumped(document.take())
    assert dumped((document.take(), document.grow())[0]) == before
    before = dumped(document.take())
    assert dumped([document.take(), document.grow()][0]) == before
    before = dumped(document.take())
    assert dumped({"a": document.take(), "b": document.grow()}["a"]) == before
    mine = document.take()
    before = dumped(mine)
    pair = (mine, mine := None, document.grow())
    assert dumped(pair[0]) == before
    del pair
    mine = document.take()
    before = dumped(mine)
    assert f"{dumped(mine)}{document.grow()}{dumped(mine)}" == f"{before}None{before}"


def test_a_comprehension(document: Document) -> None:
    mine = [document.take()]
    before = dumped(mine[0])
    assert [(mine.clear(), document.grow(), dumped(it))[2] for it in mine] == [before]
    kept = [(document.take(), document.grow()) for _ in range(3)]
    pictures = [dumped(value) for value, _ in kept]
    document.grow()
    assert [dumped(value) for value, _ in kept] == pictures
    assert len(set(pictures)) == 3


def test_a_loop_over_a_snapshot_that_nothing_else_holds(document: Document) -> None:
    length = len(document.take())
    count = 0
    for _ in document.take():
        count += 1
        if count < 5:
            document.grow()
    assert count == length


def test_an_inner_container_whose_outer_ones_are_gone(document: Document) -> None:
    value = document.take()
    while isinstance(value, dict | list) and value:
        value = value[-1] if isinstance(value, list) else list(value.values())[-1]
        check_argument(value, document)
    check_argument(value, document)


# --- frames that wait ----------------------------------------------------------------------------


def test_generators(document: Document) -> None:
    def holds(value: Any) -> Iterator[str]:
        while True:
            yield dumped(value)

    mine = document.take()
    generator = holds(mine)
    del mine
    document.grow()
    before = next(generator)
    document.grow()
    assert next(generator) == before
    lazy = (dumped(value) for value in [document.take()])
    before = dumped(document.take())
    document.grow()
    assert next(lazy) == before
    # The outermost iterable of an expression is evaluated at once.
    items = (item for item in document.take())
    length = len(document.take())
    document.grow()
    assert len(list(items)) == length


def test_a_value_between_two_generators(document: Document) -> None:
    def inner() -> Iterator[Any]:
        yield document.take()

    def outer() -> Iterator[Any]:
        yield from inner()

    kept = next(outer())
    check_argument(kept, document)
    sent: list[str] = []

    def receives() -> Iterator[None]:
        value = yield None
        before = dumped(value)
        yield None
        sent.extend([before, dumped(value)])
        yield None

    receiver: Any = receives()
    next(receiver)
    receiver.send(document.take())
    document.grow()
    next(receiver)
    assert sent[0] == sent[1]


async def test_coroutines(document: Document) -> None:
    async def holds(value: Any) -> None:
        before = dumped(value)
        await asyncio.sleep(0)
        document.grow()
        await asyncio.sleep(0)
        assert dumped(value) == before

    await asyncio.gather(holds(document.take()), holds(document.take()))
    await asyncio.create_task(holds(document.take()))


def test_threads_that_wait(document: Document) -> None:
    started, grown = threading.Event(), threading.Event()
    pictures: list[str] = []

    def holds(value: Any) -> None:
        pictures.append(dumped(value))
        started.set()
        assert grown.wait(30)
        pictures.append(dumped(value))

    thread = threading.Thread(target=lambda: holds(document.take()))
    thread.start()
    assert started.wait(30)
    document.grow()
    grown.set()
    thread.join(30)
    assert pictures[0] == pictures[1]


# --- what outlives a frame -----------------------------------------------------------------------


def test_the_traceback_of_an_exception(document: Document) -> None:
    def fails(value: Any) -> None:
        mine = value
        del value
        raise LookupError(dumped(mine))

    with pytest.raises(LookupError) as caught:
        fails(document.take())
    document.grow()
    frame = inspect.getinnerframes(caught.tb)[-1].frame
    assert dumped(frame.f_locals["mine"]) == str(caught.value)
    document.grow()
    assert dumped(frame.f_locals["mine"]) == str(caught.value)


def test_an_exception_that_carries_it(document: Document) -> None:
    try:
        raise LookupError(document.take())
    except LookupError as error:
        check_argument(error.args[0], document)
    try:
        next(iter([document.take()]))
        raise StopIteration(document.take())
    except StopIteration as error:
        check_argument(error.value, document)


def test_an_exception_while_it_is_on_the_stack(document: Document) -> None:
    def fails() -> None:
        document.grow()
        raise LookupError

    mine = document.take()
    before = dumped(mine)
    with pytest.raises(LookupError):
        print([mine, (mine := mine), fails()])
    document.grow()
    assert dumped(mine) == before


def test_closures_defaults_and_contexts(document: Document) -> None:
    def closed(value: Any) -> Callable[[], str]:
        return lambda: dumped(value)

    def default(value: Any = document.take()) -> str:  # noqa: B008
        return dumped(value)

    variable: contextvars.ContextVar[Any] = contextvars.ContextVar("variable")
    context = contextvars.copy_context()
    context.run(variable.set, document.take())
    readers = [closed(document.take()), default, lambda: dumped(context[variable])]
    before = [read() for read in readers]
    document.grow()
    assert [read() for read in readers] == before


def test_objects_with_a_dictionary_or_slots(document: Document) -> None:
    class Slots:
        __slots__ = ("value",)

    slots, plain = Slots(), types.SimpleNamespace()
    slots.value, plain.value = document.take(), document.take()
    before = dumped([slots.value, plain.value])
    document.grow()
    assert dumped([slots.value, plain.value]) == before

    def loses(value: Any) -> None:
        picture = dumped(value)
        del slots.value, plain.value
        document.grow()
        assert dumped(value) == picture

    loses(slots.value)


# --- those who look from outside -----------------------------------------------------------------


def test_local_variables_seen_from_outside(document: Document) -> None:
    def own() -> None:
        mine = document.take()
        before = dumped(mine)
        seen = sys._getframe().f_locals
        document.grow()
        assert dumped(seen["mine"]) == before
        kept = locals()
        del mine
        document.grow()
        assert dumped(kept["mine"]) == before

    own()


def test_a_debugger_that_takes_variables_away_at_each_instruction(document: Document) -> None:
    seen: list[tuple[str, str]] = []

    def program() -> None:
        mine = document.take()
        before = dumped(mine)
        seen.append((before, dumped((mine, None)[0])))
        mine = document.take()
        before = dumped(mine)
        pair = (mine, mine, len(before))
        seen.append((before, dumped(pair[0])))

    for lost in range(60):
        instructions = itertools.count()

        def trace(
            frame: types.FrameType,
            event: str,
            _: Any,
            lost: int = lost,
            instructions: Iterator[int] = instructions,
        ) -> Any:
            if frame.f_code is not program.__code__:
                return None
            frame.f_trace_opcodes = True
            if event == "opcode" and next(instructions) == lost and "mine" in frame.f_locals:
                kept = dumped(frame.f_locals["mine"])
                replaced("mine", frame)
                document.grow()
                assert kept
            return trace

        before_tracing = sys.gettrace()
        sys.settrace(trace)
        try:
            program()
        except TypeError:
            pass  # it was None already when it was looked at
        finally:
            sys.settrace(before_tracing)
    assert len(seen) > 60
    null = ("null", 4)
    assert all(now in (before, *null) for before, now in seen)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in CPython 3.12")
def test_a_monitor_that_is_shown_arguments(document: Document) -> None:
    if sys.version_info < (3, 12):
        return
    monitoring = sys.monitoring
    tool = monitoring.DEBUGGER_ID
    seen: list[str] = []

    def shown(_: types.CodeType, __: int, ___: Any, argument: Any) -> None:
        before = dumped(argument)
        document.grow()
        assert dumped(argument) == before
        seen.append(before)

    def program() -> None:
        id(document.take())
        mine = document.take()
        id(mine)

    monitoring.use_tool_id(tool, "test")
    try:
        events = monitoring.events
        monitoring.register_callback(
            tool,
            events.CALL,
            lambda code, at, call, argument: (
                shown(code, at, call, argument) if call is id else None
            ),
        )
        monitoring.set_local_events(tool, program.__code__, events.CALL)
        program()
    finally:
        monitoring.set_local_events(tool, program.__code__, 0)
        monitoring.register_callback(tool, monitoring.events.CALL, None)
        monitoring.free_tool_id(tool)
    assert len(seen) == 2


def test_the_containers_that_the_collector_finds(document: Document) -> None:
    def found() -> list[Any]:
        parts = gc.get_referents(document.parser)
        return [part for part in parts if isinstance(part, dict | list)]

    document.take()
    kept = found()
    before = dumped(kept)
    document.grow()
    assert dumped(kept) == before


# --- objects whose count is not that of their holders --------------------------------------------


def test_texts_that_are_interned_and_hashed() -> None:
    parser = PartialJsonParser()
    parser.feed(f'"{LONG}')
    for number in range(20):
        # The table of interned strings holds them without counting.
        sys.intern(parser.value)
        hash(parser.value)
        parser.feed(f"more {number}")
        assert sys.intern((parser.value + "?")[:-1]) == parser.value
        assert {parser.value: 1}[(parser.value + "?")[:-1]] == 1
    assert sys.intern("".join([LONG])) == LONG


@pytest.mark.parametrize("text", ["", "a", "é"])
def test_texts_that_are_the_interpreters_own(text: str) -> None:
    parser = PartialJsonParser()
    parser.feed(f'"{text}')
    kept = parser.value
    assert kept is text or kept == text
    parser.feed("bcd" * 400)
    parser.feed("e")
    assert (kept, "", "a", "é") == (text, "".join([]), chr(97), chr(0xE9))
