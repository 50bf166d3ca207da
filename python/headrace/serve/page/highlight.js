// Colors for code: comments, strings, numbers, keywords and calls. One pass over the text, without grammars.

const HASH = "#[^\\n]*";
const SLASHES = "\\/\\/[^\\n]*|\\/\\*[^]*?(?:\\*\\/|$)";
const DASHES = "--[^\\n]*|\\/\\*[^]*?(?:\\*\\/|$)";
const STRINGS = "\"(?:[^\"\\\\\\n]|\\\\[^])*\"|'(?:[^'\\\\\\n]|\\\\[^])*'";
const TRIPLES = "\"\"\"[^]*?(?:\"\"\"|$)|'''[^]*?(?:'''|$)";
const TEMPLATES = "`(?:[^`\\\\]|\\\\[^])*`";

const KEYWORDS = {
  python:
    "and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield None True False self",
  script:
    "abstract as async await break case catch class const continue default delete do else enum export extends false finally for from function if implements import in instanceof interface let new null of private protected public readonly return static super switch this throw true try type typeof undefined var void while yield",
  system:
    "as async auto await bool break case catch char class const continue crate default defer do double else enum extern false final float fn for func go if impl import in int interface let long loop map match mod move mut namespace new nil null nullptr override package private protected pub public range return self short static string struct super switch template this throw trait true try type typedef union unsafe use using var void where while",
  shell: "case do done elif else esac exit export fi for function if in local return set then until while",
  sql: "all alter and as asc begin between by case commit create delete desc distinct drop else end exists false from full group having in index inner insert into is join key left like limit not null offset on or order outer primary references right select set table then true union unique update using values view when where with",
};

const FAMILIES = [
  ["python py", "python", `${TRIPLES}|${STRINGS}`, HASH],
  ["javascript js jsx typescript ts tsx json json5 mjs", "script", `${STRINGS}|${TEMPLATES}`, SLASHES],
  ["c cpp c++ cs csharp go java kotlin php rust rs scala swift", "system", `"(?:[^"\\\\\\n]|\\\\[^])*"|'(?:[^'\\\\\\n]|\\\\.)'`, SLASHES],
  ["bash sh shell zsh console dockerfile make yaml yml toml ini ruby rb", "shell", STRINGS, HASH],
  ["sql", "sql", STRINGS, DASHES],
];

const LANGUAGES = new Map();
for (const [names, keywords, strings, comments] of FAMILIES) {
  const pattern = new RegExp(
    `(?<comment>${comments})|(?<string>${strings})|(?<number>\\b\\d[\\w.]*)|(?<call>@[\\w.]+|[A-Za-z_]\\w*(?=\\())|(?<word>[A-Za-z_]\\w*)`,
    "g",
  );
  const language = { pattern, keywords: new Set(KEYWORDS[keywords].split(" ")), sql: keywords === "sql" };
  for (const name of names.split(" ")) LANGUAGES.set(name, language);
}

/** Color the text of an element, if its language is known and it is not huge. */
export function highlight(element, name) {
  const language = LANGUAGES.get(name.toLowerCase());
  const text = element.textContent;
  if (!language || text.length > 50_000) return;
  const pieces = [];
  let end = 0;
  for (const { 0: piece, index, groups } of text.matchAll(language.pattern)) {
    const kind = classify(groups, language);
    if (!kind) continue;
    if (index > end) pieces.push(text.slice(end, index));
    const span = document.createElement("span");
    span.className = `code-${kind}`;
    span.textContent = piece;
    pieces.push(span);
    end = index + piece.length;
  }
  element.replaceChildren(...pieces, text.slice(end));
}

function classify({ comment, string, number, call, word }, { keywords, sql }) {
  if (comment !== undefined) return "comment";
  if (string !== undefined) return "string";
  if (number !== undefined) return "number";
  const name = call ?? word;
  if (keywords.has(sql ? name.toLowerCase() : name)) return "keyword";
  return call === undefined ? null : "call";
}
