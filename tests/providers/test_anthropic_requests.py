"""What is asked: over the wire it equals what langchain-anthropic asks."""

import json
from collections.abc import Iterator
from typing import Any, Literal

import langchain_core.messages
import langchain_core.tools
import pytest
from pydantic import BaseModel, Field
from tests.providers.anthropic_kit import KEY, MODEL, both, ours, theirs, whole_message
from tests.providers.anthropic_requests import (
    CONVERSATIONS,
    NEWEST,
    SETTINGS,
    SYSTEM_IN_PLACE,
    TOOL,
)
from tests.replay_server import Answer, ReplayServer
from typing_extensions import TypedDict

import headrace.messages
import headrace.tools
from headrace.providers.anthropic import ChatAnthropic, convert_to_anthropic_tool

OF_OURS = headrace.messages, headrace.tools
OF_THEIRS = langchain_core.messages, langchain_core.tools


@pytest.fixture(scope="module")
def server() -> Iterator[ReplayServer]:
    answer = whole_message({"type": "text", "text": "ok"})
    with ReplayServer(answer=lambda _: answer) as made:
        yield made
        while MODELS:
            MODELS.pop()._client.close()


MODELS: list[Any] = []
"""Those that have asked, to be closed."""


def asked(server: ReplayServer, model: Any, given: Any, **kwargs: Any) -> Any:
    """What goes over the wire."""
    MODELS.append(getattr(model, "bound", model))
    model.invoke(given, **kwargs)
    request = server.requests[-1]
    betas = request.headers.get("anthropic-beta")
    return request.path, betas, request.headers["authorization"], request.body


@pytest.mark.parametrize("named", CONVERSATIONS)
def test_conversations(server: ReplayServer, named: str) -> None:
    here, there = both(server.url, {})
    reference = asked(server, there, CONVERSATIONS[named](langchain_core.messages))
    assert asked(server, here, CONVERSATIONS[named](headrace.messages)) == reference


@pytest.mark.parametrize("named", SYSTEM_IN_PLACE)
def test_system_messages_in_place(server: ReplayServer, named: str) -> None:
    here, there = both(server.url, NEWEST)
    reference = asked(server, there, SYSTEM_IN_PLACE[named](langchain_core.messages))
    assert asked(server, here, SYSTEM_IN_PLACE[named](headrace.messages)) == reference


@pytest.mark.parametrize("named", SETTINGS)
def test_settings(server: ReplayServer, named: str) -> None:
    fields, kwargs = SETTINGS[named]
    here, there = both(server.url, fields)
    assert asked(server, here, "Hi", **kwargs) == asked(server, there, "Hi", **kwargs)


class Weather(BaseModel):
    """Say how the weather is."""

    city: str = Field(description="Where")
    unit: Literal["C", "F"] = "C"


class Clock(TypedDict):
    """Say how late it is."""

    zone: int


def roll(sides: int) -> int:
    """Roll a die.

    Args:
        sides: How many sides it has.
    """
    return sides


def extra_tool(tools: Any) -> Any:
    extras = {"cache_control": {"type": "ephemeral"}, "defer_loading": True, "else": 1}
    return tools.tool(extras=extras)(roll)


def provided_tool(tools: Any) -> Any:
    definition = {"type": "memory_20250818", "name": "memory"}
    return tools.tool(extras={"provider_tool_definition": definition})(roll)


TOOLS: dict[str, Any] = {
    "a model": lambda _: Weather,
    "a typed dictionary": lambda _: Clock,
    "a function": lambda _: roll,
    "Anthropic's form": lambda _: TOOL,
    "OpenAI's form": lambda _: {
        "type": "function",
        "function": {"name": "f", "description": "d", "parameters": {"type": "object"}},
    },
    "a tool": lambda tools: tools.tool(roll),
    "a tool with more": extra_tool,
    "the provider's": provided_tool,
    "the provider's, in its form": lambda _: {
        "type": "web_search_20250305",
        "name": "web_search",
        "max_uses": 3,
    },
}
CHOICES: list[dict[str, Any]] = [
    {},
    {"tool_choice": "any"},
    {"tool_choice": "auto"},
    {"tool_choice": "roll", "parallel_tool_calls": False},
    {"tool_choice": {"type": "tool", "name": "roll"}, "parallel_tool_calls": True},
    {"parallel_tool_calls": False},
    {"strict": True},
    {"strict": False, "cache_control": {"type": "ephemeral"}},
]


@pytest.mark.parametrize("named", TOOLS)
def test_tools(server: ReplayServer, named: str) -> None:
    seen = []
    for make, tools in ((theirs, langchain_core.tools), (ours, headrace.tools)):
        model = make(server.url).bind_tools([TOOLS[named](tools)])
        seen.append(asked(server, model, "Hi"))
    assert seen[1] == seen[0]


@pytest.mark.parametrize("kwargs", CHOICES, ids=lambda kwargs: json.dumps(kwargs))
def test_choices(kwargs: Any) -> None:
    here, there = (make("http://127.0.0.1").bind_tools([roll, Weather], **kwargs).kwargs
                   for make in (ours, theirs))  # fmt: skip
    assert here == there


@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
@pytest.mark.parametrize("schema", [Weather, Clock, Weather.model_json_schema()])
def test_shapes_of_answers(method: str, schema: Any) -> None:
    here, there = (
        make("http://127.0.0.1").with_structured_output(schema, method=method).first.kwargs
        for make in (ours, theirs)
    )
    assert here == there


REFUSED: list[dict[str, Any]] = [
    {"model": "claude-fable-5", "top_k": 2},
    {"model": "claude-fable-5", "temperature": 0.5},
    {"model": "claude-sonnet-5-5", "top_p": 0.5},
    {"model": "claude-fable-5", "thinking": {"type": "disabled"}},
    {"model": "claude-opus-5", "thinking": {"type": "enabled", "budget_tokens": 1}},
    {"model": "claude-opus-5", "thinking": {"type": "disabled"}, "effort": "max"},
]


@pytest.mark.parametrize("fields", REFUSED, ids=lambda fields: json.dumps(fields))
def test_what_a_model_refuses(fields: dict[str, Any]) -> None:
    errors = []
    for make in (ours, theirs):
        with pytest.raises(ValueError, match="is not supported for") as caught:
            make("http://127.0.0.1", **fields)._get_request_payload("Hi")
        errors.append(str(caught.value))
    assert errors[0] == errors[1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([{"text": "no type"}], "must have a type"),
        ([{"type": "image_url", "image_url": {"url": "ftp://x"}}], "Malformed url"),
        ([{"type": "image", "url": "data:text/plain;base64,x"}], "Malformed url"),
        ([{"type": "audio", "base64": "x"}], "audio is not supported"),
    ],
)
def test_what_the_api_does_not_take(content: Any, message: str) -> None:
    for make, m in ((ours, headrace.messages), (theirs, langchain_core.messages)):
        with pytest.raises(ValueError, match=message):
            make("http://127.0.0.1")._get_request_payload([m.HumanMessage(content)])


def test_a_message_of_no_known_side_is_named() -> None:
    with pytest.raises(ValueError, match="'chat'"):
        ours("http://127.0.0.1")._get_request_payload(
            [headrace.messages.ChatMessage("Hi", role="judge")]
        )


def test_system_messages_in_the_middle_of_older_models() -> None:
    payloads = []
    for make, m in ((ours, headrace.messages), (theirs, langchain_core.messages)):
        model = make("http://127.0.0.1")
        said = [m.HumanMessage("Hi"), m.SystemMessage("Be brief."), m.HumanMessage("Go")]
        with pytest.warns(UserWarning, match="moved to the top-level `system`"):
            payloads.append(model._get_request_payload(said))
        with pytest.raises(ValueError, match="multiple non-consecutive system messages"):
            model._get_request_payload([m.SystemMessage("One."), *said])
    assert payloads[0] == payloads[1]


def test_system_blocks_that_the_api_does_not_take() -> None:
    payloads = []
    for make, m in ((ours, headrace.messages), (theirs, langchain_core.messages)):
        blocks = [{"type": "image", "url": "https://example.com"}, "Be brief."]
        with pytest.warns(UserWarning, match="'image' was dropped"):
            payload = make("http://127.0.0.1")._get_request_payload(
                [m.SystemMessage(blocks), m.HumanMessage("Hi")]
            )
        payloads.append(payload)
    assert payloads[0] == payloads[1]


def test_the_last_container_is_used_again() -> None:
    payloads = []
    for make, m in ((ours, headrace.messages), (theirs, langchain_core.messages)):
        metadata = {"container": {"id": "container_9"}}
        said = [m.HumanMessage("Hi"), m.AIMessage("ok", response_metadata=metadata)]
        model = make("http://127.0.0.1", reuse_last_container=True)
        payloads.append(model._get_request_payload(said)["container"])
        payloads.append(model._get_request_payload(said, container={"skills": []})["container"])
    assert payloads[:2] == payloads[2:] == ["container_9", {"skills": [], "id": "container_9"}]


def test_skills_need_code_execution() -> None:
    for make in (ours, theirs):
        model = make("http://127.0.0.1", container={"skills": [{"skill_id": "pptx"}]})
        with pytest.warns(UserWarning, match=r"[Ss]kills"):
            model._get_request_payload("Hi")


ODD = {"name": "odd", "description": "d", "input_schema": {"type": "object", "anyOf": [{}]}}


def test_tools_whose_schema_the_api_refuses() -> None:
    for make in (ours, theirs):
        model = make("http://127.0.0.1")
        with pytest.warns(UserWarning, match="Dropping tool 'odd'"):
            assert model.bind_tools([ODD, TOOL]).kwargs == {"tools": [TOOL]}
        for kwargs in ({"tool_choice": "odd"}, {"tool_choice": "any"}):
            with (
                pytest.warns(UserWarning, match="Dropping"),
                pytest.raises(ValueError, match="odd"),
            ):
                model.bind_tools([ODD, TOOL], **kwargs)
        with pytest.warns(UserWarning, match="Dropping"), pytest.raises(ValueError, match="All 1"):
            model.bind_tools([ODD])
    with pytest.raises(ValueError, match="Unrecognized 'tool_choice'"):
        ours("http://127.0.0.1").bind_tools([TOOL], tool_choice=3)


def test_a_model_that_thinks_cannot_be_forced() -> None:
    seen = []
    for make in (ours, theirs):
        model = make("http://127.0.0.1", thinking={"type": "enabled", "budget_tokens": 1024})
        with pytest.warns(UserWarning, match="tool_choice"):
            kwargs = model.bind_tools([TOOL], tool_choice="any", parallel_tool_calls=False).kwargs
        seen.append(kwargs)
    assert seen[0] == seen[1]


def test_older_form_of_the_output_format() -> None:
    for make in (ours, theirs):
        with pytest.warns(DeprecationWarning, match="output_format"):
            payload = make("http://127.0.0.1")._get_request_payload("Hi", output_format={"a": 1})
        assert payload["output_config"] == {"format": {"a": 1}}


def test_what_is_no_field_goes_to_the_provider() -> None:
    with pytest.warns(UserWarning, match="service_tier"):
        model = ours("http://127.0.0.1", service_tier="auto")
    assert model._get_request_payload("Hi")["service_tier"] == "auto"
    with pytest.warns(UserWarning, match="top_k"):
        assert ours("http://127.0.0.1", model_kwargs={"top_k": 2}).top_k == 2
    with pytest.raises(ValueError, match="top_k supplied twice"):
        ours("http://127.0.0.1", top_k=1, model_kwargs={"top_k": 2})


def test_defaults_of_models() -> None:
    from langchain_anthropic.data._profiles import _PROFILES

    for name, known in _PROFILES.items():
        here, there = (make("http://127.0.0.1", model=name) for make in (ours, theirs))
        assert here.max_tokens == there.max_tokens
        told = {k: v for k, v in known.items() if k not in ("name", "release_date", "last_updated")}
        assert here.profile == told, name
    longer = ours("http://127.0.0.1", betas=["context-1m-2025-08-07"], model="claude-haiku-4-5")
    assert longer.profile["max_input_tokens"] == 1_000_000


def test_what_observers_are_told() -> None:
    fields = {"temperature": 0.5, "max_tokens": 9, "effort": "low", "stop": ["a"]}
    here, there = both("http://127.0.0.1", fields)
    assert here._get_ls_params(stop=["b"]) == there._get_ls_params(stop=["b"])
    assert here._get_ls_params(max_tokens=3) == there._get_ls_params(max_tokens=3)
    assert here._identifying_params == there._identifying_params
    assert here._llm_type == there._llm_type
    # Headers from the environment are secret too; see `keys-in-headers` in docs/differences.md.
    headers = {"default_headers": "ANTHROPIC_CUSTOM_HEADERS"}
    assert here.lc_secrets == {**there.lc_secrets, **headers}
    told = [model.to_json() for model in (here, there)]
    assert told[0]["id"] == told[1]["id"]
    for one in told:
        one["kwargs"].pop("metadata", None)  # versions
        one["kwargs"].pop("profile", None)
        one["kwargs"].pop("output_version", None)
    assert told[0] == told[1]
    assert KEY not in json.dumps(told[0], default=str)


def test_the_environment_tells_where_and_who(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:2")
    monkeypatch.setenv("ANTHROPIC_PROXY", "http://127.0.0.1:3")
    model = ChatAnthropic(model=MODEL, api_key=None, base_url=None)
    assert model.anthropic_api_key.get_secret_value() == "sk-of-the-environment"
    assert (model.anthropic_api_url, model.anthropic_proxy) == (
        "http://127.0.0.1:2",
        "http://127.0.0.1:3",
    )
    monkeypatch.setenv("ANTHROPIC_API_URL", "http://127.0.0.1:1")
    assert ChatAnthropic(model=MODEL).anthropic_api_url == "http://127.0.0.1:1"


def test_describing_a_tool() -> None:
    from langchain_anthropic import convert_to_anthropic_tool as reference

    for tool in (Weather, Clock, roll, TOOL):
        for strict in (None, True, False):
            assert convert_to_anthropic_tool(tool, strict=strict) == reference(tool, strict=strict)


def test_counting_tokens() -> None:
    models = []
    with ReplayServer(answer=lambda _: Answer.whole({"input_tokens": 14})) as server:
        cases: list[dict[str, Any]] = [{}, {"betas": ["a-2025-01-01"], "context_management": {}}]
        for fields in cases:
            for make, m in ((ours, headrace.messages), (theirs, langchain_core.messages)):
                models.append(make(server.url, **fields))
                said = [m.SystemMessage("Be brief."), m.HumanMessage("Hi")]
                assert models[-1].get_num_tokens_from_messages(said, [roll]) == 14
            mine, reference = server.requests[-2:]
            assert (mine.path, mine.body) == (reference.path, reference.body)
        for model in models:
            model._client.close()
