// The AI SDK's own clients against /ai-sdk. AI_MAJOR chooses `ai` 6 or 7.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { JSDOM } from "jsdom";

const base = process.env.HEADRACE_URL;
const major = Number(process.env.AI_MAJOR);
const api = `${base}/ai-sdk`;

// React looks for a browser when it is imported.
const { window } = new JSDOM('<div id="root"></div>', { url: base, pretendToBeVisual: true });
globalThis.window = window;
globalThis.document = window.document;
const { createElement } = await import("react");
const { createRoot } = await import("react-dom/client");
const { DefaultChatTransport, readUIMessageStream } = await import(`ai-${major}`);
const { useChat } = await import(`ai-sdk-react-${major - 3}`);

after(() => window.close());

const gate = async (name, method = "POST") => assert.equal((await fetch(`${base}/gates/${name}`, { method })).status, 204);

const user = (text) => ({ id: randomUUID(), role: "user", parts: [{ type: "text", text }] });
const textOf = (message) => message.parts.filter((part) => part.type === "text").map((part) => part.text).join("");

/** Send a message with the transport alone; return each state of the answer. */
async function read(text, chatId = randomUUID()) {
  const transport = new DefaultChatTransport({ api });
  const stream = await transport.sendMessages({ chatId, messages: [user(text)], trigger: "submit-message" });
  const states = [];
  const errors = [];
  for await (const message of readUIMessageStream({ stream, onError: (error) => errors.push(error) })) {
    states.push(structuredClone(message));
  }
  return { states, last: states.at(-1), errors };
}

/** Render a component that uses useChat; return the root and what the hook gave last. */
function mount(options) {
  const chat = { current: null };
  const errors = [];
  const root = createRoot(window.document.createElement("div"));
  const transport = new DefaultChatTransport({ api, body: { resumable: true } });
  function Chat() {
    chat.current = useChat({ transport, onError: (error) => errors.push(error), ...options });
    return null;
  }
  root.render(createElement(Chat));
  return { chat, errors, unmount: () => root.unmount() };
}

/** Wait until a condition holds. */
async function until(condition) {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `in 15 seconds: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("chat: a message is streamed", async () => {
  const { states, last, errors } = await read("Hello");
  assert.deepEqual(errors, []);
  assert.equal(textOf(last), "You said: Hello");
  assert.ok(states.length > 2, "the text arrives in pieces");
  assert.deepEqual(last.metadata.usage, { inputTokens: 8, outputTokens: 5 });
});

test("chat: reasoning and a tool", async () => {
  await gate("arguments");
  const { last, errors } = await read("weather");
  await gate("arguments", "DELETE");
  assert.deepEqual(errors, []);
  const types = last.parts.map((part) => part.type).filter((type) => type !== "step-start");
  assert.deepEqual(types, ["reasoning", "dynamic-tool", "text"]);
  const [reasoning, tool] = last.parts.filter((part) => part.type !== "step-start");
  assert.match(reasoning.text, /so I call the tool/);
  assert.equal(reasoning.state, "done");
  assert.equal(tool.toolName, "get_weather");
  assert.equal(tool.state, "output-available");
  assert.deepEqual(tool.input, { city: "Oslo", days: 3 });
  assert.match(JSON.stringify(tool.output), /clear/);
  assert.match(textOf(last), /Forecasts beyond three days/);
});

test("chat: an error ends the stream with its message", async () => {
  const { last, errors } = await read("fail");
  assert.equal(textOf(last), "Half an ");
  assert.equal(errors.length, 1);
  assert.match(errors[0].message, /hung up/);
});

test("useChat: messages, tools and a second turn", async () => {
  const { chat, errors, unmount } = mount({ id: randomUUID() });
  await until(() => chat.current);
  await gate("arguments");
  await chat.current.sendMessage({ text: "weather" });
  await gate("arguments", "DELETE");
  await until(() => chat.current.status === "ready" && chat.current.messages.length === 2);
  assert.match(textOf(chat.current.messages[1]), /clear and mild/);
  await chat.current.sendMessage({ text: "Hello" });
  await until(() => chat.current.status === "ready" && chat.current.messages.length === 4);
  assert.equal(textOf(chat.current.messages[3]), "You said: Hello");
  assert.equal(new Set(chat.current.messages.map((message) => message.id)).size, 4);
  await chat.current.regenerate();
  await until(() => chat.current.status === "ready");
  assert.equal(chat.current.messages.length, 4);
  assert.equal(textOf(chat.current.messages[3]), "You said: Hello");
  assert.deepEqual(errors, []);
  unmount();
});

test("useChat: an error is the hook's error", async () => {
  const { chat, errors, unmount } = mount({ id: randomUUID() });
  await until(() => chat.current);
  await chat.current.sendMessage({ text: "fail" });
  await until(() => chat.current.status === "error");
  assert.match(chat.current.error.message, /hung up/);
  assert.equal(errors.length, 1);
  unmount();
});

test("useChat: stop keeps what arrived", async () => {
  const { chat, errors, unmount } = mount({ id: randomUUID() });
  await until(() => chat.current);
  const sent = chat.current.sendMessage({ text: "slow" });
  await until(() => chat.current.messages.at(-1)?.parts.some((part) => part.text?.includes("half,")));
  await chat.current.stop();
  await sent;
  await until(() => chat.current.status === "ready");
  assert.equal(textOf(chat.current.messages.at(-1)), "The first half, ");
  assert.deepEqual(errors, []);
  unmount();
});

test("useChat: nothing to resume is 204", async () => {
  const id = randomUUID();
  const response = await fetch(`${api}/${id}/stream`);
  assert.equal(response.status, 204);
  const { chat, errors, unmount } = mount({ id, resume: true });
  await until(() => chat.current?.status === "ready");
  await chat.current.resumeStream();
  assert.deepEqual(chat.current.messages, []);
  assert.deepEqual(errors, []);
  unmount();
});

for (const [name, earlier] of [["onto a partial message", 0], ["after a previous answer", 1]]) {
  test(`useChat: resume ${name}`, async () => {
    const id = randomUUID();
    const first = mount({ id });
    await until(() => first.chat.current);
    if (earlier) {
      await first.chat.current.sendMessage({ text: "Hello" });
      await until(() => first.chat.current.status === "ready" && first.chat.current.messages.length === 2);
    }
    const sent = first.chat.current.sendMessage({ text: "slow" });
    await until(() => first.chat.current.messages.at(-1)?.parts.some((part) => part.text?.includes("half,")));
    const messages = structuredClone(first.chat.current.messages);
    // A reload: the first page goes away, the next one has stored the messages, with the partial answer or without it.
    await first.chat.current.stop();
    await sent;
    first.unmount();
    for (const stored of earlier ? [messages.slice(0, -1)] : [messages]) {
      const second = mount({ id, messages: stored, resume: true });
      await until(() => second.chat.current?.messages.at(-1)?.role === "assistant");
      await gate("rest");
      // The hook is ready before it starts to resume, too.
      const answer = () => textOf(second.chat.current.messages.at(-1));
      await until(() => second.chat.current.status === "ready" && answer().endsWith("second half."));
      await gate("rest", "DELETE");
      const found = second.chat.current.messages;
      assert.equal(answer(), "The first half, and the second half.");
      assert.equal(found.filter((message) => message.role === "assistant").length, earlier + 1);
      if (earlier) assert.equal(textOf(found[1]), "You said: Hello");
      assert.deepEqual(second.errors, []);
      second.unmount();
    }
  });
}

test("useChat: a tool waits for approval", async () => {
  for (const approved of [true, false]) {
    const { chat, errors, unmount } = mount({ id: randomUUID() });
    await until(() => chat.current);
    await chat.current.sendMessage({ text: "delete the report" });
    const find = () =>
      chat.current.messages.flatMap((message) => message.parts).find((part) => part.state === "approval-requested");
    await until(() => chat.current.status === "ready" && find());
    const part = find();
    assert.equal(part.toolName ?? part.type.replace("tool-", ""), "delete_file");
    assert.deepEqual(part.input, { path: "/srv/report.csv" });
    await chat.current.addToolApprovalResponse({ id: part.approval.id, approved, reason: approved ? undefined : "keep it" });
    await chat.current.sendMessage();
    await until(() => chat.current.status === "ready");
    const text = chat.current.messages.map(textOf).join(" ");
    assert.match(text, approved ? /is gone/ : /keep it|rejected/);
    assert.deepEqual(errors, []);
    unmount();
  }
});
