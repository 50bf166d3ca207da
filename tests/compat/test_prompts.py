"""What prompts do, with the reference and with headrace."""

import collections
import contextlib
import copy
import importlib
import io
import json
import pickle
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

MODULES = (
    "callbacks",
    "documents",
    "example_selectors",
    "messages",
    "outputs",
    "prompt_values",
    "prompts",
    "prompts.base",
    "prompts.chat",
    "prompts.few_shot",
    "prompts.few_shot_with_templates",
    "prompts.image",
    "prompts.message",
    "prompts.string",
    "prompts.structured",
    "runnables",
    "utils.formatting",
    "utils.mustache",
)


class Answer(BaseModel):
    a: int


class Thing:
    x = 5

    def __str__(self):
        return "OBJ"


def names_of(library: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for module in MODULES:
        found = importlib.import_module(f"{library}.{module}")
        public = getattr(found, "__all__", None) or [it for it in vars(found) if it[0] != "_"]
        names.update({name: getattr(found, name) for name in public})
    text, chat = names["PromptTemplate"].from_template, names["ChatPromptTemplate"]
    question, answer = "{q}", "{a}"
    example = text(f"{question}->{answer}")
    examples = [{"q": "1", "a": "2"}, {"q": "3", "a": "4"}]

    class Selector(names["BaseExampleSelector"]):
        def add_example(self, example):
            raise NotImplementedError

        def select_examples(self, input_variables):
            print("selects by", input_variables)
            return examples

    class Watch(names["BaseCallbackHandler"]):
        def on_chain_start(self, serialized, inputs, **kwargs):
            print("START", serialized, inputs, without_ids(kwargs))

        def on_chain_end(self, outputs, **kwargs):
            print("END", repr(outputs), without_ids(kwargs))

        def on_chain_error(self, error, **kwargs):
            print("ERROR", repr(error), without_ids(kwargs))

    names.update(
        json=json,
        copy=copy,
        pickle=pickle,
        Sch=Answer,
        Obj=Thing,
        OD=collections.OrderedDict,
        UD=collections.UserDict,
        PT=text,
        C=chat,
        F=chat.from_messages,
        H=names["HumanMessagePromptTemplate"],
        MP=names["MessagesPlaceholder"],
        FS=names["FewShotPromptTemplate"],
        FT=names["FewShotPromptWithTemplates"],
        ex=example,
        exs=examples,
        cex=chat([("human", question), ("ai", answer)]),
        Sel=Selector,
        LS=lambda: names["LengthBasedExampleSelector"](
            examples=examples * 5, example_prompt=example, max_length=4
        ),
        S=lambda it: text(it, template_format="mustache").get_input_jsonschema(),
        M=lambda it, **values: text(it, template_format="mustache").format(**values),
        V=lambda it: text(it, template_format="mustache").input_variables,
        w={"callbacks": [Watch()]},
    )
    return names


def without_ids(kwargs):
    return {key: value for key, value in kwargs.items() if key not in ("run_id", "parent_run_id")}


REFERENCE = names_of("langchain_core")
OURS = names_of("headrace")


def evaluate(expression: str, names: dict[str, Any]) -> str:
    """What the expression gives, or says as an exception, after what it printed."""
    printed = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(printed):
        warnings.simplefilter("ignore")
        try:
            value = eval(expression, dict(names))
            given = json.dumps(value, sort_keys=True) if "$" in str(value) else repr(value)
        except Exception as error:
            given = f"{type(error).__name__}: {error}"
    return without_library(printed.getvalue() + given)


def without_library(text: str) -> str:
    text = re.sub(r"\b(langchain_core|headrace)(\.\w+)*\.", "", text)
    text = text.replace("langchain_core", "headrace")
    # The reference's errors end with a link to its documentation.
    text = re.sub(r"(\\n|\n)For troubleshooting, visit: https://docs\.langchain\.com\S+ ", "", text)
    text = re.sub(r", input_value=.*?, input_type=\w+\]", "]", text)
    text = re.sub(r"=<function \w+ at 0x[0-9a-f]+>", "=function", text)
    return re.sub(r"0x[0-9a-f]+", "0x", text)


EXPRESSIONS = [
    line
    for line in (Path(__file__).parent / "prompts.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_same_as_the_reference(expression: str) -> None:
    assert evaluate(expression, OURS) == evaluate(expression, REFERENCE)


def chain_of(lib, watch):
    prompts = importlib.import_module(f"{lib.package}.prompts")
    prompt = prompts.ChatPromptTemplate([("system", "{a}"), ("human", "{b}")])
    text = prompts.PromptTemplate.from_template(
        "{t}", tags=["own"], metadata={"m": 1}, name="texts"
    )
    chain = prompt | (lambda value: {"t": value.to_string()}) | text
    return chain.with_config(callbacks=[watch], tags=["outer"], metadata={"n": 2})


GIVEN: dict[str, Any] = {"whole": {"a": 1, "b": 2}, "lacking": {"a": 1}, "none": "x"}


@pytest.mark.parametrize("given", GIVEN.values(), ids=list(GIVEN))
def test_watchers_of_chains_hear_the_same(compare, attempting, given):
    def scenario(lib):
        watch = lib.watch()
        chain = chain_of(lib, watch)
        said = [
            attempting(lambda: chain.invoke(given)),
            attempting(lambda: list(chain.stream(given))),
            # Where one fails, how far the next has come by then is the scheduler's.
            attempting(
                lambda: chain.batch([given, given], {"max_concurrency": 1}, return_exceptions=True)
            ),
        ]
        return without_links([said, watch.events])

    assert compare(scenario)[1]


@pytest.mark.parametrize("given", GIVEN.values(), ids=list(GIVEN))
def test_watchers_of_async_chains_hear_the_same(compare, attempting, given):
    async def scenario(lib):
        watch = lib.watch(is_async=True)
        chain = chain_of(lib, watch)
        said = []
        try:
            said.append(repr(await chain.ainvoke(given)))
            said.append(repr([chunk async for chunk in chain.astream(given)]))
        except (KeyError, TypeError) as error:
            said.append(repr(error))
        return without_links([said, watch.events])

    assert compare(scenario)[1]


def without_links(value: Any) -> Any:
    """The same without the reference's links and the libraries' names."""
    if isinstance(value, (list, tuple)):
        return [without_links(item) for item in value]
    if isinstance(value, dict):
        return {key: without_links(item) for key, item in value.items()}
    return without_library(value) if isinstance(value, str) else value
