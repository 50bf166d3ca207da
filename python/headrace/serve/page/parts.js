// The pieces of an answer: text, reasoning, tool calls, questions.

import { MarkdownStream, renderMarkdown } from "./markdown.js";
import { html, Icon, useEffect, useLayoutEffect, useModel, useRef, useState } from "./ui.js";

/** Markdown that grows with `part.text`. */
export function MarkdownText({ part }) {
  useModel(part);
  const element = useRef(null);
  const view = useRef(null);
  useLayoutEffect(() => {
    let { stream, position } = view.current ?? { stream: new MarkdownStream(element.current), position: 0 };
    if (!stream) return; // complete
    stream.push(part.text.since(position));
    position = part.text.end;
    if (!part.open) {
      stream.finish();
      // Definitions of links may have arrived after the links.
      if (stream.hasDefinitions) renderMarkdown(element.current, String(part.text));
      stream = null;
    }
    view.current = { stream, position };
  }, [part, part.version]);
  return html`<div class="markdown" ref=${element}></div>`;
}

// Plain text that grows with `text`, a GrowingText of `part`.
function PlainText({ part, text }) {
  useModel(part);
  const element = useRef(null);
  const position = useRef(0);
  useLayoutEffect(() => {
    element.current.append(text.since(position.current));
    position.current = text.end;
  }, [part, part.version]);
  return html`<code ref=${element}></code>`;
}

/** Reasoning, folded. Its text is rendered when somebody opens it. */
export function Reasoning({ part }) {
  useModel(part);
  const [open, setOpen] = useState(false);
  if (!part.open && part.seconds === undefined && part.started) part.seconds = (Date.now() - part.started) / 1000;
  const title = part.open ? "Thinking" : part.seconds >= 1 ? `Thought for ${formatSeconds(part.seconds)}` : "Thought";
  return html`<details class="step reasoning" open=${open} onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary>
      <span class="step-icon">${part.open ? html`<${Spinner} />` : html`<${Icon} name="think" />`}</span>
      <span class="step-title">${title}</span>
      <${Icon} name="chevron" />
    </summary>
    <div class="step-body">${open && html`<${MarkdownText} part=${part} />`}</div>
  </details>`;
}

/** A tool call: its arguments as they arrive, then its result, folded. */
export function ToolCall({ part }) {
  useModel(part);
  const running = part.open;
  const settled = part.result !== undefined;
  // Open while it runs, folded afterwards, unless somebody chose otherwise.
  const [choice, setChoice] = useState(null);
  const open = choice ?? running;
  const state = running ? "Running" : part.failed ? "Failed" : settled ? "Done" : "Not finished";
  const icon = running
    ? html`<${Spinner} />`
    : html`<${Icon} name=${part.failed ? "alert" : settled ? "check" : "tool"} />`;
  return html`<details
    class=${`step tool ${part.failed ? "failed" : ""}`}
    open=${open}
    data-state=${state.toLowerCase()}
  >
    <summary onClick=${(event) => {
      event.preventDefault();
      setChoice(!open);
    }}>
      <span class="step-icon">${icon}</span>
      <span class="step-title"><span class="tool-name">${part.name || "tool"}</span></span>
      <span class="step-note">${open ? "" : summarize(part.args)}</span>
      <span class="offscreen">${state}</span>
      <${Icon} name="chevron" />
    </summary>
    <div class="step-body">
      <div class="step-label">Arguments</div>
      <pre tabindex="0" aria-label="Arguments">${
        part.args === undefined
          ? html`<${PlainText} part=${part} text=${part.argumentText} />`
          : html`<code>${formatValue(part.args)}</code>`
      }</pre>
      ${settled &&
      html`<div class="step-label">Result</div>
        <pre tabindex="0" aria-label="Result"><code>${formatValue(part.result)}</code></pre>`}
    </div>
  </details>`;
}

/** A turning ring. */
export function Spinner() {
  return html`<span class="spinner" aria-hidden="true"></span>`;
}

/** Return a value as people read it: text as it is, JSON indented. */
export function formatValue(value) {
  if (typeof value !== "string") return JSON.stringify(value, null, 2) ?? "";
  if (/^\s*[[{]/.test(value)) {
    try {
      return JSON.stringify(JSON.parse(value), null, 2);
    } catch {
      // Text that only looks like JSON.
    }
  }
  return value;
}

function summarize(args) {
  if (args === null || typeof args !== "object") return args === undefined ? "" : String(args);
  const text = Object.entries(args)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

export function formatSeconds(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 60 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
