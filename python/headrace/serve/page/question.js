// Questions to the user: approval of tool calls, or any value that a graph asks for.

import { formatValue } from "./parts.js";
import { html, Icon, useModel, useState } from "./ui.js";

/** Return the tool calls to decide on if the question has the form of LangChain's human-in-the-loop middleware. */
function readActions(question) {
  const { action_requests: actions, review_configs: configs } = question ?? {};
  if (!Array.isArray(actions) || !actions.length) return null;
  return actions.map((action, index) => ({
    name: String(action?.name ?? "tool"),
    args: action?.args ?? {},
    description: typeof action?.description === "string" ? action.description : "",
    allowed:
      (Array.isArray(configs) && (configs.find((config) => config?.action_name === action?.name) ?? configs[index]))
        ?.allowed_decisions ?? ["approve", "reject"],
  }));
}

/** A question and the controls that answer it. `onAnswer` gets the value to resume with. */
export function Question({ part, disabled, onAnswer }) {
  useModel(part);
  const actions = readActions(part.question);
  return actions
    ? html`<${Approval} part=${part} actions=${actions} disabled=${disabled} onAnswer=${onAnswer} />`
    : html`<${Request} part=${part} disabled=${disabled} onAnswer=${onAnswer} />`;
}

function Approval({ part, actions, disabled, onAnswer }) {
  const [decisions, setDecisions] = useState([]);
  const answered = part.answer !== undefined;
  const shown = answered ? (part.answer?.decisions ?? []) : decisions;
  const decide = (index, decision) => {
    const next = [...decisions];
    next[index] = decision;
    setDecisions(next);
    if (actions.every((_, each) => next[each])) onAnswer({ decisions: next });
  };
  return html`<section class="card question" aria-label="Approval">
    ${actions.map(
      (action, index) =>
        html`<${Action}
          key=${index}
          action=${action}
          decision=${shown[index]}
          disabled=${disabled || answered || Boolean(decisions[index])}
          onDecide=${(decision) => decide(index, decision)}
        />`,
    )}
  </section>`;
}

const DECISIONS = { approve: "Approved", edit: "Approved with changes", reject: "Rejected" };

function Action({ action, decision, disabled, onDecide }) {
  const [mode, setMode] = useState(null); // "edit" or "reject" while the user types
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const begin = (next) => {
    setMode(next);
    setText(next === "edit" ? JSON.stringify(action.args, null, 2) : "");
    setProblem("");
  };
  const submit = () => {
    if (mode === "reject") {
      onDecide(text.trim() ? { type: "reject", message: text.trim() } : { type: "reject" });
      return;
    }
    try {
      onDecide({ type: "edit", edited_action: { name: action.name, args: JSON.parse(text) } });
    } catch (error) {
      setProblem(`The arguments are not JSON: ${error.message}`);
    }
  };
  const allows = (kind) => action.allowed.includes(kind);
  return html`<div class="action">
    <div class="card-title">
      <${Icon} name="hand" />
      <span>Allow <span class="tool-name">${action.name}</span> to run?</span>
    </div>
    ${action.description && html`<p class="card-text">${action.description}</p>`}
    ${mode === "edit"
      ? html`<label class="field">
          <span>Arguments, as JSON</span>
          <textarea rows="6" spellcheck="false" class="mono" value=${text} onInput=${(event) => setText(event.target.value)} />
        </label>`
      : html`<pre tabindex="0" aria-label="Arguments"><code>${formatValue(action.args)}</code></pre>`}
    ${mode === "reject" &&
    html`<label class="field">
      <span>Reason, for the model (optional)</span>
      <input type="text" value=${text} onInput=${(event) => setText(event.target.value)} />
    </label>`}
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    ${decision
      ? html`<p class="verdict">
          <${Icon} name=${decision.type === "reject" ? "close" : "check"} />${DECISIONS[decision.type] ?? decision.type}
        </p>`
      : html`<div class="buttons">
          ${mode
            ? html`<button type="button" class="button primary" disabled=${disabled} onClick=${submit}>
                  ${mode === "edit" ? "Approve changes" : "Reject"}
                </button>
                <button type="button" class="button" onClick=${() => setMode(null)}>Cancel</button>`
            : html`${allows("approve") &&
                html`<button type="button" class="button primary" disabled=${disabled}
                  onClick=${() => onDecide({ type: "approve" })}>Approve</button>`}
                ${allows("edit") &&
                html`<button type="button" class="button" disabled=${disabled} onClick=${() => begin("edit")}>Edit</button>`}
                ${allows("reject") &&
                html`<button type="button" class="button" disabled=${disabled} onClick=${() => begin("reject")}>Reject</button>`}`}
        </div>`}
  </div>`;
}

function Request({ part, disabled, onAnswer }) {
  const [text, setText] = useState("");
  const answered = part.answer !== undefined;
  const { question } = part;
  const asked = question?.question ?? question?.message ?? question?.prompt;
  const inactive = disabled || answered;
  return html`<section class="card question" aria-label="Question">
    <div class="card-title"><${Icon} name="hand" /><span>${typeof asked === "string" ? asked : "Your decision is needed"}</span></div>
    ${(typeof asked !== "string" || Object.keys(question).length > 1) &&
    html`<pre tabindex="0" aria-label="Question"><code>${formatValue(question)}</code></pre>`}
    ${answered
      ? html`<p class="verdict"><${Icon} name="check" />${describeAnswer(part.answer)}</p>`
      : html`<form class="answer" onSubmit=${(event) => {
          event.preventDefault();
          if (text.trim()) onAnswer(text.trim());
        }}>
          <div class="buttons">
            <button type="button" class="button primary" disabled=${inactive} onClick=${() => onAnswer(true)}>Approve</button>
            <button type="button" class="button" disabled=${inactive} onClick=${() => onAnswer(false)}>Reject</button>
          </div>
          <div class="reply">
            <input type="text" aria-label="Answer in words" placeholder="Or answer in words" value=${text}
              disabled=${inactive} onInput=${(event) => setText(event.target.value)} />
            <button type="submit" class="button" disabled=${inactive || !text.trim()}>Answer</button>
          </div>
        </form>`}
  </section>`;
}

function describeAnswer(answer) {
  if (answer === true) return "Approved";
  if (answer === false) return "Rejected";
  return formatValue(answer);
}
