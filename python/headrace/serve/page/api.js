// Requests to the server that this page comes from.

const base = new URL(".", document.baseURI);
const TOKEN = `headrace:${base.pathname}:token`;

/** A response that is not a stream: its status, the server's message, and the seconds to wait before a retry. */
export class ResponseError extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Store the token that the server asks for: for this tab, or for this browser. */
export function storeToken(token, remember) {
  try {
    sessionStorage.setItem(TOKEN, token);
    if (remember) localStorage.setItem(TOKEN, token);
  } catch {
    // Storage is blocked: the token below lasts as long as the page.
  }
  pageToken = token;
}

let pageToken = readToken();

function readToken() {
  try {
    return sessionStorage.getItem(TOKEN) ?? localStorage.getItem(TOKEN);
  } catch {
    return null;
  }
}

async function request(path, options = {}) {
  const headers = { ...options.headers };
  if (pageToken) headers.authorization = `Bearer ${pageToken}`;
  const response = await fetch(new URL(path, base), { ...options, headers, cache: "no-store" });
  if (response.ok) return response;
  const retryAfter = Number(response.headers.get("retry-after")) || null;
  throw new ResponseError(response.status, await readMessage(response), retryAfter);
}

// Return the message of an error response, in whichever of the usual forms it has.
async function readMessage(response) {
  const text = (await response.text()).slice(0, 2000);
  try {
    const { error, detail, message } = JSON.parse(text);
    const found = error?.message ?? error ?? detail ?? message;
    if (typeof found === "string" && found) return found;
  } catch {
    // A proxy answered with a page of its own.
  }
  return response.statusText || `Status ${response.status}`;
}

/** Return what the server says about itself. */
export async function fetchInfo() {
  return (await request("info")).json();
}

/** Start a turn; return the response, whose body is the stream. */
export function startTurn(body, signal) {
  return request("chat", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/x-ndjson" },
    body: JSON.stringify(body),
    signal,
  });
}

/** Resume a stream after the frame `cursor`. */
export function resumeTurn(location, cursor, signal) {
  const url = new URL(location, base);
  url.searchParams.set("after", cursor);
  return request(url, { headers: { accept: "application/x-ndjson" }, signal });
}

/** Stop the run behind a stream. */
export function stopTurn(location) {
  return request(location, { method: "DELETE", keepalive: true });
}

/** Return where the stream of a response can be resumed, or null. */
export function streamLocation(response) {
  const location = response.headers.get("location");
  if (location) {
    const url = new URL(location, response.url);
    // Requests carry the token: they go to this origin only.
    if (url.origin === base.origin) return url.pathname + url.search;
  }
  const id = response.headers.get("x-stream-id");
  return id ? `streams/${encodeURIComponent(id)}` : null;
}

/** Yield the JSON objects of an NDJSON body, as an array for each piece that the network delivers. */
export async function* readFrames(body, onBytes) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let pending = []; // pieces of an unfinished line: joined once, when it ends
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      onBytes?.();
      const lines = decoder.decode(value, { stream: true }).split("\n");
      pending.push(lines[0]);
      if (lines.length === 1) continue;
      lines[0] = pending.join("");
      pending = [lines.pop()];
      const frames = [];
      for (const line of lines) if (line.trim()) frames.push(JSON.parse(line));
      yield frames;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
