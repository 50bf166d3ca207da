// The chat page.

import { fetchInfo, ResponseError, storeToken } from "./api.js";
import { Conversation } from "./conversation.js";
import { Answer, Messages, UserMessage } from "./messages.js";
import { Store } from "./store.js";
import { Turns } from "./turns.js";
import { copyText, html, Icon, IconButton, Logo, render, useEffect, useLayoutEffect, useModel, useRef, useState } from "./ui.js";

const SUGGESTIONS = ["What can you do?", "What is the weather in Oslo?", "Explain how a water wheel works", "Write a haiku about rivers"];
const THEMES = { system: "System theme", light: "Light theme", dark: "Dark theme" };

const store = new Store();
const turns = new Turns(store);

function readConversation() {
  const id = location.hash.slice(1);
  return (id && store.load(id)) || new Conversation();
}

function App() {
  useModel(store);
  const [info, setInfo] = useState(null);
  const [conversation, setConversation] = useState(readConversation);
  const [drawer, setDrawer] = useState(false);
  const [asking, setAsking] = useState(null); // the reason why a token is needed
  const [announcement, setAnnouncement] = useState("");
  const [deleted, setDeleted] = useState(null);
  const composer = useRef(null);
  const current = useRef(conversation);
  current.current = conversation;
  useModel(conversation);

  const connect = async () => {
    try {
      const found = await fetchInfo();
      setInfo(found);
      turns.threads = Boolean(found.threads);
      setAsking(null);
      return true;
    } catch (error) {
      if (error instanceof ResponseError && error.status === 401) setAsking(error.message);
      return false;
    }
  };

  const show = (next) => {
    setConversation(next);
    setDrawer(false);
    setAnnouncement("");
    history.replaceState(null, "", next.messages.length ? `#${next.id}` : location.pathname + location.search);
    document.title = next.title ? `${next.title} – headrace` : "headrace chat";
    if (matchMedia("(pointer: fine)").matches) composer.current?.focus();
  };

  useEffect(() => {
    connect();
    show(conversation);
    const onHash = () => {
      if (location.hash.slice(1) !== current.current.id) show(readConversation());
    };
    addEventListener("hashchange", onHash);
    return () => removeEventListener("hashchange", onHash);
  }, []);

  // An answer that a reload interrupted goes on.
  useEffect(() => {
    const answer = conversation.messages.at(-1);
    if (answer?.running) turns.resume(conversation, answer);
  }, [conversation]);

  turns.onTokenNeeded = setAsking;
  turns.onEnd = (of, answer) => {
    if (of === current.current) setAnnouncement(describeEnd(answer));
  };

  const run = (answer, resume) => {
    setAnnouncement("Answering");
    turns.start(conversation, answer, resume);
    show(conversation);
  };
  const send = (text) => run(conversation.ask(text));
  const retry = () => {
    conversation.cut(conversation.messages.findLastIndex((message) => message.role === "user") + 1);
    run(conversation.answer());
  };
  const edit = (index, text) => {
    conversation.cut(index);
    run(conversation.ask(text));
  };
  const decide = (message, part, value) => {
    part.answer = value;
    part.touch();
    if (message.openQuestions.length) return;
    const questions = message.parts.filter((each) => each.type === "question" && !each.sent);
    for (const each of questions) each.sent = true;
    message.reopen();
    run(message, createResume(questions));
  };
  const stop = () => {
    const answer = conversation.messages.at(-1);
    if (answer?.running) turns.stop(answer);
  };
  const remove = (entry) => {
    setDeleted(store.load(entry.id));
    store.remove(entry.id);
    if (entry.id === conversation.id) show(new Conversation());
  };

  useEffect(() => {
    const onKey = (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) {
        if (drawer) setDrawer(false);
        else stop();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });

  const { running } = conversation;
  const title = info?.title ?? info?.name ?? "headrace";
  return html`
    <a class="skip" href="#composer" onClick=${(event) => {
      event.preventDefault();
      composer.current?.focus();
    }}>Skip to the message field</a>
    <${Sidebar}
      open=${drawer}
      current=${conversation}
      onClose=${() => setDrawer(false)}
      onNew=${() => show(new Conversation())}
      onSelect=${(id) => show(store.load(id) ?? new Conversation())}
      onRemove=${remove}
    />
    <main>
      <header>
        <${IconButton} icon="menu" label="Conversations" aria-expanded=${drawer} onClick=${() => setDrawer(true)} />
        <h1>${conversation.title || title}</h1>
        <${IconButton} icon="add" label="New chat" onClick=${() => show(new Conversation())} />
      </header>
      ${conversation.messages.length
        ? html`<${Messages} conversation=${conversation}>
            ${conversation.messages.map((message, index) =>
              message.role === "user"
                ? html`<${UserMessage}
                    key=${message.id}
                    message=${message}
                    disabled=${running}
                    onEdit=${(text) => edit(index, text)}
                  />`
                : html`<${Answer}
                    key=${message.id}
                    message=${message}
                    last=${index === conversation.messages.length - 1}
                    onRetry=${retry}
                    onAnswer=${(part, value) => decide(message, part, value)}
                    onToken=${() => setAsking("")}
                  />`,
            )}
          <//>`
        : html`<${Welcome} title=${title} suggestions=${info?.suggestions ?? SUGGESTIONS} onChoose=${send} />`}
      <${Composer} field=${composer} running=${running} onSend=${send} onStop=${stop} />
      ${store.full && html`<p class="toast" role="alert">This browser's storage is full: delete conversations to keep new ones.</p>`}
      ${deleted &&
      html`<${Undo}
        key=${deleted.id}
        onUndo=${() => {
          store.save(deleted);
          setDeleted(null);
        }}
        onEnd=${() => setDeleted(null)}
      />`}
    </main>
    <div class="offscreen" role="status" aria-live="polite">${announcement}</div>
    ${asking !== null &&
    html`<${TokenDialog}
      reason=${asking}
      onToken=${async (token, remember) => {
        storeToken(token, remember);
        const accepted = await connect();
        const answer = conversation.messages.at(-1);
        if (accepted && answer?.error?.kind === "token") retry();
        return accepted;
      }}
      onClose=${() => setAsking(null)}
    />`}
  `;
}

// What a screen reader says when an answer ends.
function describeEnd(answer) {
  switch (answer.state) {
    case "failed":
      return ""; // the alert in the message says it
    case "stopped":
      return "Stopped";
    case "waiting":
      return "Your decision is needed";
    default:
      return `Answer: ${answer.text}`;
  }
}

// Return the value that resumes a run: the answer, or the answers by the id of their question.
function createResume(questions) {
  if (questions.length === 1) return questions[0].answer;
  return Object.fromEntries(questions.map((part) => [part.id, part.answer]));
}

function Sidebar({ open, current, onClose, onNew, onSelect, onRemove }) {
  useModel(store);
  const panel = useRef(null);
  useEffect(() => {
    if (open) panel.current.querySelector("button").focus();
  }, [open]);
  return html`
    ${open && html`<div class="backdrop" onClick=${onClose}></div>`}
    <nav class=${`sidebar ${open ? "open" : ""}`} aria-label="Conversations" ref=${panel}>
      <div class="brand">
        <${Logo} /><span>headrace</span>
        <${IconButton} icon="close" label="Close" onClick=${onClose} />
      </div>
      <button type="button" class="button new" onClick=${onNew}><${Icon} name="add" />New chat</button>
      <div class="entries">
        ${groupByDay(store.entries).map(
          ([day, entries]) => html`<section key=${day}>
            <h2>${day}</h2>
            <ul>
              ${entries.map(
                (entry) => html`<li key=${entry.id} class=${entry.id === current.id ? "current" : ""}>
                  <button
                    type="button"
                    class="entry"
                    aria-current=${entry.id === current.id ? "page" : undefined}
                    title=${entry.title}
                    onClick=${() => entry.id !== current.id ? onSelect(entry.id) : onClose()}
                  >${entry.title}</button>
                  <${IconButton} icon="trash" label=${`Delete ${entry.title}`} onClick=${() => onRemove(entry)} />
                </li>`,
              )}
            </ul>
          </section>`,
        )}
        ${!store.entries.length && html`<p class="quiet">Your conversations stay in this browser.</p>`}
      </div>
      <${ThemeSwitch} />
    </nav>
  `;
}

function groupByDay(entries) {
  const today = new Date().setHours(0, 0, 0, 0);
  const groups = new Map();
  for (const entry of entries) {
    const days = Math.ceil((today - entry.updated) / 86_400_000);
    const name = days <= 0 ? "Today" : days === 1 ? "Yesterday" : days <= 7 ? "Last 7 days" : "Older";
    groups.set(name, [...(groups.get(name) ?? []), entry]);
  }
  return [...groups];
}

function ThemeSwitch() {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? "system");
  const choose = (next) => {
    setTheme(next);
    try {
      if (next === "system") localStorage.removeItem("headrace:theme");
      else localStorage.setItem("headrace:theme", next);
    } catch {
      // Storage is blocked: the theme lasts as long as the page.
    }
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
  };
  return html`<div class="themes" role="radiogroup" aria-label="Theme">
    ${Object.entries(THEMES).map(
      ([name, label]) => html`<label title=${label} class=${theme === name ? "chosen" : ""}>
        <input type="radio" name="theme" class="offscreen" value=${name} checked=${theme === name} onChange=${() => choose(name)} />
        <${Icon} name=${{ system: "system", light: "sun", dark: "moon" }[name]} />
        <span class="offscreen">${label}</span>
      </label>`,
    )}
  </div>`;
}

function Welcome({ title, suggestions, onChoose }) {
  return html`<div class="welcome">
    <${Logo} />
    <h2>What would you like to know?</h2>
    <p class="quiet">You are talking to ${title}.</p>
    <ul class="suggestions">
      ${suggestions.map(
        (text) => html`<li key=${text}><button type="button" onClick=${() => onChoose(text)}>${text}</button></li>`,
      )}
    </ul>
  </div>`;
}

function Composer({ field, running, onSend, onStop }) {
  const [text, setText] = useState("");
  useLayoutEffect(() => {
    const area = field.current;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);
  const send = () => {
    if (running || !text.trim()) return;
    onSend(text.trim());
    setText("");
  };
  return html`<form class="composer" onSubmit=${(event) => {
    event.preventDefault();
    send();
  }}>
    <div class="box">
      <textarea
        id="composer"
        ref=${field}
        rows="1"
        aria-label="Message"
        placeholder="Ask anything"
        enterkeyhint="send"
        value=${text}
        onInput=${(event) => setText(event.target.value)}
        onKeyDown=${(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            send();
          }
        }}
      />
      ${running
        ? html`<button type="button" class="round" aria-label="Stop" title="Stop (Esc)" onClick=${onStop}><span class="square"></span></button>`
        : html`<button type="submit" class="round" aria-label="Send" title="Send (Enter)" disabled=${!text.trim()}><${Icon} name="send" /></button>`}
    </div>
    <p class="hint"><kbd>Enter</kbd> sends, <kbd>Shift</kbd> <kbd>Enter</kbd> starts a new line, <kbd>Esc</kbd> stops</p>
  </form>`;
}

function Undo({ onUndo, onEnd }) {
  useEffect(() => {
    const timer = setTimeout(onEnd, 8000);
    return () => clearTimeout(timer);
  }, []);
  return html`<p class="toast" role="status">Conversation deleted. <button type="button" class="link" onClick=${onUndo}>Undo</button></p>`;
}

function TokenDialog({ reason, onToken, onClose }) {
  const dialog = useRef(null);
  const [token, setToken] = useState("");
  const [remember, setRemember] = useState(false);
  const [problem, setProblem] = useState("");
  useEffect(() => dialog.current.showModal(), []);
  return html`<dialog ref=${dialog} aria-labelledby="token-title" onClose=${onClose} onKeyDown=${(event) => event.stopPropagation()}>
    <form onSubmit=${async (event) => {
      event.preventDefault();
      setProblem("");
      if (!(await onToken(token, remember))) setProblem("The server did not accept this token.");
    }}>
      <h2 id="token-title">Token needed</h2>
      <p class="quiet">This server answers only with the token that it was started with.</p>
      <label class="field">
        <span>Token</span>
        <input type="password" autocomplete="current-password" required value=${token} onInput=${(event) => setToken(event.target.value)} />
      </label>
      <label class="check">
        <input type="checkbox" checked=${remember} onChange=${(event) => setRemember(event.target.checked)} />
        <span>Remember it in this browser</span>
      </label>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
      <div class="buttons">
        <button type="submit" class="button primary">Continue</button>
        <button type="button" class="button" onClick=${() => dialog.current.close()}>Cancel</button>
      </div>
    </form>
  </dialog>`;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[data-copy='code']");
  if (!button) return;
  if (await copyText(button.closest("figure").querySelector("code").textContent)) {
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  }
});

render(html`<${App} />`, document.querySelector("#app"));
