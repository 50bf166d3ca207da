"""What the table against the reference does not show of prompts."""

import asyncio
import copy
import pickle
import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from headrace.callbacks import BaseCallbackHandler
from headrace.exceptions import HeadraceError
from headrace.language_models import ReplayChatModel
from headrace.messages import AIMessage, HumanMessage, SystemMessage
from headrace.output_parsers import StrOutputParser
from headrace.prompt_values import ChatPromptValue, StringPromptValue
from headrace.prompts import (
    BaseChatPromptTemplate,
    ChatMessagePromptTemplate,
    ChatPromptTemplate,
    DictPromptTemplate,
    FewShotChatMessagePromptTemplate,
    FewShotPromptTemplate,
    FewShotPromptWithTemplates,
    HumanMessagePromptTemplate,
    ImagePromptTemplate,
    MessagesPlaceholder,
    PromptTemplate,
    StringPromptTemplate,
    SystemMessagePromptTemplate,
)
from headrace.prompts.message import BaseMessagePromptTemplate
from headrace.prompts.structured import StructuredPrompt
from headrace.runnables import RunnableLambda

TEXT = PromptTemplate.from_template("{a} and {b!r:>5}")
EXAMPLES = [{"q": "1", "a": "2"}]
PAIR = ChatPromptTemplate([("human", "{q}"), ("ai", "{a}")])
IMAGE = {"type": "image_url", "image_url": {"url": "https://{host}/a.png", "detail": "low"}}

PROMPTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "text": (TEXT, {"a": 1, "b": "x"}),
    "partial": (TEXT.partial(a="z"), {"b": "x"}),
    "mustache": (
        PromptTemplate.from_template("{{#a}}{{b}}{{/a}}", template_format="mustache"),
        {"a": [{"b": 1}, {"b": 2}]},
    ),
    "jinja2": (
        PromptTemplate.from_template(
            "{% for x in a %}{{ x }}{% endfor %}", template_format="jinja2"
        ),
        {"a": [1, 2]},
    ),
    "chat": (
        ChatPromptTemplate(
            [("system", "{a}"), MessagesPlaceholder("h"), ("human", ["{a}", IMAGE]), PAIR]
        ),
        {"a": 1, "h": ["hello", ("ai", "hi")], "host": "x", "q": 2},
    ),
    "optional": (ChatPromptTemplate([("placeholder", "{h}"), AIMessage("{x}")]), {}),
    "role": (
        ChatPromptTemplate([ChatMessagePromptTemplate.from_template("{a}", role="judge")]),
        {"a": 1},
    ),
    "examples": (
        FewShotPromptTemplate(
            examples=EXAMPLES,
            example_prompt=PromptTemplate.from_template("{q}={a}"),
            prefix="{p}",
            suffix="{s}",
        ),
        {"p": 1, "s": 2},
    ),
    "examples between templates": (
        FewShotPromptWithTemplates(
            examples=EXAMPLES,
            example_prompt=PromptTemplate.from_template("{q}={a}"),
            prefix=PromptTemplate.from_template("{p}"),
            suffix=PromptTemplate.from_template("{s}"),
            input_variables=["p", "s"],
        ),
        {"p": 1, "s": 2},
    ),
    "examples as messages": (
        FewShotChatMessagePromptTemplate(examples=EXAMPLES, example_prompt=PAIR),
        {},
    ),
    "image": (ImagePromptTemplate(template={"url": "{a}"}, input_variables=["a"]), {"a": "x"}),
    "structured": (StructuredPrompt([("human", "{a}")], {"title": "T"}), {"a": 1}),
    "dictionary": (
        DictPromptTemplate(template={"a": ["{a}", 1]}, template_format="f-string"),
        {"a": 1},
    ),
}
EACH = pytest.mark.parametrize(("prompt", "variables"), PROMPTS.values(), ids=list(PROMPTS))


@EACH
async def test_async_gives_the_same(prompt, variables):
    value = prompt.invoke(variables)
    assert await prompt.ainvoke(variables) == value
    if not isinstance(prompt, DictPromptTemplate):
        assert prompt.format_prompt(**variables) == value
        assert await prompt.aformat_prompt(**variables) == value
    assert await prompt.aformat(**variables) == prompt.format(**variables)
    if isinstance(prompt, BaseChatPromptTemplate):
        assert prompt.format_messages(**variables) == value.messages
        assert await prompt.aformat_messages(**variables) == value.messages


@EACH
def test_copies_and_pickles_are_equal(prompt, variables):
    for twin in (
        pickle.loads(pickle.dumps(prompt)),
        copy.copy(prompt),
        copy.deepcopy(prompt),
        prompt.model_copy(deep=True),
    ):
        assert type(twin) is type(prompt)
        assert twin.model_dump() == prompt.model_dump()
        # The types of placeholders are unequal to their copies: pydantic's discriminators are.
        assert twin == prompt or any(prompt.input_types.values())
        assert twin.invoke(variables) == prompt.invoke(variables)


@EACH
def test_a_watched_run_gives_what_an_unwatched_one_does(prompt, variables):
    class Watch(BaseCallbackHandler):
        def __init__(self):
            self.outputs = []

        def on_chain_end(self, outputs, **kwargs):
            self.outputs.append(outputs)

    watch = Watch()
    assert prompt.invoke(variables, {"callbacks": [watch]}) == prompt.invoke(variables)
    assert watch.outputs == [prompt.invoke(variables)]


@EACH
def test_values_are_what_pydantic_would_have_made(prompt, variables):
    value = prompt.invoke(variables)
    if isinstance(value, (StringPromptValue, ChatPromptValue)):
        again = type(value)(**dict(value))
        assert value == again
        assert value.model_fields_set == again.model_fields_set - {"type"}
        assert value.model_dump() == again.model_dump()
        assert pickle.loads(pickle.dumps(value)) == value
        assert repr(value) == repr(again)
        assert value.to_json() == again.to_json()


# -- what is missing, and what is refused ----------------------------------------------------------


def test_a_missing_variable_is_named_with_those_given():
    with pytest.raises(KeyError) as caught:
        TEXT.invoke({"a": 1, "c": 2})
    said = caught.value.args[0]
    assert said == (
        "Input to PromptTemplate is missing variables {'b'}.  "
        "Expected: ['a', 'b'] Received: ['a', 'c']\n"
        "Note: if you intended {b} to be part of the string and not a variable, please escape it "
        "with double curly braces like: '{{b}}'."
    )


def test_several_missing_variables_are_named_in_order():
    prompt = PromptTemplate.from_template("{c}{a}{b}")
    with pytest.raises(KeyError, match=r"missing variables \{'a', 'b', 'c'\}"):
        prompt.invoke({})


@pytest.mark.parametrize(
    "template",
    [
        "{a.__class__}",
        "{a.__init__.__globals__}",
        "{a[0]}",
        "{a[password]}",
        "{a.b:>{c}}",
        "{a:{b}}",
        "{a:{b.__class__}}",
        "{a!r:{b[0]}}",
        "{0}",
        "{0.__class__}",
        "{}",
    ],
)
def test_f_string_templates_reach_into_nothing(template):
    blocks = [{"type": "text", "text": template}]
    makers = [
        lambda: PromptTemplate.from_template(template),
        lambda: PromptTemplate(template=template),
        lambda: PromptTemplate.from_examples([template], "", []),
        lambda: PromptTemplate.from_template("") + template,
        lambda: ChatPromptTemplate([("human", template)]),
        lambda: ChatPromptTemplate([("system", blocks)]),
        lambda: ChatPromptTemplate([("human", [{"type": "x", "inner": {"deep": [template]}}])]),
        lambda: ChatPromptTemplate(
            [("human", [{"type": "image_url", "image_url": {"url": template}}])]
        ),
        lambda: ImagePromptTemplate(template={"url": template}, input_variables=[]),
        lambda: DictPromptTemplate(template={"a": template}, template_format="f-string"),
        lambda: FewShotPromptTemplate(
            examples=[], example_prompt=PromptTemplate.from_template(""), suffix=template
        ),
        lambda: HumanMessage("a") + template,
    ]
    for make in makers:
        with pytest.raises(ValueError, match=r"[Vv]ariable name|format specifier|has no name"):
            make()


@pytest.mark.parametrize(
    "change",
    [
        lambda prompt: setattr(prompt, "template", "{a.__class__}"),
        lambda prompt: prompt.__dict__.update(template="{a.__class__}"),
    ],
)
def test_a_template_is_checked_however_it_came_there(change):
    for prompt in (PromptTemplate.from_template("{a}"), PromptTemplate.model_construct()):
        prompt.template, prompt.template_format, prompt.partial_variables = "{a}", "f-string", {}
        change(prompt)
        with pytest.raises(ValueError, match="attribute access"):
            prompt.format(a=1)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ self.__init__.__globals__ }}",
        "{{ a.__reduce__() }}",
        "{{ f.__globals__['sys'] }}",
        "{{ f.__code__.co_code }}",
        "{{ a['__class__']['__mro__'] }}",
        "{{ '{0.__class__.__mro__}'.format(a) }}",
        "{{ ('{a.__class__.__mro__}'|string).format_map({'a': a}) }}",
        "{{ range(10**9)|list }}",
        "{% for c in [].__class__.__base__.__subclasses__() %}{{ c }}{% endfor %}",
        "{{ joiner.__init__.__globals__['__builtins__'] }}",
        "{{ lipsum.__globals__.os.popen('id').read() }}",
        "{{ (g|first).gi_frame.f_globals }}",
    ],
)
def test_jinja2_stays_in_its_sandbox(template):
    from jinja2.exceptions import SecurityError, UndefinedError

    def function():
        return sys

    prompt = PromptTemplate.from_template(template, template_format="jinja2")
    values = {"a": object(), "f": function, "g": [(x for x in [1])]}
    with pytest.raises((SecurityError, UndefinedError, OverflowError, KeyError)):
        prompt.format(**values)


@pytest.mark.parametrize(
    "template",
    [
        "{{ a.__class__ }}",
        "{{ a.__class__.__init__ }}",
        "{{ a|attr('__class__')|attr('__mro__') }}",
    ],
)
def test_what_the_sandbox_hides_shows_as_nothing(template):
    prompt = PromptTemplate.from_template(template, template_format="jinja2")
    assert prompt.format(a=1) == ""


def test_without_jinja2_it_says_what_to_install(monkeypatch):
    from headrace.prompts import jinja

    jinja._environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2.sandbox", None)
    with pytest.raises(ImportError, match=r"pip install 'headrace\[jinja2\]'"):
        PromptTemplate.from_template("{{ not_read_before }}", template_format="jinja2")


# -- what a prompt gives is the caller's -----------------------------------------------------------


def test_changing_what_a_prompt_gave_changes_no_prompt():
    block = {"type": "x", "list": ["{a}"], "rest": {"b": [1]}}
    prompt = ChatPromptTemplate(
        [
            HumanMessagePromptTemplate.from_template("{a}", additional_kwargs={"k": 1}),
            HumanMessagePromptTemplate.from_template([block]),
        ]
    )
    first = prompt.invoke({"a": 1})
    first.messages[0].additional_kwargs["k"] = 2
    first.messages[1].content[0]["list"].append("more")
    first.messages[1].content[0]["rest"]["b"].append(2)
    first.messages.append(AIMessage("more"))
    second = prompt.invoke({"a": 1})
    assert second.messages == [
        HumanMessage("1", additional_kwargs={"k": 1}),
        HumanMessage([{"type": "x", "list": ["1"], "rest": {"b": [1]}}]),
    ]


def test_the_list_that_a_prompt_was_made_of_is_the_callers():
    messages: list[Any] = [("human", "{a}")]
    prompt = ChatPromptTemplate(messages)
    messages.append(("ai", "x"))
    prompt.append(("ai", "{b}"))
    assert len(messages) == len(prompt) == 2
    assert messages[1] == ("ai", "x")
    assert prompt.input_variables == ["a", "b"]


def test_partial_functions_are_asked_each_time():
    times = iter(range(9))
    prompt = ChatPromptTemplate(["{now}"]).partial(now=lambda: str(next(times)))
    assert [prompt.invoke({}).to_string() for _ in range(2)] == ["Human: 0", "Human: 1"]


def test_growing_keeps_what_is_partial():
    prompt = ChatPromptTemplate(["{a} {b}"]).partial(a=1)
    prompt.extend([("placeholder", "{h}"), ("ai", "{c}")])
    assert prompt.input_variables == ["b", "c"]
    assert prompt.optional_variables == ["h"]
    assert prompt.invoke({"b": 2, "c": 3}).to_string() == "Human: 1 2\nAI: 3"


# -- what users write ------------------------------------------------------------------------------


class Shouting(StringPromptTemplate):
    mark: str = "!"

    def format(self, **kwargs: Any) -> str:
        return "".join(str(kwargs[name]).upper() for name in self.input_variables) + self.mark


def test_a_users_string_prompt():
    prompt = Shouting(input_variables=["a"], mark="!!")
    assert prompt.invoke("x").to_string() == "X!!"
    assert (prompt | RunnableLambda(lambda it: it.to_string())).invoke({"a": "y"}) == "Y!!"
    message = SystemMessagePromptTemplate(prompt=prompt)
    assert ChatPromptTemplate([message]).invoke("z").messages == [SystemMessage("Z!!")]


class Twice(HumanMessagePromptTemplate):
    def format(self, **kwargs: Any) -> HumanMessage:
        message = super().format(**kwargs)
        return HumanMessage(message.content * 2)


def test_a_users_message_template():
    prompt = ChatPromptTemplate([Twice.from_template("{a}")])
    assert prompt.invoke("x").messages == [HumanMessage("xx")]


class Exact(PromptTemplate):
    def format(self, **kwargs: Any) -> str:
        return super().format(**kwargs).strip()


async def test_a_users_text_in_a_message():
    message = HumanMessagePromptTemplate(prompt=Exact.from_template(" {a} "))
    prompt = ChatPromptTemplate([message])
    assert prompt.invoke("x") == await prompt.ainvoke("x")
    assert prompt.invoke("x").messages == [HumanMessage("x")]


class Both(BaseMessagePromptTemplate):
    def format_messages(self, **kwargs: Any) -> list[Any]:
        return [HumanMessage(kwargs["q"]), AIMessage(kwargs["q"])]

    @property
    def input_variables(self) -> list[str]:
        return ["q"]


class Counting(ChatPromptTemplate):
    calls: int = 0

    def format_messages(self, **kwargs: Any) -> list[Any]:
        self.calls += 1
        return super().format_messages(**kwargs)


def test_users_chat_prompts():
    prompt = Counting([Both(), "{a}"])
    assert prompt.input_variables == ["a", "q"]
    value = prompt.invoke({"q": "x", "a": 1})
    assert value.messages == [HumanMessage("x"), AIMessage("x"), HumanMessage("1")]
    assert prompt.calls == 1


class Nonsense(BaseChatPromptTemplate):
    def format_messages(self, **kwargs: Any) -> list[Any]:
        return ["no message"]


def test_what_is_no_message_is_refused():
    with pytest.raises(ValueError, match="messages"):
        Nonsense(input_variables=[]).invoke({})


# -- in chains -------------------------------------------------------------------------------------


async def test_a_prompt_and_a_model():
    chain = ChatPromptTemplate(["{a}"]) | ReplayChatModel(text="good day")
    chunks = [chunk.content async for chunk in chain.astream({"a": 1})]
    assert "".join(chunks) == "good day"
    assert chain.invoke({"a": 1}).content == "good day"
    assert chain.get_prompts() == [ChatPromptTemplate(["{a}"])]


def test_the_step_before_hands_its_configuration_down():
    seen = []

    class Watch(BaseCallbackHandler):
        def on_chain_start(self, serialized, inputs, **kwargs):
            seen.append((kwargs["name"], kwargs["tags"]))

    prompt = PromptTemplate.from_template("{a}", tags=["mine"])
    outer = RunnableLambda(lambda value: prompt.invoke(value))
    outer.invoke({"a": 1}, {"callbacks": [Watch()], "tags": ["t"]})
    assert seen == [("RunnableLambda", ["t"]), ("PromptTemplate", ["t", "mine"])]


async def test_prompts_are_filled_at_once_by_many_tasks():
    prompt = ChatPromptTemplate([("system", "{a}"), ("human", "{b}")])
    values = await asyncio.gather(*(prompt.ainvoke({"a": i, "b": -i}) for i in range(50)))
    for i, value in enumerate(values):
        assert value.messages == [SystemMessage(str(i)), HumanMessage(str(-i))]


def test_a_structured_prompt_asks_the_model_for_its_schema():
    asked = []

    class Model(ReplayChatModel):
        def with_structured_output(self, schema, **kwargs):
            asked.append((schema, kwargs))
            return self | RunnableLambda(lambda message: {"answer": message.content})

    prompt = StructuredPrompt([("human", "{a}")], {"title": "T"}, strict=True)
    chain = prompt | Model(text="4")
    assert chain.invoke({"a": 1}) == {"answer": "4"}
    assert asked == [({"title": "T"}, {"strict": True})]
    assert prompt.pipe(Model(text="5"), lambda it: it["answer"], name="n").invoke("1") == "5"


def test_errors_of_templates_are_of_the_narrowest_kind():
    # A template's fault is the caller's: a ValueError, no error of this package.
    with pytest.raises(ValueError, match="Single '}'") as caught:
        PromptTemplate.from_template("}")
    assert not isinstance(caught.value, HeadraceError)


def test_what_reads_the_answer_is_an_output_parser():
    prompt = PromptTemplate.from_template("{a}", output_parser=StrOutputParser())
    assert prompt.model_dump()["output_parser"] == {"name": None}
    assert pickle.loads(pickle.dumps(prompt)) == prompt == copy.deepcopy(prompt)
    assert "output_parser" in PromptTemplate.model_json_schema()["properties"]
    for wrong in (RunnableLambda(str), StrOutputParser, 3):
        with pytest.raises(ValidationError, match=r"output_parser\n.*instance of BaseOutputParser"):
            PromptTemplate.from_template("{a}", output_parser=wrong)


def test_prompts_do_not_import_output_parsers():
    program = "import headrace.prompts, sys; print('headrace.output_parsers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert done.stdout.strip() == b"False"
