"""Reading prompts from files, in the form that older versions wrote."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from headrace.dropin.core._api.deprecation import deprecated
from headrace.output_parsers.string import StrOutputParser
from headrace.prompts.base import BasePromptTemplate
from headrace.prompts.chat import ChatPromptTemplate
from headrace.prompts.few_shot import FewShotPromptTemplate
from headrace.prompts.prompt import PromptTemplate

__all__ = [
    "_load_examples",
    "_load_few_shot_prompt",
    "_load_output_parser",
    "_load_prompt",
    "_load_prompt_from_file",
    "_load_template",
    "load_prompt",
    "load_prompt_from_config",
]

logger = logging.getLogger("headrace.dropin")

_INSTEAD = (
    "Use `dumpd`/`dumps` from `langchain_core.load` to serialize prompts and `load`/`loads` to "
    "deserialize them."
)


def _checked(name: str, allow_dangerous_paths: bool) -> Path:
    """Return a path that a file names.

    Raises:
        ValueError: If it leads out of the folder and that is not allowed.
    """
    path = Path(name)
    if not allow_dangerous_paths:
        if path.is_absolute():
            raise ValueError(
                f"Path '{path}' is absolute. Absolute paths are not allowed in prompt files. "
                "Use relative paths, or pass `allow_dangerous_paths=True` if you trust the input."
            )
        if ".." in path.parts:
            raise ValueError(
                f"Path '{path}' contains '..' components, which are not allowed in prompt files. "
                "Use relative paths, or pass `allow_dangerous_paths=True` if you trust the input."
            )
    return path


def _read(path: Path, encoding: str | None, wrong: str) -> Any:
    """Return the parsed content of a JSON or YAML file.

    Raises:
        ValueError: With this text, if it is a file of another kind.
    """
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding=encoding))
    if path.suffix in (".yaml", ".yml"):
        return import_module("yaml").safe_load(path.read_text(encoding=encoding))
    raise ValueError(wrong)


def _load_template(
    var_name: str, config: dict[str, Any], *, allow_dangerous_paths: bool = False
) -> dict[str, Any]:
    """Read a template from the file that a configuration names, if it names one.

    Args:
        var_name: The key of the template; with the suffix `_path`, the key of the file.
        config: The configuration; it is changed.
        allow_dangerous_paths: If true, the file may be anywhere.

    Returns:
        `config`.

    Raises:
        ValueError: If there are both, or the file is not a text file.
    """
    key = f"{var_name}_path"
    if key in config:
        if var_name in config:
            raise ValueError(f"Both `{key}` and `{var_name}` cannot be provided.")
        path = _checked(config.pop(key), allow_dangerous_paths).resolve()
        if path.suffix != ".txt":
            raise ValueError(
                f"Unsupported template file format: '{path.suffix}'. Only '.txt' files are "
                "supported."
            )
        config[var_name] = path.read_text(encoding="utf-8")
    return config


def _load_examples(
    config: dict[str, Any], *, allow_dangerous_paths: bool = False
) -> dict[str, Any]:
    """Read examples from the file that a configuration names, if it names one.

    Args:
        config: The configuration; it is changed.
        allow_dangerous_paths: If true, the file may be anywhere.

    Returns:
        `config`.

    Raises:
        ValueError: If the examples are neither a list nor the name of a file.
    """
    examples = config["examples"]
    if isinstance(examples, str):
        wrong = "Invalid file format. Only json or yaml formats are supported."
        config["examples"] = _read(_checked(examples, allow_dangerous_paths), "utf-8", wrong)
    elif not isinstance(examples, list):
        raise ValueError("Invalid examples format. Only list or string are supported.")
    return config


def _load_output_parser(config: dict[str, Any]) -> dict[str, Any]:
    """Replace the description of an output parser by the parser.

    Args:
        config: The configuration; it is changed.

    Returns:
        `config`.

    Raises:
        ValueError: If the parser is of a kind that files cannot describe.
    """
    parser = config.get("output_parser")
    if parser:
        if parser.get("_type") != "default":
            raise ValueError(f"Unsupported output parser {parser.get('_type')}")
        config["output_parser"] = StrOutputParser(**parser)
    return config


def _load_prompt(config: dict[str, Any], *, allow_dangerous_paths: bool = False) -> PromptTemplate:
    """Return the prompt that a configuration describes."""
    _load_template("template", config, allow_dangerous_paths=allow_dangerous_paths)
    _load_output_parser(config)
    if config.get("template_format") == "jinja2":
        raise ValueError(
            "Loading templates with 'jinja2' format is no longer supported since it can lead to "
            "arbitrary code execution. Please use the 'f-string' template format."
        )
    return PromptTemplate(**config)


def _load_few_shot_prompt(
    config: dict[str, Any], *, allow_dangerous_paths: bool = False
) -> FewShotPromptTemplate:
    """Return the prompt with examples that a configuration describes."""
    for name in ("suffix", "prefix"):
        _load_template(name, config, allow_dangerous_paths=allow_dangerous_paths)
    if "example_prompt_path" in config:
        if "example_prompt" in config:
            raise ValueError(
                "Only one of example_prompt and example_prompt_path should be specified."
            )
        path = _checked(config.pop("example_prompt_path"), allow_dangerous_paths)
        config["example_prompt"] = _load_prompt_from_file(
            path, allow_dangerous_paths=allow_dangerous_paths
        )
    else:
        config["example_prompt"] = _from_config(config["example_prompt"], allow_dangerous_paths)
    _load_examples(config, allow_dangerous_paths=allow_dangerous_paths)
    _load_output_parser(config)
    return FewShotPromptTemplate(**config)


def _load_chat_prompt(
    config: dict[str, Any], *, allow_dangerous_paths: bool = False
) -> ChatPromptTemplate:
    """Return the chat prompt that a configuration describes: one message of one template."""
    messages = config.pop("messages")
    config.pop("input_variables")
    template = messages[0]["prompt"].pop("template") if messages else None
    if not template:
        raise ValueError("Can't load chat prompt without template")
    return ChatPromptTemplate.from_template(template=template, **config)


type_to_loader_dict: dict[str, Callable[..., BasePromptTemplate[Any]]] = {
    "prompt": _load_prompt,
    "few_shot": _load_few_shot_prompt,
    "chat": _load_chat_prompt,
}
"""The loader for each type of config."""


def _from_config(config: dict[str, Any], allow_dangerous_paths: bool) -> BasePromptTemplate[Any]:
    if "_type" not in config:
        logger.warning("No `_type` key found, defaulting to `prompt`.")
    kind = config.pop("_type", "prompt")
    if kind not in type_to_loader_dict:
        raise ValueError(f"Loading {kind} prompt not supported")
    return type_to_loader_dict[kind](config, allow_dangerous_paths=allow_dangerous_paths)


def _load_prompt_from_file(
    file: str | Path, encoding: str | None = None, *, allow_dangerous_paths: bool = False
) -> BasePromptTemplate[Any]:
    """Return the prompt that a file describes."""
    path = Path(file)
    config = _read(path, encoding, f"Got unsupported file type {path.suffix}")
    return _from_config(config, allow_dangerous_paths)


@deprecated(since="1.2.21", removal="2.0.0", alternative=_INSTEAD, package="langchain-core")
def load_prompt_from_config(
    config: dict[str, Any], *, allow_dangerous_paths: bool = False
) -> BasePromptTemplate[Any]:
    """Return the prompt that a configuration describes.

    Args:
        config: The configuration; it is changed.
        allow_dangerous_paths: If true, files that it names may be anywhere.

    Raises:
        ValueError: If the configuration is wrong.
    """
    return _from_config(config, allow_dangerous_paths)


@deprecated(since="1.2.21", removal="2.0.0", alternative=_INSTEAD, package="langchain-core")
def load_prompt(
    path: str | Path, encoding: str | None = None, *, allow_dangerous_paths: bool = False
) -> BasePromptTemplate[Any]:
    """Return the prompt that a file describes.

    Args:
        path: The file, of JSON or YAML.
        encoding: Its encoding.
        allow_dangerous_paths: If true, files that it names may be anywhere.

    Raises:
        RuntimeError: If the path is one of LangChain's hub, which is gone.
        ValueError: If the file is wrong.
    """
    if isinstance(path, str) and path.startswith("lc://"):
        raise RuntimeError(
            "Loading from LangChain's old hub is no longer supported; its hub of today is "
            "https://smith.langchain.com/hub."
        )
    return _load_prompt_from_file(path, encoding, allow_dangerous_paths=allow_dangerous_paths)
