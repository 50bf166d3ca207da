"""Loading creates only what is allowed, and reports what it refuses."""

import json
import subprocess
import sys
from typing import Any

import pytest

from headrace.load import Reviver, Serializable, dumpd, dumps, load, loads
from headrace.messages import AIMessage, HumanMessage
from headrace.output_parsers import StrOutputParser
from headrace.prompts import PromptTemplate
from headrace.runnables import RunnableBranch, RunnableLambda


def constructor(*path: str, **kwargs: Any) -> dict[str, Any]:
    return {"lc": 1, "type": "constructor", "id": list(path), "kwargs": kwargs}


def secret(name: str) -> dict[str, Any]:
    return {"lc": 1, "type": "secret", "id": [name]}


MESSAGE = dumpd(AIMessage("hi"))
PROMPT = dumpd(PromptTemplate.from_template("hi {a}"))
FOREIGN = constructor("os", "path", "join")


class Custom(Serializable):
    """A user's class."""

    text: str
    key: str = ""

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return True

    @property
    def lc_secrets(self) -> dict[str, str]:
        return {"key": "CUSTOM_KEY"}

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        return ["mine"]


class TestAllowedObjects:
    @pytest.mark.parametrize("allowed", [None, "core", "all", "messages", [AIMessage]])
    def test_a_message_is_allowed(self, allowed):
        assert load(MESSAGE, allowed_objects=allowed) == AIMessage("hi")

    @pytest.mark.parametrize("allowed", ["messages", [AIMessage], []])
    def test_a_prompt_is_not_in_smaller_sets(self, allowed):
        with pytest.raises(ValueError, match="PromptTemplate.* is not allowed"):
            load(PROMPT, allowed_objects=allowed)

    @pytest.mark.parametrize("allowed", [None, "core", "all", "messages", [AIMessage], []])
    def test_a_foreign_class_is_never_allowed(self, allowed):
        with pytest.raises(ValueError, match="'join'.* is not allowed"):
            load([FOREIGN], allowed_objects=allowed)

    def test_an_unknown_set_is_refused(self):
        with pytest.raises(ValueError, match="not 'everything'"):
            load(MESSAGE, allowed_objects="everything")

    @pytest.mark.parametrize("wrong", [int, "AIMessage", AIMessage("x")])
    def test_a_list_holds_serializable_classes(self, wrong):
        with pytest.raises(TypeError, match="must contain Serializable"):
            load(MESSAGE, allowed_objects=[wrong])

    def test_a_class_of_a_list_is_itself_created(self):
        written = dumpd(Custom(text="x", key="sk"))
        with pytest.raises(ValueError, match="Invalid namespace"):
            load(written, allowed_objects=[Custom])
        loaded = load(
            written,
            allowed_objects=[Custom],
            valid_namespaces=["mine"],
            secrets_map={"CUSTOM_KEY": "sk"},
        )
        assert loaded == Custom(text="x", key="sk")

    def test_nothing_outside_the_list_is_imported(self):
        program = (
            "import sys\nfrom headrace.load import loads\n"
            "before = set(sys.modules)\n"
            "for path in (['antigravity', 'X'], ['langchain_core', 'antigravity', 'X'],\n"
            "             ['headrace', 'cli', 'main'], ['langchain', 'llms', 'openai', 'OpenAI']):\n"
            "    try:\n"
            "        import json\n"
            "        loads(json.dumps({'lc': 1, 'type': 'constructor', 'id': path, 'kwargs': {}}))\n"
            "    except ValueError: pass\n"
            "    else: raise SystemExit('loaded')\n"
            "print(sorted(set(sys.modules) - before))\n"
        )
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.strip() == "[]"

    def test_additional_mappings_are_allowed_in_named_sets(self):
        mapping = {("mine", "Prompt"): ("headrace", "prompts", "prompt", "PromptTemplate")}
        written = constructor("mine", "Prompt", template="x", input_variables=[])
        loaded = load(written, additional_import_mappings=mapping, valid_namespaces=["mine"])
        assert loaded == PromptTemplate.from_template("x")

    def test_a_mapping_to_something_else_is_refused(self):
        mapping = {("mine", "run"): ("subprocess", "run")}
        written = constructor("mine", "run", args="true")
        with pytest.raises(ValueError, match="Invalid namespace"):
            load(written, additional_import_mappings=mapping, valid_namespaces=["mine"])
        with pytest.raises(ValueError, match="not a serializable class"):
            load(
                written,
                additional_import_mappings=mapping,
                valid_namespaces=["mine", "subprocess"],
            )


class TestTemplates:
    @pytest.mark.parametrize("allowed", ["core", [PromptTemplate]])
    def test_jinja2_is_refused(self, allowed):
        written = {**PROMPT, "kwargs": {**PROMPT["kwargs"], "template_format": "jinja2"}}
        with pytest.raises(ValueError, match="jinja2 templates can run code"):
            load({"nested": [written]}, allowed_objects=allowed)

    def test_a_validator_of_ones_own(self):
        seen = []
        load(
            PROMPT, init_validator=lambda path, kwargs: seen.append((path[-1], kwargs["template"]))
        )
        assert seen == [("PromptTemplate", "hi {a}")]


class TestSecrets:
    def test_they_are_written_as_names(self):
        assert dumpd(Custom(text="x", key="sk"))["kwargs"]["key"] == secret("CUSTOM_KEY")

    def test_they_come_from_the_map(self):
        assert load({"a": secret("K")}, secrets_map={"K": "v"}) == {"a": "v"}

    def test_they_come_from_the_environment_on_request_only(self, monkeypatch):
        monkeypatch.setenv("K", "v")
        assert load(secret("K")) is None
        assert load(secret("K"), secrets_from_env=True) == "v"
        assert load(secret("MISSING"), secrets_from_env=True) is None

    @pytest.mark.parametrize("path", [[], ["a", "b"], "K", [1]])
    def test_a_wrong_id_is_named(self, path):
        with pytest.raises(ValueError, match="id of a secret"):
            load({"lc": 1, "type": "secret", "id": path})

    def test_a_marker_in_a_users_data_is_data(self):
        marker = secret("K")
        message = HumanMessage("x", additional_kwargs={"a": marker})
        assert load(dumpd(message), secrets_map={"K": "v"}).additional_kwargs == {"a": marker}

    def test_bound_secrets_are_hidden(self):
        written = dumps(StrOutputParser().bind(api_key="sk-secret-123"))
        assert "sk-secret" not in written


class TestData:
    @pytest.mark.parametrize(
        "data",
        [
            {"lc": 1},
            FOREIGN,
            {"a": [FOREIGN, {"lc": 2}]},
            {"__lc_escaped__": FOREIGN},
            {"__lc_escaped__": {"__lc_escaped__": 1}},
            {"lc": 1, "b": {"__lc_escaped__": FOREIGN}},
        ],
    )
    def test_dicts_that_look_serialized_stay_dicts(self, data):
        assert load(dumpd(data)) == data
        message = AIMessage("x", response_metadata={"d": data})
        assert loads(dumps(message)) == message

    def test_deep_documents_are_refused(self):
        deep: Any = "x"
        for _ in range(200):
            deep = [deep]
        assert load(deep) == deep
        with pytest.raises(ValueError, match="more than 200 levels"):
            load([deep])
        with pytest.raises(ValueError, match="more than 200 levels"):
            loads("[" * 100_000 + "]" * 100_000)

    def test_a_cycle_is_refused(self):
        data: dict[str, Any] = {}
        data["self"] = data
        with pytest.raises(ValueError, match="contains itself"):
            dumps(data)

    def test_unserializable_fields(self):
        written = dumpd({"a": RunnableLambda(len)})
        with pytest.raises(NotImplementedError, match="RunnableLambda"):
            load(written)
        assert load(written, ignore_unserializable_fields=True) == {"a": None}

    @pytest.mark.parametrize("path", ["AIMessage", [1, 2], [], ["langchain"], {}])
    def test_a_malformed_id_is_named(self, path):
        with pytest.raises(ValueError, match="list of names|not allowed"):
            load({"lc": 1, "type": "constructor", "id": path})

    def test_malformed_arguments_are_named(self):
        with pytest.raises(ValueError, match="`kwargs`"):
            load({**MESSAGE, "kwargs": ["x"]})

    def test_text_that_is_not_json(self):
        with pytest.raises(json.JSONDecodeError):
            loads("{")

    def test_options_of_json(self):
        assert dumps(1, pretty=True) == "1"
        assert dumps([1], pretty=True) == "[\n  1\n]"
        with pytest.raises(ValueError, match="default"):
            dumps(1, default=str)

    def test_a_reviver_handles_one_dict(self):
        assert json.loads(dumps([AIMessage("hi")]), object_hook=Reviver("messages")) == [
            AIMessage("hi")
        ]


def test_a_branch_survives():
    branch = RunnableBranch((StrOutputParser(), StrOutputParser()), StrOutputParser())
    assert load(dumpd(branch)) == branch
