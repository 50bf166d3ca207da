"""headrace and langchain-core write the same, and read what the other has written."""

import json

import pytest
from tests.load.objects import OBJECTS, UNLOADABLE, Library
from tests.reference import needs_current

import headrace.load

langchain_load = pytest.importorskip("langchain_core.load")
HEADRACE, LANGCHAIN = Library("headrace"), Library("langchain_core")
pytestmark = pytest.mark.filterwarnings("ignore:The function `load:Warning")


@pytest.mark.parametrize("name", [*OBJECTS, *UNLOADABLE])
def test_both_write_the_same(name):
    make = {**OBJECTS, **UNLOADABLE}[name]
    ours = headrace.load.dumpd(make(HEADRACE))
    assert ours == langchain_load.dumpd(make(LANGCHAIN))


@pytest.mark.parametrize("name", OBJECTS)
def test_headrace_reads_what_langchain_writes(name):
    written = langchain_load.dumps(OBJECTS[name](LANGCHAIN))
    loaded = headrace.load.loads(written, allowed_objects="core")
    expected = OBJECTS[name](HEADRACE)
    assert type(loaded) is type(expected)
    assert headrace.load.dumpd(loaded) == json.loads(written)
    if name not in ("data", "keys"):
        assert loaded == expected


@pytest.mark.parametrize("name", OBJECTS)
def test_langchain_reads_what_headrace_writes(name):
    written = headrace.load.dumps(OBJECTS[name](HEADRACE))
    loaded = langchain_load.loads(written, allowed_objects="all")
    assert type(loaded) is type(OBJECTS[name](LANGCHAIN))
    assert langchain_load.dumpd(loaded) == json.loads(written)


@pytest.mark.parametrize("name", UNLOADABLE)
def test_classes_inside_are_left_out_on_request(name):
    written = langchain_load.dumpd(UNLOADABLE[name](LANGCHAIN))
    with pytest.raises(NotImplementedError, match="builtins"):
        headrace.load.load(written, allowed_objects="core")
    loaded = headrace.load.load(written, allowed_objects="core", ignore_unserializable_fields=True)
    assert loaded == UNLOADABLE[name](HEADRACE)
    assert loaded.invoke({"a": "b"}).text == "hi b"


@needs_current
@pytest.mark.parametrize("size", ["messages", "core"])
def test_both_allow_the_same_ids(size):
    from langchain_core.load.load import _get_default_allowed_class_paths

    theirs = _get_default_allowed_class_paths(size)
    ours = {
        path for path in headrace.load.Reviver(size).allowed_class_paths if "headrace" not in path
    }
    missing = {path for path in theirs - ours if _is_wanted(path)}
    assert not missing
    assert not {path for path in ours - theirs if size == "messages"}


def _is_wanted(path):
    # headrace has no agents of its own; pipelines are no longer in langchain-core.
    absent = {"RunnableEachBase", "DynamicRunnable", "pipeline"}
    return not (path[-1] in absent or "Agent" in path[-1])


@pytest.mark.parametrize(
    ("provider", "langchain", "arguments"),
    [
        ("openai.ChatOpenAI", "langchain_openai", {"model": "gpt-4o", "temperature": 0.5}),
        ("anthropic.ChatAnthropic", "langchain_anthropic", {"model": "claude", "max_tokens": 9}),
    ],
)
def test_models_of_providers_go_both_ways(provider, langchain, arguments, monkeypatch):
    home, name = provider.split(".")
    ours = getattr(pytest.importorskip(f"headrace.providers.{home}"), name)
    theirs = getattr(pytest.importorskip(langchain), name)
    variable = f"{home.upper()}_API_KEY"
    monkeypatch.delenv(variable, raising=False)
    secrets = {variable: "sk-secret"}

    written = headrace.load.dumps(ours(api_key="sk-secret", **arguments))
    assert "sk-secret" not in written
    there = langchain_load.loads(written, allowed_objects="all", secrets_map=secrets)
    assert type(there) is theirs

    back = headrace.load.loads(
        langchain_load.dumps(there), allowed_objects="all", secrets_map=secrets
    )
    assert type(back) is ours
    for field, value in arguments.items():
        assert getattr(back, {"model": "model"}.get(field, field)) == value
    with pytest.raises(ValueError, match=f"'{name}'.* not allowed"):
        headrace.load.loads(written, secrets_map=secrets)
