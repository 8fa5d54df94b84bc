// The result of one request: what the page could read, the exchanges of the server, and the prediction of the model.
import { copyable, element, sentence } from "./dom.js";

const paragraph = (words, attributes = {}) => element("p", attributes, ...sentence(words));
const seconds = (count) => `${count} second${count === 1 ? "" : "s"}`;

function headerList(lines) {
  const draw = (some) => element("pre", { class: "headers" }, ...some.flatMap(({ name, value, cors }, index) => [
    index > 0 ? "\n" : "",
    element("span", { class: cors ? "cors" : null }, `${name}: ${value}`),
  ]));
  const cors = lines.filter((line) => line.cors);
  const others = lines.filter((line) => !line.cors);
  return element("div", {},
    cors.length > 0 ? draw(cors) : paragraph("None that is about CORS.", { class: "faint" }),
    others.length > 0 && element("details", {},
      element("summary", {}, `${others.length} other header${others.length === 1 ? "" : "s"}`),
      draw(others)) || null);
}

function exchange(shown) {
  const name = shown.is_preflight ? "Preflight" : "Request";
  const granted = shown.refusal == null;
  return element("li", { class: "card", "data-exchange": name, "data-decision": shown.decision },
    element("h4", {}, `${name}: `, element("code", {}, `${shown.method} ${shown.target}`)),
    element("h5", {}, "The server received"), headerList(shown.headers),
    element("h5", {}, "The policy decided"),
    element("p", {}, element("strong", { class: granted ? "good" : "bad" }, shown.decision), ". ", ...sentence(shown.meaning)),
    shown.refusal && paragraph(`Refusal \`${shown.refusal.code}\`: ${shown.refusal.text}. Remedy: ${shown.refusal.remedy}.`, { class: "refusal" }),
    element("h5", {}, "The server answered"),
    element("p", {}, "Status ", element("code", {}, String(shown.status))), headerList(shown.response_headers),
    element("h5", {}, "The same from a shell"), copyable(`the curl line of the ${name.toLowerCase()}`, shown.curl));
}

function whatThePageRead(outcome) {
  if (outcome.error != null) {
    return [paragraph("Nothing. All that its script learns is this error, which says nothing about the reason:"),
      element("pre", {}, outcome.error)];
  }
  return [element("p", {}, "Status ", element("code", {}, String(outcome.status)), ", these headers and the body:"),
    element("pre", { class: "headers", id: "readable-headers" }, outcome.headers.map(([name, value]) => `${name}: ${value}`).join("\n")),
    element("pre", {}, outcome.body || "(an empty body)")];
}

function prediction({ engine, is_this, preflight, status, readable, blocked, cached_seconds }, outcome) {
  const reads = status != null;
  const agrees = reads === (outcome.error == null) && (!reads || status === outcome.status);
  return element("li", { class: "card", "data-engine": engine, "data-reads": String(reads), "data-agrees": is_this ? String(agrees) : null },
    element("h4", {}, engine, is_this ? element("small", {}, " this browser") : ""),
    element("p", { class: reads ? "good" : "bad" }, reads ? `✓ The page reads the response: ${status}.` : "✗ The page reads nothing."),
    blocked && paragraph(blocked),
    reads && readable.length > 0 ? paragraph(`Readable headers: ${readable.map((name) => `\`${name}\``).join(", ")}.`) : null,
    paragraph(preflight ? "It sends a preflight." : "It sends no preflight."),
    cached_seconds != null ? paragraph(`It caches the answer to the preflight for ${seconds(cached_seconds)}.`) : preflight ? paragraph("It caches nothing.") : null,
    is_this ? paragraph(agrees ? "The model and this browser agree." : "The model and this browser disagree. Please report it.", { class: agrees ? "faint" : "bad" }) : null);
}

function cache({ granted, predictions }) {
  if (granted == null) return null;
  const engine = predictions.find(({ is_this }) => is_this) ?? predictions[0];
  const kept = engine.cached_seconds;
  if (!kept) return paragraph(`${engine.engine} does not cache the answer to the preflight. It sends a preflight again before the next such request.`);
  const methods = ["GET", "HEAD", "POST", ...granted.methods.split(",").map((name) => name.trim())].filter((name, index, all) => name && all.indexOf(name) === index);
  const headers = granted.headers ? `the safelisted headers and \`${granted.headers}\`` : "the safelisted headers";
  return paragraph(`The answer to the preflight is cached for ${seconds(kept)}. Until then, the same page can send to this URL, without asking again: ${methods.map((name) => `\`${name}\``).join(", ")}, with ${headers}.`);
}

export function draw(outcome, explanation) {
  const reads = outcome.error == null;
  const { preflight, exchanges, remedy, dropped, predictions } = explanation;
  const cached = cache(explanation);
  return [
    element("div", { class: `verdict ${reads ? "good" : "bad"}`, "data-verdict": reads ? "read" : "blocked" },
      element("p", {}, element("strong", {}, reads ? `✓ The page could read the response: ${outcome.status}` : "✗ The page could not read the response")),
      !reads && remedy ? paragraph(`To allow this request: ${remedy}.`, { id: "remedy" }) : null),
    paragraph(preflight.what, { id: "preflight" }),
    preflight.because.length > 0 ? element("ul", { id: "because" }, ...preflight.because.map((reason) => element("li", {}, ...sentence(`${reason}.`)))) : null,
    dropped.length > 0 ? paragraph(`The browser left out what no page can set: ${dropped.map((name) => `\`${name}\``).join(", ")}.`) : null,
    element("h3", {}, "What the server saw"),
    exchanges.length > 0 ? element("ol", { class: "cards" }, ...exchanges.map(exchange)) : paragraph("Nothing."),
    element("h3", {}, "What the page could read"),
    ...whatThePageRead(outcome),
    cached && element("h3", {}, "What the browser remembers"), cached,
    element("h3", {}, "What the model of each engine says"),
    element("ul", { class: "cards" }, ...predictions.map((one) => prediction(one, outcome))),
  ].filter((part) => part != null);
}
