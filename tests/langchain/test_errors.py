"""Errors of models, which code of both libraries catches by its own classes."""

from typing import Any

import langchain_core.exceptions
import pytest
from langchain_core.runnables import RunnableLambda as TheirLambda
from langchain_core.runnables import RunnablePassthrough as TheirPassthrough

from headrace import exceptions
from headrace.langchain import from_langchain, to_langchain
from headrace.runnables import RunnableLambda, RunnablePassthrough


class OfTheSdk(Exception):
    """What a provider's SDK raises."""

    def __init__(self, message: str, *, body: Any) -> None:
        super().__init__(message)
        self.body = body


NAMES = ["ModelError", "ModelRateLimitError", "ContextOverflowError"]
KNOWN_TO_BOTH = [name for name in NAMES if hasattr(langchain_core.exceptions, name)]


def raising(error: Exception) -> Any:
    def step(value: Any) -> Any:
        raise error

    return step


@pytest.mark.parametrize("name", NAMES)
def test_ours_is_caught_there(name: str) -> None:
    class Ours(getattr(exceptions, name), OfTheSdk):  # type: ignore[misc]
        pass

    error = Ours("slow", body={"a": 1})
    with pytest.raises(OfTheSdk, match="slow") as raised:
        to_langchain(RunnableLambda(raising(error))).invoke(1)
    assert raised.value.body == {"a": 1}
    if name in KNOWN_TO_BOTH:
        assert isinstance(raised.value, getattr(langchain_core.exceptions, name))
        assert isinstance(raised.value, Ours)
        assert raised.value.__cause__ is error
    else:
        assert raised.value is error

    around = from_langchain(TheirPassthrough() | to_langchain(RunnableLambda(raising(error))))
    with pytest.raises(Ours) as back:
        (RunnablePassthrough() | around).invoke(1)
    assert back.value is error


@pytest.mark.parametrize("name", KNOWN_TO_BOTH or ["Exception"])
def test_theirs_is_caught_here(name: str) -> None:
    """Where the installed version has none, an error that is nobody's crosses as it is."""
    their: Any = getattr(langchain_core.exceptions, name, Exception)
    ours: Any = getattr(exceptions, name, Exception)

    class Theirs(OfTheSdk, their):  # type: ignore[misc]
        pass

    error = Theirs("slow", body={"a": 1})
    failing = from_langchain(TheirLambda(raising(error)))
    with pytest.raises(ours, match="slow") as raised:
        list(failing.stream(1))
    assert isinstance(raised.value, Theirs)
    assert raised.value.body == {"a": 1}
    if ours is Exception:
        assert raised.value is error
    else:
        assert raised.value.is_retryable is ours.is_retryable
        assert raised.value.__cause__ is error
    other = RunnableLambda(lambda _: "other")
    assert failing.with_fallbacks([other], exceptions_to_handle=(ours,)).invoke(1) == "other"
    (returned,) = failing.batch([1], return_exceptions=True)
    assert isinstance(returned, ours)


def test_what_only_we_know_is_what_it_derives_from() -> None:
    with pytest.raises(exceptions.MissingKeyError) as raised:
        to_langchain(RunnableLambda(raising(exceptions.MissingKeyError("no key")))).invoke(1)
    if "ModelError" in KNOWN_TO_BOTH:
        assert isinstance(raised.value, langchain_core.exceptions.ModelAuthenticationError)
