"""Values from the environment, on both libraries."""

import importlib
from typing import Any

import pytest

PACKAGES = ("langchain_core", "headrace")
CASES: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("get_from_dict_or_env", ({"k": "v"}, "k", "SET_ONE"), {}),
    ("get_from_dict_or_env", ({"k": ""}, "k", "SET_ONE"), {}),
    ("get_from_dict_or_env", ({}, "k", "SET_ONE"), {}),
    ("get_from_dict_or_env", ({}, "k", "UNSET_ONE"), {}),
    ("get_from_dict_or_env", ({}, "k", "UNSET_ONE", "d"), {}),
    ("get_from_dict_or_env", ({"k": None}, "k", "UNSET_ONE", ""), {}),
    ("get_from_dict_or_env", ({"b": "z"}, ["a", "b"], "UNSET_ONE"), {}),
    ("get_from_dict_or_env", ({}, ["a", "b"], "UNSET_ONE"), {}),
    ("get_from_env", ("k", "SET_ONE"), {}),
    ("get_from_env", ("k", "EMPTY_ONE"), {}),
    ("get_from_env", ("k", "EMPTY_ONE", "d"), {}),
    ("get_from_env", ("k", "UNSET_ONE"), {}),
    ("from_env", ("SET_ONE",), {}),
    ("from_env", ("EMPTY_ONE",), {}),
    ("from_env", ("UNSET_ONE",), {}),
    ("from_env", ("UNSET_ONE",), {"default": "d"}),
    ("from_env", ("UNSET_ONE",), {"default": None}),
    ("from_env", ("UNSET_ONE",), {"error_message": "nothing there"}),
    ("from_env", (["UNSET_ONE", "SET_ONE"],), {}),
    ("from_env", (["UNSET_ONE", "UNSET_TWO"],), {}),
    ("secret_from_env", ("SET_ONE",), {}),
    ("secret_from_env", ("UNSET_ONE",), {"default": None}),
    ("secret_from_env", ("UNSET_ONE",), {}),
]


def result(package: str, name: str, args: Any, kwargs: Any) -> Any:
    try:
        value = getattr(importlib.import_module(f"{package}.utils"), name)(*args, **kwargs)
        value = value() if callable(value) else value
        return value.get_secret_value() if hasattr(value, "get_secret_value") else value
    except ValueError as error:
        return "ValueError", str(error)


@pytest.mark.parametrize(("name", "args", "kwargs"), CASES)
def test_same(
    name: str, args: Any, kwargs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SET_ONE", "value")
    monkeypatch.setenv("EMPTY_ONE", "")
    for variable in ("UNSET_ONE", "UNSET_TWO"):
        monkeypatch.delenv(variable, raising=False)
    theirs, ours = (result(package, name, args, kwargs) for package in PACKAGES)
    assert ours == theirs
