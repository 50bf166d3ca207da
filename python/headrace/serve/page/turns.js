// Turns: requests whose streams fill answers, across dropped connections.

import { ResponseError, readFrames, resumeTurn, startTurn, stopTurn, streamLocation } from "./api.js";

const DELAYS = [250, 500, 1000, 2000, 4000, 8000, 8000, 8000];
// The server sends at least a ping within this time; silence means that the connection is dead.
const SILENCE = 60_000;

/** Runs turns, and saves their conversations. */
export class Turns {
  #store;
  #active = new Map(); // answers to their state
  /** Called with the message of each error that needs a token. */
  onTokenNeeded = () => {};
  /** Called when an answer has ended. */
  onEnd = () => {};
  /** True if the server keeps threads, and needs only the messages that are new to it. */
  threads = false;

  constructor(store) {
    this.#store = store;
    // The page may go away at any time after this: what arrived so far continues there after a reload.
    const save = () => {
      for (const { conversation } of this.#active.values()) this.#store.save(conversation);
    };
    addEventListener("pagehide", save);
    document.addEventListener("visibilitychange", () => document.hidden && save());
  }

  isActive(answer) {
    return this.#active.has(answer);
  }

  /** Start the turn that fills `answer`, the last message of `conversation`. */
  start(conversation, answer, resume) {
    const history = conversation.messages.slice(0, conversation.messages.indexOf(answer));
    const unknown = resume === undefined ? history.slice(this.threads ? conversation.known : 0) : [];
    const body = {
      messages: unknown.filter((message) => message.text).map(({ role, text }) => ({ role, content: text })),
      thread_id: conversation.thread,
      resumable: true,
    };
    if (resume !== undefined) body.resume = resume;
    return this.#run(conversation, answer, (signal) => startTurn(body, signal));
  }

  /** Continue an answer that a reload interrupted. */
  resume(conversation, answer) {
    if (this.isActive(answer)) return;
    if (!answer.location) {
      answer.fail({ kind: "lost", message: "The page was closed before the answer began." });
      this.#store.save(conversation);
      return;
    }
    this.#run(conversation, answer, (signal) => resumeTurn(answer.location, answer.cursor, signal));
  }

  /** Stop an answer, also one whose request is still under way. */
  async stop(answer) {
    const active = this.#active.get(answer);
    if (!active || active.stopped) return;
    active.stopped = true;
    // Before the response arrives there is nothing to stop yet: #run does it then.
    if (answer.location) await this.#stop(answer, active);
  }

  async #stop(answer, active) {
    try {
      await stopTurn(answer.location);
    } catch (error) {
      // It may have ended meanwhile. Otherwise the server ends it when nobody reads any more.
      console.warn("headrace: the stop was refused", error);
    }
    answer.end("stopped");
    active.abort.abort();
  }

  async #run(conversation, answer, open) {
    const active = { conversation, abort: new AbortController(), stopped: false, wake: () => {} };
    this.#active.set(answer, active);
    this.#store.save(conversation);
    conversation.touch();
    try {
      await this.#read(answer, active, open, conversation);
    } finally {
      this.#active.delete(answer);
      if (answer.started) answer.seconds = (answer.seconds ?? 0) + (Date.now() - answer.started) / 1000;
      answer.started = undefined;
      if (answer.state === "done" || answer.state === "waiting") {
        conversation.known = conversation.messages.length;
      } else {
        // What the server's thread holds now is uncertain: the next turn starts another one.
        conversation.leaveThread();
      }
      this.#store.save(conversation);
      conversation.touch();
      this.onEnd(conversation, answer);
    }
  }

  async #read(answer, active, open, conversation) {
    let attempt = 0;
    while (answer.running) {
      const attemptAbort = new AbortController();
      const signal = AbortSignal.any([active.abort.signal, attemptAbort.signal]);
      let silence = 0;
      const heard = () => {
        clearTimeout(silence);
        silence = setTimeout(() => attemptAbort.abort(), SILENCE);
      };
      try {
        const response = await open(signal);
        const location = streamLocation(response);
        if (location && location !== answer.location) {
          answer.location = location;
          this.#store.save(conversation);
        }
        answer.connection = "open";
        answer.touch();
        if (active.stopped) {
          await this.#stop(answer, active);
          return;
        }
        if (response.status === 204) {
          answer.end("done");
          return;
        }
        heard();
        for await (const frames of readFrames(response.body, heard)) {
          attempt = 0;
          for (const frame of frames) apply(answer, frame);
          if (!answer.running) return;
        }
      } catch (error) {
        if (active.stopped) {
          answer.end("stopped");
          return;
        }
        if (error instanceof SyntaxError) {
          answer.fail({ kind: "protocol", message: `The server sent something that is not a stream: ${error.message}` });
          return;
        }
        if (error instanceof ResponseError) {
          // A proxy in front of a server that restarts answers 502, 503 or 504.
          if (!answer.location || error.status < 502) {
            answer.fail(describe(error, answer));
            if (error.status === 401) this.onTokenNeeded(error.message);
            return;
          }
        } else if (error instanceof TypeError || error.name === "AbortError") {
          if (!answer.location) {
            answer.fail({ kind: "offline", message: "The server cannot be reached." });
            return;
          }
        } else {
          throw error;
        }
      } finally {
        clearTimeout(silence);
      }
      if (!answer.location || attempt >= DELAYS.length) {
        answer.fail({ kind: "offline", message: "The connection to the server was lost." });
        return;
      }
      answer.connection = "lost";
      answer.touch();
      await pause(DELAYS[attempt], active.abort.signal);
      attempt += 1;
      open = (next) => resumeTurn(answer.location, answer.cursor, next);
    }
  }
}

function describe({ status, message, retryAfter }, answer) {
  if (status === 401) return { kind: "token", message };
  if (status === 429) return { kind: "busy", message, retryAfter };
  if (answer.location && (status === 404 || status === 410)) return { kind: "gone", message };
  return { kind: "refused", message, status };
}

// Wait, but not longer than until the network returns or the turn is stopped.
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener("online", end);
    signal.addEventListener("abort", end);
  });
}

// Translate a frame of the server into a change of the answer.
function apply(answer, frame) {
  answer.apply(frame, frame.seq);
}
