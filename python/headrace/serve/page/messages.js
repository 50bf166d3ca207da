// Messages of a conversation.

import { formatSeconds, MarkdownText, Reasoning, Spinner, ToolCall } from "./parts.js";
import { Question } from "./question.js";
import { CopyButton, html, Icon, IconButton, Logo, useEffect, useLayoutEffect, useModel, useRef, useState } from "./ui.js";

/** A message of the user, which can be edited and sent again. */
export function UserMessage({ message, disabled, onEdit }) {
  const [draft, setDraft] = useState(null);
  const field = useRef(null);
  useEffect(() => field.current?.focus(), [draft === null]);
  if (draft === null) {
    return html`<article class="message user" aria-label="You">
      <div class="bubble">${message.text}</div>
      <div class="tools">
        <${CopyButton} label="Copy message" text=${() => message.text} />
        <${IconButton} icon="edit" label="Edit message" disabled=${disabled} onClick=${() => setDraft(message.text)} />
      </div>
    </article>`;
  }
  const send = () => {
    const text = draft.trim();
    if (!text || disabled) return;
    setDraft(null);
    onEdit(text);
  };
  return html`<article class="message user" aria-label="You">
    <div class="editor">
      <textarea
        ref=${field}
        aria-label="Edit message"
        rows=${Math.min(12, Math.max(2, draft.split("\n").length))}
        value=${draft}
        onInput=${(event) => setDraft(event.target.value)}
        onKeyDown=${(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            setDraft(null);
          } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            send();
          }
        }}
      />
      <div class="buttons">
        <button type="button" class="button" onClick=${() => setDraft(null)}>Cancel</button>
        <button type="button" class="button primary" disabled=${disabled || !draft.trim()} onClick=${send}>Send</button>
      </div>
    </div>
  </article>`;
}

/** An answer: its parts in order, what went wrong, and what it used. */
export function Answer({ message, last, onRetry, onAnswer, onToken }) {
  useModel(message);
  const { running, parts, state } = message;
  const waiting = running && !parts.length;
  return html`<article class="message assistant" aria-label="Answer" aria-busy=${running} data-state=${state}>
    <${Logo} />
    <div class="content">
      ${parts.map((part, index) => html`<${PartView} key=${index} part=${part} onAnswer=${last && onAnswer} />`)}
      ${waiting && html`<div class="waiting" aria-hidden="true"><span></span><span></span><span></span></div>`}
      ${running && message.connection === "lost" &&
      html`<p class="note" role="status"><${Spinner} />Connection lost. Reconnecting…</p>`}
      ${state === "stopped" && html`<p class="note">Stopped.</p>`}
      ${state === "failed" &&
      html`<${Failure} error=${message.error} onRetry=${last && onRetry} onToken=${last && onToken} />`}
      ${!running &&
      state !== "waiting" &&
      html`<div class="tools">
        ${message.text && html`<${CopyButton} label="Copy answer" text=${() => message.text} />`}
        ${last && html`<${IconButton} icon="retry" label="Try again" onClick=${onRetry} />`}
        <${Usage} message=${message} />
      </div>`}
    </div>
  </article>`;
}

function PartView({ part, onAnswer }) {
  switch (part.type) {
    case "text":
      return html`<${MarkdownText} part=${part} />`;
    case "reasoning":
      return html`<${Reasoning} part=${part} />`;
    case "tool":
      return html`<${ToolCall} part=${part} />`;
    default:
      return html`<${Question} part=${part} disabled=${!onAnswer} onAnswer=${(answer) => onAnswer(part, answer)} />`;
  }
}

function Usage({ message: { usage, seconds } }) {
  const pieces = [];
  if (usage) pieces.push(`${usage.input.toLocaleString("en")} tokens in`, `${usage.output.toLocaleString("en")} out`);
  if (seconds !== undefined && usage) pieces.push(formatSeconds(seconds));
  return pieces.length > 0 && html`<span class="usage">${pieces.join(" · ")}</span>`;
}

const ADVICE = {
  answer: ["The answer failed", "Try again. If it fails again, look at the server's log."],
  offline: ["No connection", "Check that the server is running and that you are online, then try again."],
  gone: ["The answer cannot be continued", "The server no longer has it. Try again to get a new one."],
  lost: ["The answer never began", "Try again."],
  protocol: ["The answer cannot be read", "A proxy may be in the way, or the server may be another version than this page."],
  busy: ["The server is busy", ""],
  token: ["The server asks for a token", "Enter the token that the server was started with."],
  refused: ["The server refused the request", "Change the message, or start a new chat."],
};

function Failure({ error, onRetry, onToken }) {
  const { kind, message, retryAfter } = error ?? {};
  const [title, advice] = ADVICE[kind] ?? ADVICE.answer;
  const hint = kind === "busy" ? (retryAfter ? `Try again in ${retryAfter} s.` : "Try again in a moment.") : advice;
  return html`<div class="card failure" role="alert">
    <div class="card-title"><${Icon} name="alert" /><span>${title}</span></div>
    ${message && html`<p class="card-text">${message}</p>`}
    <p class="card-text quiet">${hint}</p>
    <div class="buttons">
      ${kind === "token" && onToken && html`<button type="button" class="button primary" onClick=${onToken}>Enter token</button>`}
      ${onRetry && html`<button type="button" class=${`button ${kind === "token" ? "" : "primary"}`} onClick=${onRetry}>Try again</button>`}
    </div>
  </div>`;
}

/** The messages, which follow the newest text unless the reader scrolled up. */
export function Messages({ children, conversation }) {
  const frame = useRef(null);
  const column = useRef(null);
  const following = useRef(true);
  const [away, setAway] = useState(false);
  const follow = (smooth = false) => {
    if (!frame.current) return; // the conversation was closed
    following.current = true;
    frame.current.scrollTo({ top: frame.current.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  };
  useLayoutEffect(() => follow(), [conversation.id]);
  // Somebody who sends a message wants to see the answer.
  useLayoutEffect(() => follow(), [conversation.messages.length]);
  useEffect(() => {
    const observer = new ResizeObserver(() => following.current && follow());
    observer.observe(column.current);
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = frame.current;
    const distance = scrollHeight - scrollTop - clientHeight;
    setAway(distance > 240);
    if (distance < 40) following.current = true;
  };
  const leave = () => {
    const { scrollTop, scrollHeight, clientHeight } = frame.current;
    following.current = scrollHeight - scrollTop - clientHeight < 40;
  };
  return html`<div class="messages-frame">
    <div
      class="messages"
      ref=${frame}
      tabindex="0"
      role="region"
      aria-label="Messages"
      onScroll=${onScroll}
      onWheel=${(event) => event.deltaY < 0 && (following.current = false)}
      onTouchMove=${leave}
      onKeyDown=${(event) => ["ArrowUp", "PageUp", "Home"].includes(event.key) && (following.current = false)}
    >
      <div class="column" ref=${column}>${children}</div>
    </div>
    ${away && html`<button type="button" class="to-end" aria-label="Scroll to the end" onClick=${() => follow(true)}><${Icon} name="down" /></button>`}
  </div>`;
}
