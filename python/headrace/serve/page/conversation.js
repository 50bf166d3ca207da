// What a conversation consists of, and how the frames of a stream change it. Nothing here touches the page or the network.

import { Model } from "./model.js";

/** Return a random identifier. */
export function createId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Text that grows by chunks. Appending costs the length of the chunk. */
export class GrowingText {
  #chunks = [];
  length = 0;

  constructor(text = "") {
    this.append(text);
  }

  append(chunk) {
    if (!chunk) return;
    this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  /** The number of chunks: a position for `since`. */
  get end() {
    return this.#chunks.length;
  }

  /** Return the text that was appended after the position `start`. */
  since(start) {
    return start >= this.#chunks.length ? "" : this.#chunks.slice(start).join("");
  }

  toString() {
    // The chunks stay as they are: positions that views hold remain valid.
    return this.#chunks.join("");
  }
}

/** A piece of an answer: text, reasoning, a tool call, or a question to the user. */
export class Part extends Model {
  constructor(type, fields = {}) {
    super();
    this.type = type;
    this.open = true;
    Object.assign(this, fields);
  }

  close() {
    if (!this.open) return;
    this.open = false;
    this.touch();
  }

  toJSON() {
    switch (this.type) {
      case "text":
      case "reasoning":
        return { type: this.type, text: String(this.text), open: this.open, seconds: this.seconds };
      case "tool":
        return {
          type: "tool",
          id: this.id,
          name: this.name,
          argumentText: String(this.argumentText),
          args: this.args,
          result: this.result,
          failed: this.failed,
          open: this.open,
        };
      default:
        return { type: this.type, id: this.id, question: this.question, answer: this.answer, sent: this.sent, open: this.open };
    }
  }

  static fromJSON(data) {
    const fields = { ...data };
    if (data.type === "text" || data.type === "reasoning") fields.text = new GrowingText(data.text);
    if (data.type === "tool") fields.argumentText = new GrowingText(data.argumentText);
    return new Part(data.type, fields);
  }
}

/** A message of the user, or an answer. */
export class Message extends Model {
  /**
   * States of an answer: "running", "done", "stopped", "failed", "waiting" (for the user's decision).
   * `location` and `cursor` are where its stream can be resumed.
   */
  constructor(role, fields = {}) {
    super();
    this.id = createId();
    this.role = role;
    this.parts = [];
    this.state = role === "assistant" ? "running" : "done";
    this.usage = null;
    this.error = null;
    this.location = null;
    this.cursor = 0;
    // Not stored: the connection of a running answer ("connecting", "open", "lost").
    this.connection = "connecting";
    Object.assign(this, fields);
  }

  /** The text of the message, without reasoning and tools. */
  get text() {
    return this.parts
      .filter((part) => part.type === "text")
      .map((part) => String(part.text))
      .join("\n\n");
  }

  get running() {
    return this.state === "running";
  }

  /** Add a part, which closes the one before. Tool calls stay open until their result arrives. */
  add(part) {
    const last = this.parts.at(-1);
    if (last && last.type !== "tool") last.close();
    this.parts.push(part);
    this.touch();
    return part;
  }

  #grow(type, content) {
    let part = this.parts.at(-1);
    if (!part || part.type !== type || !part.open) {
      part = this.add(new Part(type, { text: new GrowingText(), started: Date.now() }));
    }
    part.text.append(content);
    part.touch();
  }

  #tool(id, name) {
    let part = this.parts.findLast((each) => each.type === "tool" && each.id === id);
    if (!part) part = this.add(new Part("tool", { id, name, argumentText: new GrowingText(), args: undefined }));
    if (name) part.name = name;
    return part;
  }

  /** Apply one frame of the stream. Frames that were applied before are ignored. */
  apply(frame, number) {
    if (number !== undefined) {
      if (number <= this.cursor) return;
      this.cursor = number;
    }
    switch (frame.type) {
      case "token":
        if (frame.content) this.#grow("text", String(frame.content));
        break;
      case "reasoning":
        if (frame.content) this.#grow("reasoning", String(frame.content));
        break;
      case "tool_call_start":
        this.#tool(frame.id, frame.name).touch();
        break;
      case "tool_call_delta": {
        const part = this.#tool(frame.id);
        part.argumentText.append(frame.args);
        part.touch();
        break;
      }
      case "tool_call": {
        const part = this.#tool(frame.id, frame.name);
        part.args = frame.args;
        part.touch();
        break;
      }
      case "tool_result": {
        const part = this.#tool(frame.id, frame.name);
        part.result = frame.result ?? null;
        part.failed = frame.failed;
        part.close();
        break;
      }
      case "usage":
        this.usage = {
          input: (this.usage?.input ?? 0) + (frame.input_tokens ?? 0),
          output: (this.usage?.output ?? 0) + (frame.output_tokens ?? 0),
        };
        this.touch();
        break;
      case "interrupt":
        this.add(new Part("question", { id: frame.id, question: frame.question, answer: undefined }));
        break;
      case "error":
        this.fail({ message: frame.message, kind: "answer" });
        break;
      case "stopped":
        this.end("stopped");
        break;
      case "done":
        this.end(this.openQuestions.length ? "waiting" : "done");
        break;
      // Unknown frames, such as pings and those of later versions, change nothing.
    }
  }

  /** The questions that the user has not answered yet. */
  get openQuestions() {
    return this.parts.filter((part) => part.type === "question" && part.answer === undefined);
  }

  end(state) {
    if (!this.running) return;
    this.state = state;
    for (const part of this.parts) if (part.type !== "question") part.close();
    this.touch();
  }

  /** Continue after the user's decision, as another run: tools that wait for it run now. */
  reopen() {
    Object.assign(this, { state: "running", location: null, cursor: 0, started: Date.now(), connection: "connecting" });
    for (const part of this.parts) {
      if (part.type === "tool" && part.result === undefined) {
        part.open = true;
        part.touch();
      }
    }
    this.touch();
  }

  fail(error) {
    if (!this.running) return;
    this.error = error;
    this.end("failed");
  }

  toJSON() {
    const { id, role, parts, state, usage, error, location, cursor, seconds } = this;
    return { id, role, parts, state, usage, error, location, cursor, seconds };
  }

  static fromJSON(data) {
    return new Message(data.role, { ...data, parts: data.parts.map(Part.fromJSON) });
  }
}

/** A list of messages with a title. */
export class Conversation extends Model {
  constructor(fields = {}) {
    super();
    this.id = createId();
    this.thread = createId();
    // How many messages the server's thread knows already.
    this.known = 0;
    this.title = "";
    this.updated = Date.now();
    this.messages = [];
    Object.assign(this, fields);
  }

  get running() {
    return this.messages.at(-1)?.running ?? false;
  }

  /** Add a message of the user and the answer that is to come; return the answer. */
  ask(text) {
    const question = new Message("user", { parts: [new Part("text", { text: new GrowingText(text), open: false })] });
    this.messages.push(question);
    if (!this.title) this.title = createTitle(text);
    return this.answer();
  }

  /** Add an answer to the last message and return it. */
  answer() {
    const answer = new Message("assistant", { started: Date.now() });
    this.messages.push(answer);
    this.updated = Date.now();
    this.touch();
    return answer;
  }

  /** Remove the messages from `index` on. */
  cut(index) {
    this.messages.length = index;
    this.leaveThread();
    this.touch();
  }

  /** Let the next turn start a new thread on the server, with all messages. */
  leaveThread() {
    this.thread = createId();
    this.known = 0;
  }

  toJSON() {
    const { id, thread, known, title, updated, messages } = this;
    return { id, thread, known, title, updated, messages };
  }

  static fromJSON(data) {
    return new Conversation({ ...data, messages: data.messages.map(Message.fromJSON) });
  }
}

function createTitle(text) {
  const line = text.trim().split("\n", 1)[0];
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
