// Conversations in the browser's storage: an index, and one entry for each conversation.

import { Conversation } from "./conversation.js";
import { Model } from "./model.js";

// Several servers, or several pages of one server, may share an origin.
const prefix = `headrace:${new URL(".", document.baseURI).pathname}:`;
const INDEX = `${prefix}conversations`;

/** Conversations that outlive the page, newest first. */
export class Store extends Model {
  /** Entries of the list: id, title and time of each conversation. */
  entries = [];
  /** True if the browser's storage refused the last write. */
  full = false;

  constructor() {
    super();
    this.#readIndex();
    addEventListener("storage", (event) => {
      if (event.key === INDEX || event.key === null) {
        this.#readIndex();
        this.touch();
      }
    });
  }

  #readIndex() {
    const entries = read(INDEX);
    this.entries = Array.isArray(entries) ? entries : [];
  }

  load(id) {
    const data = read(prefix + id);
    if (!data) return null;
    try {
      return Conversation.fromJSON(data);
    } catch (error) {
      console.warn("headrace: a stored conversation cannot be read", error);
      return null;
    }
  }

  save(conversation) {
    if (!conversation.messages.length) return;
    const { id, title, updated } = conversation;
    this.#readIndex(); // another tab may have written
    this.entries = [{ id, title, updated }, ...this.entries.filter((entry) => entry.id !== id)].sort(
      (one, other) => other.updated - one.updated,
    );
    this.full = !(write(prefix + id, conversation) && write(INDEX, this.entries));
    this.touch();
  }

  remove(id) {
    this.#readIndex();
    this.entries = this.entries.filter((entry) => entry.id !== id);
    write(INDEX, this.entries);
    remove(prefix + id);
    this.touch();
  }
}

function read(key) {
  try {
    const text = localStorage.getItem(key);
    return text === null ? null : JSON.parse(text);
  } catch {
    return null; // storage is blocked, or the entry is not ours
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false; // storage is blocked or full
  }
}

function remove(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // Storage is blocked: nothing was stored.
  }
}
