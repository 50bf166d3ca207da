// npm's openai against /v1.

import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: `${process.env.HEADRACE_URL}/v1`, apiKey: "none", maxRetries: 0 });
const { id: model } = (await client.models.list()).data[0];
const messages = [{ role: "user", content: "Hello" }];

test("a whole answer", async () => {
  const answer = await client.chat.completions.create({ model, messages });
  assert.equal(answer.choices[0].message.content, "You said: Hello");
  assert.equal(answer.choices[0].finish_reason, "stop");
  assert.equal(answer.usage.total_tokens, 13);
});

test("a streamed answer", async () => {
  const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
  const pieces = [];
  stream.on("content", (delta) => pieces.push(delta));
  const answer = await stream.finalChatCompletion();
  assert.ok(pieces.length > 1);
  assert.equal(pieces.join(""), "You said: Hello");
  assert.equal(answer.choices[0].message.content, "You said: Hello");
  assert.equal(answer.usage.total_tokens, 13);
});

test("tools that the server runs are not shown to the client", async () => {
  await fetch(`${process.env.HEADRACE_URL}/gates/arguments`, { method: "POST" });
  const stream = await client.chat.completions.create({ model, messages: [{ role: "user", content: "weather" }], stream: true });
  let text = "";
  for await (const chunk of stream) {
    assert.equal(chunk.choices[0]?.delta.tool_calls, undefined);
    text += chunk.choices[0]?.delta.content ?? "";
  }
  await fetch(`${process.env.HEADRACE_URL}/gates/arguments`, { method: "DELETE" });
  assert.match(text, /clear and mild/);
});

test("an error in the stream is thrown", async () => {
  const stream = await client.chat.completions.create({ model, messages: [{ role: "user", content: "fail" }], stream: true });
  await assert.rejects(async () => {
    for await (const _ of stream);
  }, /hung up/);
});

test("an unknown model is a typed error", async () => {
  await assert.rejects(() => client.chat.completions.create({ model: "nothing", messages }), OpenAI.NotFoundError);
});
