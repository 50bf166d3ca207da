"""An expression over messages, evaluated with the reference and with headrace, made comparable."""

import importlib
import re
import warnings
from typing import Any

from pydantic import ValidationError

PAIRS = (
    "messages",
    "messages.ai",
    "messages.content",
    "messages.tool",
    "messages.utils",
    "utils._merge",
)


def names_of(library: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for module in PAIRS:
        found = importlib.import_module(f"{library}.{module}")
        public = getattr(found, "__all__", None) or vars(found)
        names.update({name: getattr(found, name) for name in public})
    names["C"] = names["AIMessageChunk"]
    return names


REFERENCE = names_of("langchain_core")
OURS = names_of("headrace")


def evaluate(expression: str, names: dict[str, Any]) -> Any:
    """What the expression gives, or says as an exception."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = eval(expression, dict(names))
        except ValidationError as error:
            return "ValidationError", sorted({str(it["loc"][0]) for it in error.errors()})
        except Exception as error:
            return type(error).__name__, without_library(str(error))
    return normal(value)


def normal(value: Any) -> Any:
    """Messages as their class's name and their fields, types included."""
    if hasattr(value, "model_dump"):
        return type(value).__name__, normal(value.model_dump())
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [normal(item) for item in value]
    if isinstance(value, str):
        return without_library(str(value))
    return type(value).__name__, value


def without_library(text: str) -> str:
    text = re.sub(r"\b(langchain_core|headrace)\.[\w.]*\.", "", text)
    # Ids that are made up differ each time.
    return re.sub(r"lc_[0-9a-f]{8}-[0-9a-f-]{27}", "lc_ID", text)
