"""Additions to `headrace.language_models.base`."""

from __future__ import annotations

import warnings
from functools import cache
from importlib import import_module
from typing import Any

from headrace.dropin.installation import emulates

__all__ = ["_PACKAGE", "_get_token_ids_default_method"]

REPLACED = ("_PACKAGE",)

_PACKAGE = ("langchain-core", emulates)
"""The package that models name in their metadata."""


@cache
def _tokenizer() -> Any:
    try:
        tokenizers = import_module("transformers")
    except ImportError as error:
        raise ImportError(
            "Could not import transformers python package. This is needed in order to calculate "
            "get_token_ids. Please install it with `pip install transformers`."
        ) from error
    warnings.warn(
        "Tokens are counted with GPT-2's tokenizer, which is inaccurate for other models.",
        stacklevel=3,
    )
    return tokenizers.GPT2TokenizerFast.from_pretrained("gpt2")


def _get_token_ids_default_method(text: str) -> list[int]:
    """Return the tokens of a text for GPT-2.

    Raises:
        ImportError: If transformers is not installed.
    """
    tokens: list[int] = _tokenizer().encode(text, verbose=False)
    return tokens
