// @ag-ui/client against /ag-ui.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpAgent } from "@ag-ui/client";

const base = process.env.HEADRACE_URL;
const gate = async (name, method = "POST") => assert.equal((await fetch(`${base}/gates/${name}`, { method })).status, 204);

/** Return an agent with one message of the user, and the list that its events go to. */
function create(content) {
  const agent = new HttpAgent({ url: `${base}/ag-ui`, threadId: crypto.randomUUID() });
  agent.addMessage({ id: crypto.randomUUID(), role: "user", content });
  const events = [];
  agent.subscribe({ onEvent: ({ event }) => void events.push(event) });
  return { agent, events };
}

const last = (agent) => agent.messages.at(-1);

test("a message is streamed, and the thread goes on", async () => {
  const { agent, events } = create("Hello");
  await agent.runAgent();
  assert.equal(events[0].type, "RUN_STARTED");
  assert.equal(events.at(-1).type, "RUN_FINISHED");
  assert.equal(last(agent).content, "You said: Hello");
  agent.addMessage({ id: crypto.randomUUID(), role: "user", content: "again" });
  await agent.runAgent();
  assert.equal(last(agent).content, "You said: again");
  assert.equal(new Set(agent.messages.map((message) => message.id)).size, 4);
});

test("reasoning, a tool and its result", async () => {
  await gate("arguments");
  const { agent, events } = create("weather");
  await agent.runAgent();
  await gate("arguments", "DELETE");
  const reasoning = events.filter((event) => event.type === "REASONING_MESSAGE_CONTENT").map((event) => event.delta);
  assert.match(reasoning.join(""), /so I call the tool/);
  const call = agent.messages.flatMap((message) => message.toolCalls ?? [])[0];
  assert.equal(call.function.name, "get_weather");
  assert.deepEqual(JSON.parse(call.function.arguments), { city: "Oslo", days: 3 });
  const result = agent.messages.find((message) => message.role === "tool");
  assert.equal(result.toolCallId, call.id);
  assert.match(result.content, /clear/);
  assert.match(last(agent).content, /Forecasts beyond three days/);
});

test("an error ends the run", async () => {
  const { agent, events } = create("fail");
  await agent.runAgent();
  assert.equal(events.at(-1).type, "RUN_ERROR");
  assert.match(events.at(-1).message, /hung up/);
  assert.equal(last(agent).content, "Half an ");
});

test("abort ends the run early", async () => {
  const { agent, events } = create("slow");
  const run = agent.runAgent();
  const text = () => events.map((event) => event.delta ?? "").join("");
  const deadline = Date.now() + 15_000;
  while (!text().includes("half,")) {
    assert.ok(Date.now() < deadline, "the first half arrives in 15 seconds");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  agent.abortRun();
  await run.catch((error) => assert.match(error.name, /Abort/));
  assert.equal(text(), "The first half, ");
});

test("an interrupt is an outcome, and resumes", async () => {
  const { agent, events } = create("delete the report");
  await agent.runAgent();
  const { outcome } = events.at(-1);
  assert.equal(outcome.type, "interrupt");
  assert.equal(outcome.interrupts.length, 1);
  const [{ id }] = outcome.interrupts;
  await agent.runAgent({
    resume: [{ interruptId: id, status: "resolved", payload: { decisions: [{ type: "approve" }] } }],
  });
  assert.equal(events.at(-1).outcome.type, "success");
  assert.match(last(agent).content, /is gone/);
});
