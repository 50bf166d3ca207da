import pickle
import subprocess
import sys

import pytest

from headrace.exceptions import MissingKeyError, ModelAuthenticationError
from headrace.providers import init_chat_model
from headrace.providers.extras import load_extra, require_extra
from headrace.providers.keys import find_key, require_key
from headrace.providers.known import PROVIDERS, provider_and_model


@pytest.mark.parametrize(
    ("model", "provider", "expected"),
    [
        ("openai:gpt-4o", None, ("openai", "gpt-4o")),
        ("gpt-4o", None, ("openai", "gpt-4o")),
        ("GPT-4o", None, ("openai", "GPT-4o")),
        ("o3-mini", None, ("openai", "o3-mini")),
        ("o4-mini", None, ("openai", "o4-mini")),
        ("claude-sonnet-4-5", None, ("anthropic", "claude-sonnet-4-5")),
        ("mixtral-8x7b", None, ("mistralai", "mixtral-8x7b")),
        ("deepseek-chat", None, ("deepseek", "deepseek-chat")),
        ("grok-4", None, ("xai", "grok-4")),
        ("accounts/fireworks/models/x", None, ("fireworks", "accounts/fireworks/models/x")),
        ("ollama:llama3:8b", None, ("ollama", "llama3:8b")),
        ("llama3:8b", "ollama", ("ollama", "llama3:8b")),
        ("gpt-4o", "azure-openai", ("azure_openai", "gpt-4o")),
        ("mistral:ministral-8b", None, ("mistralai", "ministral-8b")),
        ("openai:gpt-oss", "groq", ("groq", "openai:gpt-oss")),
    ],
)
def test_provider_and_model(model, provider, expected):
    assert provider_and_model(model, provider) == expected


@pytest.mark.parametrize(
    ("model", "provider", "begins"),
    [
        ("nobody-knows", None, "Unable to infer model provider for model='nobody-knows'"),
        ("nobody:knows", None, "Unable to infer model provider for model='nobody:knows'"),
        ("gpt-4o", "nobody", "Unsupported model_provider='nobody'"),
    ],
)
def test_unknown_provider_lists_those_known(model, provider, begins):
    with pytest.raises(ValueError, match=begins) as raised:
        init_chat_model(model, model_provider=provider)
    for known in PROVIDERS:
        assert known in str(raised.value)


def test_configurable_model_without_a_model_says_how_to_choose_one():
    with pytest.raises(ValueError, match="configurable"):
        init_chat_model().invoke("hi")


def test_configurable_model_hides_keys_and_can_be_pickled():
    fields = {"api_key": "sk-very-secret", "default_headers": {"authorization": "sk-very-secret"}}
    model = init_chat_model("openai:gpt-4o", configurable_fields="any", temperature=0, **fields)
    tool = {
        "type": "mcp",
        "server_url": "https://x",
        "headers": {"authorization": "sk-very-secret"},
    }
    bound = model.bind_tools([tool])
    for shown in (repr(model), repr(bound), str(model), repr(bound | str)):
        assert "very-secret" not in shown
    assert "'temperature': 0" in repr(model)
    assert "bind_tools" in repr(bound)
    again = pickle.loads(pickle.dumps(bound))
    assert again == bound
    assert again.kwargs == bound.kwargs


@pytest.mark.parametrize(
    ("named", "fields"),
    [
        ("openai:m", {"n": 0}),
        ("openai:m", {"temperature": "x"}),
        ("openai:m", {"api_key": ["sk-1"]}),
        ("groq:m", {"groq_api_key": "sk-1", "n": 0}),
        ("azure_openai:m", {"azure_ad_token": ["sk-1"]}),
        ("azure_openai:m", {"base_url": "https://x"}),
        ("anthropic:m", {"x": 1, "model_kwargs": {"x": 2}}),
        ("anthropic:m", {"temperature": "x"}),
        ("anthropic:m", {"api_key": ["sk-1"]}),
        ("anthropic:m", {"mcp_servers": "sk-1"}),
    ],
)
def test_keys_are_not_told_with_what_is_wrong(named, fields):
    with pytest.raises(ValueError, match="validation error") as raised:
        init_chat_model(named, **{"api_key": "sk-1", **fields})
    assert "sk-1" not in str(raised.value) + repr(raised.value)


def test_keys(monkeypatch):
    monkeypatch.delenv("ONE_KEY", raising=False)
    monkeypatch.setenv("OTHER_KEY", "from-the-environment")
    assert find_key(None, ["ONE_KEY"]) is None
    found = find_key(None, ["ONE_KEY", "OTHER_KEY"])
    assert found is not None
    assert found.get_secret_value() == "from-the-environment"
    assert "environment" not in repr(found)
    assert require_key("given", ["OTHER_KEY"], user="X").get_secret_value() == "given"
    with pytest.raises(MissingKeyError, match=r"X has no key: .* ONE_KEY or TWO_KEY") as raised:
        require_key(None, ["ONE_KEY", "TWO_KEY"], user="X")
    assert isinstance(raised.value, ModelAuthenticationError)


def test_missing_package_says_what_to_install():
    says = r"this needs the package headrace_nowhere: pip install 'headrace\[nowhere\]'"
    with pytest.raises(ImportError, match=says):
        require_extra("headrace_nowhere", extra="nowhere", user="this")
    with pytest.raises(ImportError, match=says):
        load_extra("headrace_nowhere", extra="nowhere", user="this")
    assert load_extra("json", extra="x", user="this").loads("1") == 1


def test_importing_providers_imports_no_sdk():
    code = (
        "import sys, headrace.providers; "
        "print([m for m in ('openai', 'anthropic', 'httpx', 'httpx2') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"
