import httpx2
import openai
import pytest

from headrace.exceptions import (
    ContextOverflowError,
    HeadraceError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelStreamError,
    ModelTimeoutError,
)
from headrace.providers.errors import as_model_error

REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1")
KEY = "sk-very-secret"


def status_error(cls: type, status: int, message: str = "no", body: object = None):
    return cls(message, response=httpx2.Response(status, request=REQUEST), body=body)


@pytest.mark.parametrize(
    ("error", "kind", "retryable"),
    [
        (status_error(openai.BadRequestError, 400), ModelInvalidRequestError, False),
        (status_error(openai.AuthenticationError, 401), ModelAuthenticationError, False),
        (status_error(openai.PermissionDeniedError, 403), ModelPermissionDeniedError, False),
        (status_error(openai.NotFoundError, 404), ModelNotFoundError, False),
        (status_error(openai.UnprocessableEntityError, 422), ModelInvalidRequestError, False),
        (status_error(openai.APIStatusError, 418), ModelInvalidRequestError, False),
        (status_error(openai.RateLimitError, 429), ModelRateLimitError, True),
        (status_error(openai.InternalServerError, 500), ModelAPIError, True),
        (status_error(openai.InternalServerError, 529), ModelAPIError, True),
        (openai.APITimeoutError(REQUEST), ModelTimeoutError, True),
        (openai.APIConnectionError(request=REQUEST), ModelConnectionError, True),
        (openai.APIError("broke", REQUEST, body=None), ModelStreamError, True),
        (httpx2.ReadTimeout("slow"), ModelTimeoutError, True),
        (httpx2.RemoteProtocolError("gone"), ModelConnectionError, True),
        (
            status_error(openai.BadRequestError, 400, "code: context_length_exceeded"),
            ContextOverflowError,
            False,
        ),
        (
            openai.APIError("Your input exceeds the context window", REQUEST, body=None),
            ContextOverflowError,
            False,
        ),
    ],
)
def test_sdk_error_is_of_both_classes(error, kind, retryable):
    mapped = as_model_error(error)
    assert isinstance(mapped, kind)
    assert isinstance(mapped, HeadraceError)
    assert isinstance(mapped, type(error))
    assert kind in type(mapped).__bases__
    assert type(mapped).__name__ == kind.__name__
    assert mapped.is_retryable is retryable
    assert str(mapped) == str(error)
    assert {**mapped.__dict__, "redaction": None} == {**error.__dict__, "redaction": None}


@pytest.mark.parametrize("error", [ValueError("mine"), KeyError("x"), ModelError("known")])
def test_other_errors_are_left_alone(error):
    assert as_model_error(error) is None


def test_keys_are_removed_from_the_error_and_its_original():
    body = {"error": {"message": f"bad key {KEY}", "more": [f"<{KEY}>", 1]}}
    error = status_error(openai.AuthenticationError, 401, f"bad key {KEY}", body)
    mapped = as_model_error(error, [KEY])
    for each in (error, mapped):
        assert KEY not in f"{each!r} {each} {each.message} {each.body}"
    assert str(mapped) == "bad key **********"
    assert mapped.body["error"]["more"] == ["<**********>", 1]


def test_an_error_that_says_nothing_is_given_words():
    mapped = as_model_error(httpx2.ReadTimeout(""))
    assert str(mapped) == "The provider did not answer, or did not continue, in time."


def test_short_secrets_hide_no_words():
    error = status_error(openai.RateLimitError, 429, "not so fast")
    assert str(as_model_error(error, ["not", ""])) == "not so fast"
