"""What output parsers give and raise, streamed and invoked, on both libraries."""

import asyncio
import importlib
import json
from typing import Any

import pytest
from pydantic import BaseModel, Field
from tests.messages.recordings import chunks_of, recordings
from tests.output_parsers.expat import reading_at_once

from headrace import compat


@pytest.fixture(autouse=True, scope="module")
def _xml_is_read_at_once():
    with reading_at_once():
        yield


class Parsers:
    """The modules of a library that have to do with parsers."""

    def __init__(self, package: str) -> None:
        def module(name: str) -> Any:
            return importlib.import_module(f"{package}.{name}")

        self.o = module("output_parsers")
        self.base = module("output_parsers.base")
        self.transform = module("output_parsers.transform")
        self.tools = module("output_parsers.openai_tools")
        self.functions = module("output_parsers.openai_functions")
        self.m = module("messages")
        self.out = module("outputs")
        self.e = module("exceptions")
        self.prompts = module("prompt_values")


def said(error: BaseException) -> tuple[str, str]:
    """An exception, without the reference's links to its documentation."""
    lines = [line for line in str(error).splitlines() if not line.startswith("For troubleshooting")]
    text = "\n".join(lines).rstrip()
    # the latter is one of the former that has a position
    name = type(error).__name__.replace("XMLParseError", "OutputParserException")
    return name, text.replace("langchain_core", "headrace")


def plain(value: Any) -> Any:
    """Models as their class's name and fields, and numbers so that 1 and 1.0 differ."""
    if isinstance(value, BaseModel):
        return type(value).__name__, value.model_dump()
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return json.loads(json.dumps(value))


def given(func) -> Any:
    try:
        return plain(func())
    except Exception as error:
        return said(error)


def streamed(parser: Any, chunks: list[Any]) -> list[Any]:
    """What comes out and how it ends, the same by both ways."""

    async def source():
        for chunk in chunks:
            yield chunk

    async def run():
        values: list[Any] = []
        try:
            async for value in parser.atransform(source()):
                values.append(plain(value))
        except Exception as error:
            values.append(said(error))
        return values

    values: list[Any] = []
    try:
        for value in parser.transform(iter(chunks)):
            values.append(plain(value))
    except Exception as error:
        values.append(said(error))
    assert asyncio.run(run()) == values
    return values


def whole(parser: Any, value: Any) -> Any:
    """What `invoke` and `ainvoke` give or raise."""
    result = given(lambda: parser.invoke(value))
    assert given(lambda: asyncio.run(parser.ainvoke(value))) == result
    return result


class weather(BaseModel):
    """The arguments of a tool that the recordings call, all of it optional."""

    location: str | None = None
    city: str | None = None


class Point(BaseModel):
    x: int
    y: int = 2
    note: str | None = Field(default=None, max_length=4)


class Named(BaseModel):
    model_config = {"title": "f"}
    a: int


TEXT = {
    "str": lambda p: p.o.StrOutputParser(),
    "json": lambda p: p.o.JsonOutputParser(),
    "numbered": lambda p: p.o.NumberedListOutputParser(),
    "markdown": lambda p: p.o.MarkdownListOutputParser(),
    "model": lambda p: p.o.PydanticOutputParser(pydantic_object=Point),
}
TOOLS = {
    "tools": lambda p: p.o.JsonOutputToolsParser(),
    "tools with ids": lambda p: p.o.JsonOutputToolsParser(return_id=True),
    "first tool": lambda p: p.o.JsonOutputToolsParser(first_tool_only=True),
    "key": lambda p: p.o.JsonOutputKeyToolsParser(key_name="weather"),
    "key with ids": lambda p: p.o.JsonOutputKeyToolsParser(key_name="weather", return_id=True),
    "first key": lambda p: p.o.JsonOutputKeyToolsParser(key_name="weather", first_tool_only=True),
    "first key with id": lambda p: p.o.JsonOutputKeyToolsParser(
        key_name="weather", first_tool_only=True, return_id=True
    ),
    "models": lambda p: p.o.PydanticToolsParser(tools=[weather, Named]),
    "first model": lambda p: p.o.PydanticToolsParser(tools=[weather, Named], first_tool_only=True),
}


@pytest.mark.parametrize("path", recordings())
def test_recorded_streams(path, compare):
    fields = chunks_of(path)[:50]

    def scenario(lib):
        p = Parsers(lib.package)
        chunks = [p.m.AIMessageChunk(**json.loads(json.dumps(made))) for made in fields]
        results = {}
        for name, make in {**TEXT, **TOOLS}.items():
            parser = make(p)
            # that the reference leaves text in content blocks out of lists is a listed difference
            in_blocks = any(
                made["content"] and isinstance(made["content"], list) for made in fields
            )
            if name in ("numbered", "markdown") and in_blocks:
                continue
            results[name] = [streamed(parser, chunks)]
            if chunks:
                total = chunks[0]
                for chunk in chunks[1:]:
                    total = total + chunk
                results[name].append(whole(parser, total))
        return results

    compare(scenario)


def call(args, name=None, id=None, index=0):
    return {"name": name, "args": args, "id": id, "index": index}


STREAMS = {
    "no call": [[]],
    "one": [[call("", "weather", "1")], [call('{"ci')], [call('ty": "P')], [call('aris"}')]],
    "without arguments": [[call("", "weather", "1")], []],
    "None as arguments": [[call(None, "weather", "1")], [call(None)]],
    "a call without a name": [[call('{"a": 1}', None, "1")]],
    "two, one after another": [
        [call('{"city": 1', "f", "1")],
        [call("}")],
        [call('{"a":', "weather", "2", 1)],
        [call(" 2}", index=1)],
    ],
    "two at once": [
        [call('{"a": ', "f", "1"), call('{"city": "', "weather", "2", 1)],
        [call("1"), call("x", index=1)],
        [call("2}"), call('"}', index=1)],
    ],
    "empty arguments, and another call": [
        [call("", "weather", "1")],
        [call("{")],
        [call("}")],
        [call("", "weather", "2", 1)],
    ],
    "only others": [[call('{"a": 1', "f", "1")], [call("2}")]],
    "no object": [[call("[1", "f", "1")], [call(", 2]")]],
    "blanks first": [[call(" ", "f", "1")], [call('{"a": 3}')]],
    "cut off": [[call('{"a": "xy', "f", "1")]],
    "escapes": [[call('{"a": "\\u00', "f", "1")], [call('e9", "b": 1}')]],
    "nothing new": [[call('{"a": 1', "f", "1")], [], [call("}")], []],
    "cut off numbers": [[call('{"a": 1', "f", "1")], [call("0")], [call("0}")]],
}


@pytest.mark.parametrize("name", TOOLS)
def test_streamed_tool_calls(name, compare):
    def scenario(lib):
        p = Parsers(lib.package)
        results = {}
        for stream, parts in STREAMS.items():
            # what `\u` escapes show before they are whole is listed as a difference of messages
            if stream == "escapes":
                continue
            chunks = [p.m.AIMessageChunk("", tool_call_chunks=part) for part in parts]
            with compat.exact():
                results[stream] = streamed(TOOLS[name](p), chunks)
        return results

    compare(scenario)


MESSAGES = {
    "no call": lambda m: m.AIMessage("x"),
    "text": lambda m: "x",
    "one": lambda m: m.AIMessage(
        "x", tool_calls=[{"name": "weather", "args": {"city": "Paris"}, "id": "1"}]
    ),
    "two": lambda m: m.AIMessage(
        "x",
        tool_calls=[
            {"name": "f", "args": {"a": 1}, "id": "1"},
            {"name": "weather", "args": {"city": "Paris"}, "id": "2"},
        ],
    ),
    "unknown": lambda m: m.AIMessage("x", tool_calls=[{"name": "g", "args": {}, "id": "1"}]),
    "wrong": lambda m: m.AIMessage("x", tool_calls=[{"name": "f", "args": {"a": "q"}, "id": "1"}]),
    "raw": lambda m: m.HumanMessage("x", additional_kwargs={"tool_calls": raw('{"a": 1}')}),
    "raw and no object": lambda m: m.HumanMessage(
        "x", additional_kwargs={"tool_calls": raw("[1]")}
    ),
    "raw and empty": lambda m: m.HumanMessage("x", additional_kwargs={"tool_calls": []}),
    "raw and cut off": lambda m: m.HumanMessage(
        "x", additional_kwargs={"tool_calls": [*raw('{"a'), *raw('{"b": 1}'), *raw("no")]}
    ),
}


def raw(arguments, name="f"):
    return [{"id": "1", "type": "function", "function": {"name": name, "arguments": arguments}}]


@pytest.mark.parametrize("name", TOOLS)
def test_tool_calls_of_whole_messages(name, compare):
    def scenario(lib):
        p = Parsers(lib.package)
        return {key: whole(TOOLS[name](p), make(p.m)) for key, make in MESSAGES.items()}

    compare(scenario)


@pytest.mark.parametrize("name", TOOLS)
def test_streamed_calls_of_the_older_form(name, compare):
    def scenario(lib):
        p = Parsers(lib.package)
        chunks = [
            p.m.ChatMessageChunk(role="x", content=""),
            *(
                p.m.ChatMessageChunk(
                    role="x",
                    content="",
                    additional_kwargs={"tool_calls": [{**raw(text, called)[0], "index": 0}]},
                )
                for text, called in [("", "f"), ('{"a"', ""), (": 1", ""), ("}", "")]
            ),
        ]
        for chunk in chunks[2:]:
            del chunk.additional_kwargs["tool_calls"][0]["id"]
            del chunk.additional_kwargs["tool_calls"][0]["type"]
        return streamed(TOOLS[name](p), chunks)

    compare(scenario)


def test_raw_tool_calls(compare):
    def scenario(lib):
        tools = Parsers(lib.package).tools
        results = [
            given(lambda: tools.parse_tool_call({})),
            given(lambda: tools.make_invalid_tool_call(raw("no")[0], "wrong")),
            given(lambda: tools.parse_tool_calls([*raw("no"), *raw("{}"), *raw("yes", "g")])),
            given(lambda: tools.parse_tool_calls([*raw("no"), *raw("{}")], partial=True)),
        ]
        for arguments in (None, "", "null", "[]", "[1]", "1", '{"a": "x\ny"}', '{"a": 1', "no"):
            for keywords in ({}, {"partial": True}, {"strict": True}, {"return_id": False}):
                results.append(
                    given(
                        lambda arguments=arguments, keywords=keywords: tools.parse_tool_call(
                            raw(arguments, None)[0], **keywords
                        )
                    )
                )
        return results

    compare(scenario)


FUNCTIONS = {
    "text": lambda f: f.OutputFunctionsParser(),
    "text and name": lambda f: f.OutputFunctionsParser(args_only=False),
    "json": lambda f: f.JsonOutputFunctionsParser(),
    "json strictly": lambda f: f.JsonOutputFunctionsParser(strict=True),
    "json and name": lambda f: f.JsonOutputFunctionsParser(args_only=False),
    "key": lambda f: f.JsonKeyOutputFunctionsParser(key_name="x"),
    "missing key": lambda f: f.JsonKeyOutputFunctionsParser(key_name="z"),
    "model": lambda f: f.PydanticOutputFunctionsParser(pydantic_schema=Point),
    "models": lambda f: f.PydanticOutputFunctionsParser(pydantic_schema={"f": Point}),
    "attribute": lambda f: f.PydanticAttrOutputFunctionsParser(
        pydantic_schema=Point, attr_name="y"
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_calls(name, compare):
    def scenario(lib):
        p = Parsers(lib.package)
        parser = FUNCTIONS[name](p.functions)
        results = [
            whole(parser, "x"),
            whole(parser, p.m.AIMessage("x")),
            streamed(parser, ["x"]),
            streamed(parser, [p.m.AIMessageChunk("x")]),
            given(
                lambda: parser.parse_result(
                    [p.out.ChatGeneration(message=p.m.AIMessage("x")), p.out.Generation(text="y")]
                )
            ),
        ]
        texts = ('{"x": 1, "note": "a b "}', '{"x": 1', "no", "", None, "[1]", '{"x": "q\n"}')
        for text in texts:
            called = {"name": "f", "arguments": text}
            message = p.m.AIMessage("", additional_kwargs={"function_call": called})
            results.append(whole(parser, message))
            results.append(
                given(
                    lambda message=message: parser.parse_result(
                        [p.out.ChatGeneration(message=message)], partial=True
                    )
                )
            )
            if text == "[1]" and "key" in name:
                continue
            if text and "\n" in text and name == "json strictly":
                continue  # a difference, shown with the others
            chunks = [
                p.m.AIMessageChunk("", additional_kwargs={"function_call": part})
                for part in [
                    {"name": "f", "arguments": ""},
                    *({"arguments": letter} for letter in text or ""),
                ]
            ]
            results.append(streamed(parser, [p.m.AIMessageChunk(""), *chunks]))
        return results

    compare(scenario)


def test_two_schemas_need_the_name(compare):
    def scenario(lib):
        parser = Parsers(lib.package).functions.PydanticOutputFunctionsParser
        return given(lambda: parser(pydantic_schema={"f": Point}, args_only=True))

    compare(scenario)


DOCUMENTS = [
    '{"x": 1, "y": 30, "note": "abc"}',
    '```json\n{"x": 1}\n```',
    '{"y": 3, "x": "no"}',
    '{"x": 1, "note": "too long"}',
    '{"x": 1',
    "[1]",
    "null",
    "no",
    "",
]


@pytest.mark.parametrize("partial", [False, True])
def test_models(partial, compare):
    def scenario(lib):
        p = Parsers(lib.package)
        parser = p.o.PydanticOutputParser(pydantic_object=Point)
        results = []
        for text in DOCUMENTS:
            candidate = [p.out.Generation(text=text)]
            results.append(
                [
                    whole(parser, text),
                    whole(parser, p.m.AIMessage(text)),
                    given(lambda text=text: parser.parse(text)),
                    given(
                        lambda candidate=candidate: parser.parse_result(candidate, partial=partial)
                    ),
                    streamed(parser, list(text)),
                    streamed(parser, [p.m.AIMessageChunk(letter) for letter in text]),
                ]
            )
        return results

    compare(scenario)


def test_a_model_of_pydantic_1(compare):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pydantic.v1 import BaseModel as Old

    class Point1(Old):
        x: int

    def scenario(lib):
        p = Parsers(lib.package)
        parser = p.o.PydanticOutputParser(pydantic_object=Point1)
        values = list(parser.transform(iter(['{"x": ', "1", "2}"])))
        called = p.o.PydanticToolsParser(tools=[Point1]).invoke(
            p.m.AIMessage("", tool_calls=[{"name": "Point1", "args": {"x": 1}, "id": "1"}])
        )
        function = p.functions.PydanticOutputFunctionsParser
        message = p.m.AIMessage(
            "", additional_kwargs={"function_call": {"name": "f", "arguments": '{"x": 1}'}}
        )
        return [
            [value.dict() for value in values],
            parser.invoke('{"x": 1}').dict(),
            given(lambda: parser.invoke('{"x": "q"}')),
            [one.dict() for one in called],
            function(pydantic_schema=Point1).invoke(message).dict(),
            function(pydantic_schema={"f": Point1}).invoke(message).dict(),
        ]

    compare(scenario)


PATCHED = [
    '{"a": 1, "b": "xyz", "c": [1, [2, 3], {"d/e": null, "f~": true}]}',
    "[[], {}, 12, -1.5, false]",
    '"text"',
    "12",
    '{"a": {"b": {"c": "d"}}, "e": ""}',
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_changes_as_json_patch(size, compare):
    def scenario(lib):
        p = Parsers(lib.package)
        results = []
        for text in PATCHED:
            chunks = [text[i : i + size] for i in range(0, len(text), size)]
            for patch in streamed(p.o.JsonOutputParser(diff=True), chunks):
                # which of several new keys is first is by chance in the reference
                results.append(sorted(patch, key=json.dumps))
            parts = [
                p.m.AIMessageChunk("", additional_kwargs={"function_call": {"arguments": chunk}})
                for chunk in chunks
            ]
            parser = p.functions.JsonOutputFunctionsParser(diff=True)
            for patch in streamed(parser, parts):
                results.append(sorted(patch, key=json.dumps))
        return results

    compare(scenario)


def test_changes_of_tool_calls_have_no_form(compare):
    def scenario(lib):
        p = Parsers(lib.package)
        chunk = p.m.AIMessageChunk("", tool_call_chunks=[call('{"a": 1}', "f", "1")])
        return streamed(p.o.JsonOutputToolsParser(diff=True), [chunk])

    compare(scenario)


LISTS = {
    "numbered": lambda p: p.o.NumberedListOutputParser(),
    "markdown": lambda p: p.o.MarkdownListOutputParser(),
    "comma": lambda p: p.o.CommaSeparatedListOutputParser(),
    "numbered otherwise": lambda p: p.o.NumberedListOutputParser(pattern=r"\d+\)\s([^\n]+)"),
}
LIST_TEXTS = [
    "1. one\n2. two\n\n10. ten",
    "Here they are: 1. one 2. two\n1.\nbelow\n3. \n",
    "- one\n* two\n  - three\n-four\n-\nfive\n - ",
    "a, b,c ,  d",
    "one",
    "1) one\n2) two",
    "",
]


@pytest.mark.parametrize("name", LISTS)
def test_lists(name, compare):
    def scenario(lib):
        p = Parsers(lib.package)
        parser = LISTS[name](p)
        return [
            [
                whole(parser, text),
                whole(parser, p.m.AIMessage(text)),
                streamed(parser, [text]),
                streamed(parser, list(text)),
                streamed(
                    parser, [p.m.AIMessageChunk(text[i : i + 3]) for i in range(0, len(text), 3)]
                ),
            ]
            for text in LIST_TEXTS
            # what a line end at a cut does to values is listed as a difference
            if name != "comma" or "\n" not in text
        ]

    compare(scenario)


XML_TEXTS = [
    "<a/>",
    "<a> <b>1</b><b/><c>x<d>2</d>y</c></a>",
    "<a>q<b>1</b></a>",
    "Here: 1 < 2 <a><b>1</b></a> and more <x>",
    "```xml\n<a>1</a>\n```",
    "<?xml version='1.0' encoding='utf-8'?>\n<a>&lt;1<!-- no --><![CDATA[&]]></a>",
    "<a><b>1</b><c>",
    "<a><b>1</b></c>",
    "<a:b xmlns:a='u' k='1'>1</a:b>",
    "no",
    "",
]


@pytest.mark.parametrize("library", ["defusedxml", "xml"])
def test_xml(library, compare):
    def scenario(lib):
        p = Parsers(lib.package)
        parser = p.o.XMLOutputParser(parser=library)
        results = []
        for text in XML_TEXTS:
            results.append([whole(parser, text), whole(parser, p.m.AIMessage(text))])
            for chunks in ([text], list(text), [p.m.AIMessageChunk(letter) for letter in text]):
                values = streamed(parser, chunks)
                # the class and words of the error are listed as a difference
                results.append([value for value in values if not isinstance(value, tuple)])
        return results

    compare(scenario)


def test_xml_with_entities_is_refused(compare):
    text = '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'

    def scenario(lib):
        return whole(Parsers(lib.package).o.XMLOutputParser(), text)

    assert compare(scenario)[0] == "EntitiesForbidden"


def subclasses(p):
    """What people write for LangChain."""

    class YesOrNo(p.o.BaseOutputParser[bool]):
        yes: str = "YES"

        def parse(self, text):
            if text.strip() not in (self.yes, "NO"):
                raise p.e.OutputParserException(f"neither: {text}", llm_output=text)
            return text.strip() == self.yes

        @property
        def _type(self):
            return "yes_or_no"

        def get_format_instructions(self):
            return f"Answer {self.yes} or NO."

    class Candidates(p.o.BaseGenerationOutputParser[int]):
        def parse_result(self, result, *, partial=False):
            return len(result) * 100 + len(result[0].text)

    class Loud(p.o.BaseTransformOutputParser[str]):
        def parse(self, text):
            return text.upper()

    class Doubled(p.o.StrOutputParser):
        def parse(self, text):
            return text * 2

    class Words(p.o.BaseCumulativeTransformOutputParser[list]):
        def parse_result(self, result, *, partial=False):
            words = result[0].text.split()
            return (words or None) if partial else words

        def parse(self, text):
            return text.split()

        def _diff(self, prev, next):
            return next[len(prev or ()) :]

    class Titles(p.o.JsonOutputParser):
        def parse_result(self, result, *, partial=False):
            value = super().parse_result(result, partial=partial)
            return {"title": value["a"]} if value and "a" in value else None

    class Semicolons(p.o.ListOutputParser):
        def parse(self, text):
            return [part.strip() for part in text.split(";")]

    class Bracketed(p.o.ListOutputParser):
        def parse(self, text):
            return [match[1] for match in self.parse_iter(text)]

        def parse_iter(self, text):
            import re

            return re.finditer(r"\[(\w+)\]", text)

    class Names(p.o.JsonOutputToolsParser):
        def parse_result(self, result, *, partial=False):
            return [called["type"] for called in super().parse_result(result, partial=partial)]

    return [
        YesOrNo(),
        YesOrNo(yes="OUI"),
        Candidates(),
        Loud(),
        Doubled(),
        Words(),
        Words(diff=True),
        Titles(),
        Semicolons(),
        Bracketed(),
        Names(),
    ]


SAID = ["YES", " NO\n", "no", '{"a": 1, "b": 2}', "a b  c ", "x; y;z", "[a] [b][c"]


@pytest.mark.parametrize("index", range(11))
def test_subclasses(index, compare):
    def scenario(lib):
        p = Parsers(lib.package)
        parser = subclasses(p)[index]
        results = [given(lambda: parser.get_name()), given(lambda: repr(parser))]
        for name in ("get_format_instructions", "asdict"):
            if hasattr(parser, name) and index < 7:
                results.append(given(lambda name=name: getattr(parser, name)()))
        for text in SAID:
            results.append(
                [
                    whole(parser, text),
                    whole(parser, p.m.AIMessage(text)),
                    streamed(parser, list(text)),
                    streamed(parser, [p.m.AIMessageChunk(text[:2]), p.m.AIMessageChunk(text[2:])]),
                    given(lambda text=text: parser.parse_result([p.out.Generation(text=text)])),
                    given(lambda text=text: list(parser.stream(text))),
                    given(lambda text=text: parser.batch([text, text])),
                ]
            )
            if hasattr(parser, "parse"):
                prompt = p.prompts.StringPromptValue(text="?")
                results.append(
                    [
                        given(
                            lambda text=text, prompt=prompt: parser.parse_with_prompt(text, prompt)
                        ),
                        given(lambda text=text: asyncio.run(parser.aparse(text))),
                    ]
                )
        parts = [
            p.m.AIMessageChunk("", tool_call_chunks=part)
            for part in ([call('{"a"', "f", "1")], [call(": 1}")])
        ]
        results.append(streamed(parser, parts))
        return results

    compare(scenario)


@pytest.mark.parametrize("is_async", [False, True])
def test_runs(is_async, compare):
    async def scenario(lib):
        p = Parsers(lib.package)
        seen = []
        message = p.m.AIMessageChunk('{"x": 1}', tool_call_chunks=[call('{"a": 1}', "f", "1")])
        for make in (*TEXT.values(), *TOOLS.values()):
            parser = make(p)
            watch = lib.watch(is_async=is_async)
            config = {"callbacks": [watch], "tags": ["t"], "run_name": "named"}
            if is_async:
                seen.append(plain(await parser.ainvoke(message, config)))
                seen.append([plain(value) async for value in parser.astream(message, config)])

                async def source():
                    yield message

                seen.append([plain(value) async for value in parser.atransform(source(), config)])
            else:
                seen.append(plain(parser.invoke(message, config)))
                seen.append([plain(value) for value in parser.transform(iter([message]), config)])
            seen.append([(event, kwargs.get("run_type")) for event, _, kwargs in watch.events])
        return seen

    compare(scenario)


def test_schemas_and_serialization(compare):
    def scenario(lib):
        p = Parsers(lib.package)
        results = []
        for make in (*TEXT.values(), *TOOLS.values(), *LISTS.values()):
            parser = make(p)
            results.append(
                [
                    given(lambda parser=parser: parser.get_output_jsonschema()),
                    given(lambda parser=parser: parser.get_name()),
                    given(lambda parser=parser: parser.is_lc_serializable()),
                    [name.replace("langchain_core", "headrace") for name in parser.lc_id()],
                    given(lambda parser=parser: parser._type),
                    repr(parser.OutputType),
                ]
            )
        return results

    compare(scenario)
