"""The small helpers that integrations use, on both libraries."""

import asyncio
import importlib
import io
import warnings
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic import BaseModel, Field, SecretStr


def of(library: str, module: str) -> Any:
    return importlib.import_module(f"{library}.utils.{module}")


def tried(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__, str(error)


def texts(library: str) -> Any:
    strings = of(library, "strings")
    return [
        strings.stringify_value({"a": [1, {"b": 2}], "c": "d"}),
        strings.stringify_value([1, "x", [2]]),
        strings.stringify_dict({"a": 1, "b": {"c": [1, 2]}}),
        strings.comma_list([1, "a"]),
        strings.sanitize_for_postgres("a\0b", "-"),
        strings.sanitize_for_postgres("a\0b"),
    ]


def batches(library: str) -> Any:
    cut = of(library, "iter").batch_iterate
    return [list(cut(2, range(5))), list(cut(None, range(3))), list(cut(2, []))]


def async_batches(library: str) -> Any:
    module = of(library, "aiter")

    async def numbers(count: int) -> AsyncIterator[int]:
        for number in range(count):
            yield number

    async def cut(size: int, count: int) -> list[list[int]]:
        async with module.aclosing(numbers(count)) as source:
            return [batch async for batch in module.abatch_iterate(size, source)]

    return [asyncio.run(cut(2, 5)), asyncio.run(cut(2, 4)), asyncio.run(cut(2, 0))]


def colours(library: str) -> Any:
    module = of(library, "input")
    file = io.StringIO()
    module.print_text("a", "green", end="|", file=file)
    module.print_text("b", file=file)
    names = ["blue", "yellow", "pink", "green", "red"]
    return [
        module.get_color_mapping(list("abcdef")),
        module.get_color_mapping(["a", "b"], ["blue"]),
        tried(module.get_color_mapping, ["a"], names),
        module.get_colored_text("a", "blue"),
        module.get_bolded_text("a"),
        file.getvalue(),
    ]


def one_of_each(library: str) -> Any:
    @of(library, "utils").xor_args(("a", "b"), ("c",))
    def function(**given: Any) -> Any:
        return given

    calls = [{"a": 1, "c": 1}, {"a": 1}, {"a": 1, "b": 2, "c": 3}, {"c": 1}, {"a": None, "b": 1}]
    return [tried(function, **call) for call in calls]


def imports(library: str) -> Any:
    guard = of(library, "utils").guard_import
    return [
        guard("json"),
        tried(guard, "not_here"),
        tried(guard, "not_here.inside"),
        tried(guard, "not_here.inside", pip_name="other"),
    ]


class Settings(BaseModel):
    model: str = Field("", alias="model_name")
    size: int = 0


def extra_arguments(library: str) -> Any:
    module = of(library, "utils")
    names = module.get_pydantic_field_names(Settings)
    given = [
        ({}, {"size": 1, "z": 2}),
        ({"q": 1}, {"size": 1}),
        ({"size": 1}, {}),
        ({"z": 1}, {"z": 2}),
    ]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = [(tried(module.build_extra_kwargs, *args, names), args) for args in given]
    return names, made, [warning.category for warning in caught]


def secrets_and_ids(library: str) -> Any:
    module = of(library, "utils")
    secret = SecretStr("a")
    return [
        module.convert_to_secret_str("a"),
        module.convert_to_secret_str(secret) is secret,
        module.ensure_id("a"),
        module.ensure_id(None)[:3],
    ]


SCENARIOS = [
    texts,
    batches,
    async_batches,
    colours,
    one_of_each,
    imports,
    extra_arguments,
    secrets_and_ids,
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_same(scenario: Callable[[str], Any]) -> None:
    assert scenario("headrace") == scenario("langchain_core")


@pytest.mark.parametrize("value", [None, "", "0", "false", "False", "1", "no"])
def test_variables_that_say_no(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADRACE_TEST", raising=False)
    if value is not None:
        monkeypatch.setenv("HEADRACE_TEST", value)
    ours, theirs = (of(it, "env").env_var_is_set for it in ("headrace", "langchain_core"))
    assert ours("HEADRACE_TEST") == theirs("HEADRACE_TEST")


def test_the_package_has_them() -> None:
    ours, theirs = (importlib.import_module(f"{it}.utils") for it in ("headrace", "langchain_core"))
    for name in ours.__all__:
        assert hasattr(theirs, name)
        assert getattr(ours, name) is not None
