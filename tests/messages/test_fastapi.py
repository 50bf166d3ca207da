"""Messages in the bodies of a FastAPI application."""

from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import BaseModel

from headrace.messages import AIMessage, AIMessageChunk, AnyMessage, HumanMessage


class Question(BaseModel):
    messages: list[AnyMessage]
    first: HumanMessage | None = None


class Answer(BaseModel):
    message: AIMessage
    all: list[AnyMessage]


app = FastAPI()


@app.post("/answer")
async def answer(question: Question) -> Answer:
    said = AIMessage(
        f"You said {question.messages[-1].text}.",
        tool_calls=[{"name": "look", "args": {"at": [1]}, "id": "1"}],
        usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    )
    return Answer(message=said, all=[*question.messages, said])


@app.post("/echo")
async def echo(message: Annotated[AnyMessage, Body()]) -> AnyMessage:
    return message


async def post(path: str, body: Any) -> Any:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        return await client.post(path, json=body)


async def test_messages_come_and_go() -> None:
    question = Question(messages=[HumanMessage("hi"), AIMessageChunk("a") + AIMessageChunk("b")])
    response = await post("/answer", question.model_dump(mode="json"))
    assert response.status_code == 200
    received = Answer.model_validate(response.json())
    assert received.message.text == "You said ab."
    assert received.message.tool_calls[0]["args"] == {"at": [1]}
    assert received.message.usage_metadata["total_tokens"] == 3
    assert received.all == [*question.messages, received.message]


@pytest.mark.parametrize("message", [HumanMessage("x", id="1"), AIMessage("y", name="bob")])
async def test_a_message_is_a_body_of_its_own(message: Any) -> None:
    response = await post("/echo", message.model_dump(mode="json"))
    assert response.json() == message.model_dump(mode="json")


async def test_wrong_bodies_name_the_field() -> None:
    response = await post("/answer", {"messages": [{"type": "human", "content": 5}]})
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"][:5] == ["body", "messages", 0, "human", "content"]
    response = await post("/answer", {"messages": [{"type": "nobody", "content": "x"}]})
    assert response.status_code == 422
    assert "nobody" in response.json()["detail"][0]["msg"]


async def test_the_schema_shows_the_fields() -> None:
    schemas = app.openapi()["components"]["schemas"]
    assert "content" in schemas["HumanMessage"]["properties"]
    shown = str(schemas["Answer"]["properties"]["message"])
    assert "tool_calls" in shown or "AIMessage" in shown
