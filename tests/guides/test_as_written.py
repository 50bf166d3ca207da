"""The programs of the guides as they are written, imports and the provider's model replaced.

The guides are not part of this repository. Each program is also in the other tests of this folder,
in a form of its own.
"""

import ast
import asyncio
import builtins
import itertools
import re
import types
import warnings

import pytest
from tests.compat.events import Comparer
from tests.shared import SHARED, SKIPPED

from headrace.messages import AIMessage, AIMessageChunk

from .kit import LIBRARIES
from .scripts import COUNTRIES, COUNTRIES_QUESTION
from .test_interfaces import USAGE, shelf
from .test_stream import names_of_whole
from .test_tools import Claude, usage

FOLDER = SHARED / "guides"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=SKIPPED.format("guides"))


def guide(name):
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def run(programs, kit, **names):
    """Run programs one after another in one namespace; give what they print and end with."""
    comparer = Comparer()
    shown = []

    def show(*values, **_):
        shown.append(comparer.value(values))

    namespace = {"__name__": "__main__", "__builtins__": builtins, "print": show, **names}

    async def run_all():
        for program in programs:
            tree = ast.parse(program.replace("langchain_core", kit.package))
            last = tree.body[-1]
            if isinstance(last, ast.Expr):
                call = ast.Call(ast.Name("print", ast.Load()), [last.value], [])
                tree.body[-1] = ast.copy_location(ast.Expr(call), last)
                ast.fix_missing_locations(tree)
            code = compile(tree, "guide", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            running = types.FunctionType(code, namespace)()
            if running is not None:
                await running

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the reference calls old
        asyncio.run(run_all())
    return shown


def on_both(programs, names):
    """Run programs on both libraries; what they show must be the same."""
    theirs, ours = (run(programs, kit, **names(kit)) for kit in LIBRARIES)
    assert ours == theirs
    return ours


def fenced(text, language="python"):
    found = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return [re.sub(r"<!--IMPORTS.*?-->\n", "", block) for block in found]


def test_streaming_from_a_tool():
    text = guide("streaming-from-a-tool")
    expected, end, streamed = fenced(text, "output")
    pieces = re.findall(r"AIMessageChunk\(content='(.*?)'", streamed)
    chunks = [AIMessageChunk(piece) for piece in pieces]
    chunks[0].usage_metadata = usage(182, 0)
    chunks[-1].usage_metadata = usage(0, 16)
    chunks[-1].response_metadata = {"stop_reason": "end_turn", "stop_sequence": None}
    shown = on_both(
        fenced(text), lambda kit: {"model": kit.says_as("ChatAnthropic", Claude, chunks)}
    )
    assert repr(shown[0][0]) == expected.strip()
    # both of the tool's forms tell of the model's end: where the guide's needs Python 3.11, too
    events = [one for (one,) in shown[1:]]
    ends = [one for one in events if one["event"] == "on_chat_model_end"]
    assert len(ends) == 2
    for one in ends:
        assert repr(one["data"]["output"][1]["content"]) in end
        assert one["data"]["output"][1]["usage_metadata"] == usage(182, 16)
        assert one["tags"] == ["seq:step:2"]
        assert f"'ls_temperature': {one['metadata']['ls_temperature']}" in end
    streams = [one for one in events if one["event"] == "on_chat_model_stream"]
    assert [one["data"]["chunk"][1]["content"] for one in streams] == pieces
    assert all(len(one["parent_ids"]) == 1 for one in streams)


def programs_of_part_nine():
    """Its paragraphs that are programs; one is for graphs alone, which are not here."""
    for paragraph in guide("part-9-streaming").split("\n\n"):
        program = "\n".join(line.rstrip() for line in paragraph.splitlines())
        try:
            tree = ast.parse(program)
        except SyntaxError:
            continue
        is_a_value = len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr)
        if "\n" in program and not is_a_value and "stream_mode" not in program:
            yield program


def names_of_part_nine(kit):
    told = AIMessage("Once upon a time.", usage_metadata=USAGE)
    question = kit.ChatPromptTemplate.from_messages([("human", "{question}")])
    return {
        "ChatOpenAI": lambda **_: kit.says(told),
        "HumanMessage": kit.HumanMessage,
        "AIMessage": kit.AIMessage,
        "prompt": kit.RunnableLambda(lambda x: {"question": "", **x}) | question,
        "parser": kit.StrOutputParser(),
        "graph": shelf(kit),
        "input": {"messages": [kit.HumanMessage(content="hi")]},
        "inputs": [{"question": "1"}, {"question": "2"}],
        "config": {"tags": ["called"]},
    }


def test_part_nine():
    programs = list(programs_of_part_nine())
    for part in (
        "model.stream(",
        "chain.stream(",
        "graph.astream_events(input, config",
        "include_types=",
        "async def chat()",
        "async def chat_events",
        "full + chunk",
        "chain.batch(",
        "chain.abatch(",
        "batch_as_completed",
        "chain.stream_log",
    ):
        assert any(part in program for program in programs), part

    # `chat` and `chat_events` are only defined there
    def uses(program):
        yield program.replace("from langchain_openai import ChatOpenAI\n", "")
        if program.startswith("async def chat("):
            yield "[token async for token in chat()]"
        if program.startswith("async def chat_events("):
            yield "[sent async for sent in chat_events('How is the weather?')]"

    done = [use for program in programs for use in uses(program)]
    # the reference's `stream_log` is not to be read with `async for`; what is ready first is chance
    apart = ("stream_log", "batch_as_completed")
    shown = on_both([one for one in done if not any(it in one for it in apart)], names_of_part_nine)
    assert ["Once upon a time."] in shown
    assert [USAGE] in shown
    ours = run(done, LIBRARIES[1], **names_of_part_nine(LIBRARIES[1]))
    assert any("finished first" in str(one) for one in ours)
    assert any("RunLogPatch" in str(one) for one in ours)


def test_names_of_configurable_models():
    text = guide("migrating-events-to-v2")
    (program,) = [one for one in re.findall(r"```\n(.*?)```", text, re.DOTALL) if "model =" in one]
    lines = [line.strip() for line in program.splitlines() if line.strip()]
    program = "\n".join(lines)
    kit = LIBRARIES[1]
    names = {
        "GenericFakeChatModel": kit.GenericFakeChatModel,
        "ConfigurableField": kit.ConfigurableField,
        "infinite_cycle": itertools.cycle([kit.AIMessage(content="hello world!")]),
    }
    for version, name in (("v1", "RunnableConfigurableFields"), ("v2", "GenericFakeChatModel")):
        uses = f"[e['name'] async for e in model.astream_events('hi', version={version!r})]"
        ((shown,),) = run([program, uses], kit, **names)
        assert set(shown) == {name}
        assert f"`{name}`" in text


def shown_in(text, start):
    """An output in the guide on streams, from how it starts."""
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    return next(block.strip("\n") for block in blocks if block.startswith(start))


@pytest.mark.parametrize("start", ["The| sky", "Here|'s", "Base|d on"])
async def test_what_chains_show(start):
    """The model says what the guide's said; chains give it piece by piece."""
    kit = LIBRARIES[1]
    output = shown_in(guide("how-to-stream"), start)
    prompt = kit.ChatPromptTemplate.from_template("{topic}")
    chain = prompt | kit.says(output.split("|")[:-1]) | kit.StrOutputParser()
    pieces = [f"{chunk}|" async for chunk in chain.astream({"topic": "parrot"})]
    assert "".join(pieces) == output


async def test_what_the_parser_shows():
    kit = LIBRARIES[1]
    text = guide("how-to-stream")
    chain = kit.says(COUNTRIES) | kit.JsonOutputParser()
    values = [str(value) async for value in chain.astream(COUNTRIES_QUESTION)]
    assert "".join(values) == shown_in(text, "{}{'countries'")
    names = [f"{one}|" async for one in (chain | names_of_whole).astream(COUNTRIES_QUESTION)]
    assert "".join(names) == shown_in(text, "['France'")


@pytest.mark.parametrize("whole", [False, True])
async def test_what_events_show(whole):
    """Also behind a step that takes whole values."""
    kit = LIBRARIES[1]
    outputs = re.findall(
        r"```\n(Chat model chunk.*?)\.\.\.\n```", guide("how-to-stream"), re.DOTALL
    )
    chain = kit.says(COUNTRIES) | kit.JsonOutputParser()
    if whole:
        chain = chain | names_of_whole
    shown = ""
    async for event in chain.astream_events(COUNTRIES_QUESTION, version="v2"):
        if event["event"] == "on_chat_model_stream":
            shown += f"Chat model chunk: {event['data']['chunk'].content!r}"
        if event["event"] == "on_parser_stream":
            shown += f"Parser chunk: {event['data']['chunk']}"
    assert len(outputs) == 2
    assert shown.startswith(outputs[whole])
