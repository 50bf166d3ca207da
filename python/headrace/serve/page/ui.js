// preact with htm, and the hooks and icons that components share.

import { h } from "./vendor/preact.js";
import { useLayoutEffect, useReducer } from "./vendor/hooks.js";
import htm from "./vendor/htm.js";

export { render } from "./vendor/preact.js";
export { useEffect, useLayoutEffect, useRef, useState } from "./vendor/hooks.js";

export const html = htm.bind(h);

/** Render the component again after each change of `model`. */
export function useModel(model) {
  const [, refresh] = useReducer((count) => count + 1, 0);
  const seen = model.version;
  useLayoutEffect(() => {
    if (model.version !== seen) refresh();
    return model.subscribe(refresh);
  }, [model]);
  return model;
}

const PATHS = {
  add: "M12 5v14M5 12h14",
  send: "M12 19V5M5.5 11.5 12 5l6.5 6.5",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  trash: "M4 7h16M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10 11v5M14 11v5",
  copy: "M9 9h10.5v10.5H9zM15 5.5V4.5H4.5V15H6",
  check: "M5 12.5 10 17.5 19 7",
  retry: "M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 4v4.5H15",
  edit: "M4.5 19.5h4L19 9a2 2 0 0 0-4-4L4.5 15.5z",
  chevron: "M9 6l6 6-6 6",
  down: "M12 5v14M5.5 12.5 12 19l6.5-6.5",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  system: "M4 5h16v11H4zM9 20h6M12 16v4",
  alert: "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.2",
  hand: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM9.7 9.6a2.4 2.4 0 1 1 3.4 2.3c-.8.4-1.1.9-1.1 1.7M12 16.4v.2",
  tool: "M14.5 6.5a4 4 0 0 1 5-1l-2.7 2.7 1.5 1.5 2.7-2.7a4 4 0 0 1-5.4 5L8 19.5a2.1 2.1 0 0 1-3-3l7.5-7.5a4 4 0 0 1 2-2.5z",
  think: "M9.5 18.5h5M10.5 21h3M12 3a6 6 0 0 0-3.5 10.9c.7.5 1 1.2 1 2v.1h5v-.1c0-.8.3-1.5 1-2A6 6 0 0 0 12 3z",
};

/** Return an icon, which screen readers skip: the control around it has the label. */
export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}

/** The logo: three waves. */
export function Logo() {
  return html`<svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="9" />
    <path d="M7 11.5c3-2.6 6-2.6 9 0s6 2.6 9 0" />
    <path d="M7 17c3-2.6 6-2.6 9 0s6 2.6 9 0" />
    <path d="M7 22.5c3-2.6 6-2.6 9 0s6 2.6 9 0" />
  </svg>`;
}

/** A button that shows only an icon. */
export function IconButton({ icon, label, ...rest }) {
  return html`<button type="button" class="icon-button" aria-label=${label} title=${label} ...${rest}>
    <${Icon} name=${icon} />
  </button>`;
}

/** A button that copies what `text` returns, and shows for a moment that it did. */
export function CopyButton({ text, label }) {
  const [copied, setCopied] = useStateFor(1500);
  const copy = async () => setCopied(await copyText(text()));
  return html`<${IconButton} icon=${copied ? "check" : "copy"} label=${copied ? "Copied" : label} onClick=${copy} />`;
}

// State that falls back to false after some milliseconds.
function useStateFor(milliseconds) {
  const [value, set] = useReducer((_, next) => next, false);
  return [
    value,
    (next) => {
      set(next);
      if (next) setTimeout(() => set(false), milliseconds);
    },
  ];
}

/** Copy text; return false if the browser refuses. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without HTTPS there is no clipboard interface.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "offscreen";
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}
