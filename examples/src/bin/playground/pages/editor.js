// The editor of the policy: line numbers, marks under the mistakes, and the list of mistakes.
import { byId, element, sentence } from "./dom.js";

const area = byId("policy");
const gutter = byId("gutter");
const marks = byId("marks");
const list = byId("findings");
const LEAST_LINES = 7;
const MOST_LINES = 24;

let findings = [];

function draw() {
  const text = area.value;
  const count = text.split("\n").length;
  const faulty = new Set(findings.map((finding) => finding.line));
  gutter.replaceChildren(
    ...Array.from({ length: count }, (_, index) =>
      element("span", { class: faulty.has(index + 1) ? "fault" : null }, String(index + 1))),
  );
  const parts = [];
  let at = 0;
  for (const { from, to } of findings) {
    if (from < at) continue;
    parts.push(text.slice(at, from), element("mark", {}, text.slice(from, to)));
    at = to;
  }
  // A line break at the end has no height unless text follows it.
  parts.push(`${text.slice(at)}\u200b`);
  marks.replaceChildren(...parts);
  area.rows = Math.min(Math.max(count, LEAST_LINES), MOST_LINES);
  scroll();
}

function scroll() {
  marks.scrollTop = gutter.scrollTop = area.scrollTop;
  marks.scrollLeft = area.scrollLeft;
}

function goTo({ from, to }) {
  area.focus();
  area.setSelectionRange(from, to);
}

function correct({ from, to, correction }) {
  area.setRangeText(correction, from, to, "select");
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

// A finding as an entry of the list.
function entry(finding) {
  const { rule, line, message, reason, help, correction } = finding;
  return element("li", { "data-rule": rule, "data-line": line },
    element("p", {},
      element("button", { type: "button", class: "quiet", on: { click: () => goTo(finding) } }, `Line ${line}`),
      " ",
      element("strong", {}, ...sentence(message))),
    reason && element("p", {}, ...sentence(`Why it matters: ${reason}.`)),
    help && element("p", {}, ...sentence(`Help: ${help}`)),
    element("p", { class: "actions" },
      correction && element("button", { type: "button", on: { click: () => correct(finding) } }, "Write ", element("code", {}, correction)),
      rule && element("a", { href: `rules#${rule}` }, `The rule ${rule}`)));
}

export function show(found) {
  findings = found;
  list.replaceChildren(...findings.map(entry));
  area.setAttribute("aria-invalid", String(findings.length > 0));
  const verdict = byId("verdict-of-rules");
  const count = findings.length === 1 ? "1 thing is" : `${findings.length} things are`;
  verdict.textContent = findings.length === 0 ? "✓ Valid: this policy passes every rule." : `✗ Not valid: ${count} wrong.`;
  verdict.className = findings.length === 0 ? "good" : "bad";
  draw();
}

export function onInput(listener) {
  area.addEventListener("input", () => {
    // The places refer to the old text.
    findings = [];
    draw();
    listener();
  });
}

export const text = () => area.value;

export function fill(policy) {
  area.value = policy;
  findings = [];
  draw();
}

area.addEventListener("scroll", scroll);
