// Markdown that grows. Each piece of text costs about its own length:
//
// - blocks that are finished are rendered once and never touched again,
// - code in an open fence is appended as text,
// - another open block is rendered again when it has grown by a 64th of its length.
//
// HTML in the text is shown as text. What marked renders passes DOMPurify all the same.

import { highlight } from "./highlight.js";
import { Lexer, Marked } from "./vendor/marked.js";
import "./vendor/purify.js";

const { DOMPurify } = globalThis;

const escape = (text) =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const marked = new Marked({
  gfm: true,
  renderer: {
    html: ({ text }) => escape(text),
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
    // Images would be requested from other servers, which tells them what is read here.
    image({ href, text }) {
      return `<a href="${escape(href)}">${escape(text || href)}</a>`;
    },
  },
});

const TAGS = (
  "a blockquote br code del em h1 h2 h3 h4 h5 h6 hr li ol p pre strong table tbody td th thead tr ul"
).split(" ");
const SAFE = {
  ALLOWED_TAGS: TAGS,
  ALLOWED_ATTR: ["href", "title", "align", "start", "class"],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|#)/i,
  ADD_URI_SAFE_ATTR: ["align", "class", "start", "title"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

/** Return the nodes of rendered blocks. */
function renderTokens(tokens) {
  const fragment = DOMPurify.sanitize(marked.parser(tokens), SAFE);
  for (const element of fragment.querySelectorAll("[class]")) {
    if (element.localName !== "code" || !/^language-[^\s]+$/.test(element.className)) element.removeAttribute("class");
  }
  for (const link of fragment.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  for (const pre of fragment.querySelectorAll("pre")) {
    const code = pre.firstElementChild;
    const language = (code?.className ?? "").replace(/^language-/, "");
    const figure = createCodeBlock(language);
    figure.querySelector("code").textContent = pre.textContent.replace(/\n$/, "");
    highlight(figure.querySelector("code"), language);
    pre.replaceWith(figure);
  }
  for (const table of fragment.querySelectorAll("table")) {
    const frame = document.createElement("div");
    frame.className = "table";
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", "Table");
    table.replaceWith(frame);
    frame.append(table);
  }
  return [...fragment.childNodes];
}

function createCodeBlock(language) {
  const figure = document.createElement("figure");
  figure.className = "code";
  const bar = document.createElement("figcaption");
  const label = document.createElement("span");
  label.textContent = language || "text";
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.copy = "code";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy code");
  bar.append(label, button);
  const pre = document.createElement("pre");
  pre.tabIndex = 0; // it scrolls: the keyboard must reach it
  const code = document.createElement("code");
  pre.append(code);
  figure.append(bar, pre);
  return figure;
}

// An unindented fence. Indented ones are rendered like other blocks.
const FENCE = /^(?:(`{3,})([^`\n]*)|(~{3,})([^\n]*))\n/;
const MAYBE_END = /^ {0,3}[`~]* *$/;
// The start of a line that may continue the block before it once more characters arrive.
const UNDECIDED = /^\s*([-*+>|=#]+|\d+[.)]?)?[ \t]*$/;

/** Renders markdown into an element while it arrives. */
export class MarkdownStream {
  #container;
  #tail = ""; // the text of the open block
  #rendered = 0; // how much of the tail is on the page
  #nodes = []; // the nodes of the open block
  #fence = null; // the open code block, while code is appended to it
  #links = Object.create(null); // definitions such as [name]: https://...
  #timer = 0;
  /** The number of characters that were parsed so far: a measure of the work done. */
  work = 0;

  constructor(container) {
    this.#container = container;
  }

  /** Add text. */
  push(text) {
    text = text.replaceAll("\r", "");
    if (this.#fence) text = this.#pushCode(text);
    if (!text) return;
    this.#tail += text;
    clearTimeout(this.#timer);
    if (this.#tail.length - this.#rendered >= this.#tail.length >> 6) {
      this.#update(false);
    } else {
      // The stream may pause here.
      this.#timer = setTimeout(() => this.#update(false), 300);
    }
  }

  /** True if the text defined links, which may belong to blocks that were rendered before. */
  get hasDefinitions() {
    return Object.keys(this.#links).length > 0;
  }

  /** Render everything: no more text will come. */
  finish() {
    clearTimeout(this.#timer);
    if (this.#fence) this.#closeFence();
    if (this.#tail) this.#update(true);
  }

  #update(last) {
    // Each round closes the blocks that are finished, or opens a fence whose text may close it again.
    for (;;) {
      const fence = FENCE.exec(this.#tail);
      if (fence) {
        this.#tail = this.#openFence(fence);
        if (this.#fence && last) this.#closeFence();
        if (!this.#tail) return;
        continue;
      }
      const tokens = this.#lex(this.#tail);
      const open = last ? tokens.length : findOpenToken(tokens);
      const length = measure(tokens.slice(0, open), this.#tail);
      if (length) {
        this.#replace(tokens.slice(0, open));
        this.#nodes = [];
        this.#tail = this.#tail.slice(length);
        if (FENCE.test(this.#tail)) continue;
      }
      if (last && length) return;
      const healed = last ? this.#tail : heal(this.#tail);
      this.#replace(healed === this.#tail ? tokens.slice(length ? open : 0) : this.#lex(healed));
      this.#rendered = this.#tail.length;
      return;
    }
  }

  #lex(text) {
    this.work += text.length;
    const lexer = new Lexer(marked.defaults);
    lexer.tokens.links = this.#links;
    try {
      return lexer.lex(text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // Nested too deeply for a recursive parser.
      return [{ type: "paragraph", raw: text, text, tokens: [{ type: "text", raw: text, text }] }];
    }
  }

  // Put tokens in the place of the open block.
  #replace(tokens) {
    let nodes;
    try {
      nodes = renderTokens(tokens);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // Nested too deeply for a recursive renderer.
      const paragraph = document.createElement("p");
      paragraph.textContent = tokens.map((token) => token.raw).join("");
      nodes = [paragraph];
    }
    for (const node of this.#nodes) node.remove();
    this.#container.append(...nodes);
    this.#nodes = nodes;
  }

  // Show an open code block; return the text after its end.
  #openFence([start, ticks, tickInformation, tildes, tildeInformation]) {
    const marker = ticks ?? tildes;
    const language = (tickInformation ?? tildeInformation).trim().split(/\s/, 1)[0];
    const figure = createCodeBlock(language);
    const code = document.createTextNode("");
    figure.querySelector("code").append(code);
    for (const node of this.#nodes) node.remove();
    this.#nodes = [];
    this.#rendered = 0;
    this.#container.append(figure);
    this.#fence = {
      code,
      language,
      end: new RegExp(`^ {0,3}${marker}[\`~]* *$`),
      empty: true, // no line is on the page
      inside: false, // the start of the current line is on the page
      held: "", // the start of the current line, which may turn out to be the end of the block
    };
    return this.#pushCode(this.#tail.slice(start.length));
  }

  #closeFence() {
    const { held, end, code, language } = this.#fence;
    if (held && !end.test(held)) this.#showLine(held);
    highlight(code.parentNode, language);
    this.#fence = null;
  }

  // Append code; return the text after the end of the block.
  #pushCode(text) {
    const fence = this.#fence;
    this.work += text.length;
    let position = 0;
    while (position < text.length) {
      const newline = text.indexOf("\n", position);
      const piece = text.slice(position, newline < 0 ? text.length : newline);
      position += piece.length + 1;
      if (fence.inside) {
        fence.code.appendData(piece);
      } else {
        fence.held += piece;
        if (newline >= 0 && fence.end.test(fence.held)) {
          fence.held = "";
          this.#closeFence();
          return text.slice(position);
        }
        if (newline >= 0 || !MAYBE_END.test(fence.held)) this.#showLine(fence.held);
      }
      if (newline >= 0) fence.inside = false;
    }
    return "";
  }

  #showLine(line) {
    const fence = this.#fence;
    fence.code.appendData(fence.empty ? line : `\n${line}`);
    fence.empty = false;
    fence.inside = true;
    fence.held = "";
  }
}

// Return the length of the text that `tokens` cover, or 0 if they differ from it.
function measure(tokens, text) {
  let length = 0;
  for (const { raw } of tokens) {
    if (!text.startsWith(raw, length)) return 0;
    length += raw.length;
  }
  return length;
}

// Return the index of the first token that more text can still change.
function findOpenToken(tokens) {
  let open = tokens.length - 1;
  while (open >= 0 && tokens[open].type === "space") open -= 1;
  if (open > 0 && UNDECIDED.test(tokens[open].raw)) {
    open -= 1;
    while (open > 0 && tokens[open].type === "space") open -= 1;
  }
  return Math.max(open, 0);
}

// Close emphasis and code that the text has only begun, so that it does not flicker while it arrives.
function heal(text) {
  const start = text.lastIndexOf("\n\n") + 1;
  let last = text.slice(start).replace(/!?\[([^[\]\n]*)\]\([^()\s]*$/, "$1");
  const bare = last.replace(/(`+)[^`]+\1(?!`)/g, "");
  const ticks = /`+/.exec(bare);
  if (ticks) {
    last = bare.endsWith(ticks[0]) ? last.slice(0, last.length - ticks[0].length) : last + ticks[0];
  } else if ((bare.match(/\*\*/g) ?? []).length % 2) {
    const trimmed = last.trimEnd();
    last = trimmed.endsWith("**") ? trimmed.slice(0, -2) : `${trimmed}**`;
  }
  return text.slice(0, start) + last;
}

/** Render a whole text into an element. */
export function renderMarkdown(container, text) {
  container.replaceChildren();
  const stream = new MarkdownStream(container);
  stream.push(text);
  stream.finish();
  return stream;
}
