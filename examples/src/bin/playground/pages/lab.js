// The lab's page. The server judges the text while it is typed. A policy is put into force, and a request is sent, only
// after a click.
import { announce, byId, copyable, element, sentence } from "./dom.js";
import { ask } from "./ask.js";
import * as editor from "./editor.js";
import * as fragment from "./fragment.js";
import * as result from "./result.js";

const PAUSE_BEFORE_JUDGING_IN_MS = 150;
const BODIES = {
  none: null,
  text: { type: "text/plain;charset=UTF-8", content: "one item" },
  form: { type: "application/x-www-form-urlencoded;charset=UTF-8", content: "item=1" },
  json: { type: "application/json", content: '{"item": 1}' },
};
const FORMS = [["attribute", "On a handler"], ["policy", "As a named policy"], ["toml", "In a file, as TOML"]];

const token = document.querySelector("meta[name=lab-token]").content;
const form = byId("request");
const { places, ready_made: readyMade } = await (await fetch("lab/setting.json")).json();
const start = { policy: readyMade[0].policy, ...readyMade[0].request };

async function call(endpoint, message, signal) {
  const response = await fetch(`lab/${endpoint}`, {
    method: "POST",
    headers: { "content-type": "application/json", "lab-token": token },
    body: JSON.stringify(message),
    signal,
  });
  if (response.ok || response.status === 422) return { ok: response.ok, answer: await response.json() };
  throw new Error(await response.text());
}

// The form.

const state = () => ({ policy: editor.text(), ...Object.fromEntries(["who", "method", "credentials", "body", "headers"].map((name) => [name, form.elements[name].value])) });

function fill(wanted) {
  editor.fill(wanted.policy);
  for (const name of ["who", "method", "credentials", "body", "headers"]) {
    const field = form.elements[name];
    field.value = wanted[name];
    // The field has no such choice.
    if (field.value !== wanted[name] && name !== "headers") field.value = start[name];
  }
  judge();
}

// The text is no longer the chosen entry of the menu.
function remember() {
  menu.value = "";
  note("");
  history.replaceState(null, "", fragment.write(state()));
}

// `name: value` lines.
const headerLines = (text) =>
  text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const colon = line.indexOf(":");
    return colon < 0 ? [line, ""] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });

function wantedRequest() {
  const { who, method, credentials, body, headers } = state();
  const wanted = { who, method: method.trim() || "GET", credentials, headers: headerLines(headers), body: null };
  const chosen = BODIES[body];
  // `fetch()` does not accept a body for these methods.
  if (chosen && !["GET", "HEAD"].includes(wanted.method.toUpperCase())) {
    wanted.body = chosen.content;
    if (!wanted.headers.some(([name]) => name.toLowerCase() === "content-type")) wanted.headers.push(["content-type", chosen.type]);
  }
  return wanted;
}

// Judging.

let pause;
let judging = new AbortController();

function judge() {
  clearTimeout(pause);
  pause = setTimeout(async () => {
    judging.abort();
    judging = new AbortController();
    const { policy, method } = state();
    try {
      const { answer } = await call("judge", { policy, method }, judging.signal);
      show(answer);
      document.body.dataset.judged = policy;
    } catch (error) {
      if (error.name !== "AbortError") trouble(error);
    }
  }, PAUSE_BEFORE_JUDGING_IN_MS);
}

function show({ violations, forms }) {
  editor.show(violations);
  byId("forms").hidden = forms == null;
  if (forms == null) return;
  byId("forms-list").replaceChildren(...FORMS.flatMap(([name, title]) => [
    element("h3", {}, title),
    element("div", { id: `form-${name}` }, copyable(`the policy: ${title.toLowerCase()}`, forms[name])),
  ]));
}

function trouble(error) {
  const words = error instanceof TypeError ? "The playground does not answer. Is it still running?" : error.message;
  byId("result").replaceChildren(element("p", { class: "bad", role: "alert" }, words));
}

// Sending.

const frames = {
  stranger: { src: `${places.stranger}/asker`, target: places.stranger, title: "A page on the stranger's origin" },
  sandbox: { src: "asker", target: "*", title: "A sandboxed frame" },
};

async function askFrom(who, request) {
  if (who === "page") return ask(request);
  const { src, target, title } = frames[who];
  const frame = element("iframe", { src, title, hidden: true, sandbox: who === "sandbox" ? "allow-scripts" : null });
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
  document.body.append(frame);
  try {
    await loaded;
    const channel = new MessageChannel();
    const answer = new Promise((resolve, reject) => {
      channel.port1.onmessage = ({ data }) => resolve(data);
      setTimeout(() => reject(new Error(`${title} does not answer.`)), 15_000);
    });
    frame.contentWindow.postMessage(request, target, [channel.port2]);
    return await answer;
  } finally {
    frame.remove();
  }
}

let isSending = false;

async function send() {
  if (isSending) return;
  isSending = true;
  const output = byId("result");
  output.setAttribute("aria-busy", "true");
  announce("Sending.");
  try {
    const prepared = await call("prepare", { policy: editor.text(), forget: byId("forget").checked });
    if (!prepared.ok) {
      editor.show(prepared.answer);
      const words = "The policy is not valid, so nothing was sent. Correct it first.";
      output.replaceChildren(element("p", { class: "bad" }, words));
      announce(words);
      byId("policy").focus();
      return;
    }
    const { url, mark } = prepared.answer;
    const wanted = wantedRequest();
    const outcome = await askFrom(wanted.who, { url, ...wanted });
    const { answer } = await call("explain", { url, mark, wanted });
    output.replaceChildren(...result.draw(outcome, answer));
    byId("forget").checked = false;
    announce(outcome.error == null ? `The page could read the response: ${outcome.status}.` : "The page could not read the response.");
  } catch (error) {
    trouble(error);
  } finally {
    isSending = false;
    output.setAttribute("aria-busy", "false");
    output.dataset.sent = String(Number(output.dataset.sent ?? 0) + 1);
  }
}

// The menu of ready-made policies.

const menu = byId("ready-made");
const plain = (words) => words.replaceAll("`", "");
for (const [label, isMistake] of [["Policies", false], ["Typical mistakes", true]]) {
  menu.append(element("optgroup", { label }, ...readyMade.flatMap((entry, index) =>
    entry.is_mistake === isMistake ? [element("option", { value: index }, plain(entry.name))] : [])));
}

function note(index) {
  byId("note").replaceChildren(...(index === "" ? [] : sentence(readyMade[index].note)));
}

menu.addEventListener("change", () => {
  if (menu.value === "") return;
  const { policy, request } = readyMade[menu.value];
  // The "back" button restores the former content.
  history.pushState(null, "", fragment.write({ policy, ...request }));
  fill({ policy, ...request });
  note(menu.value);
});

editor.onInput(() => {
  remember();
  judge();
});
form.addEventListener("input", (event) => {
  if (event.target.id === "forget") return;
  remember();
  // The method is part of one of the forms.
  if (event.target.name === "method") judge();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
byId("restart").addEventListener("click", () => {
  history.replaceState(null, "", location.pathname);
  menu.value = "0";
  note("0");
  fill(start);
  byId("forget").checked = true;
  byId("result").replaceChildren(element("p", { class: "faint" }, "Nothing has been sent yet."));
  announce("The lab is as it was at the start.");
});

function fillFromFragment() {
  const said = fragment.read(location.hash, start);
  menu.value = said == null ? "0" : "";
  note(menu.value);
  fill(said ?? start);
}
addEventListener("popstate", fillFromFragment);

byId("who-page").append(places.page);
byId("who-stranger").append(places.stranger);
fillFromFragment();
document.body.dataset.ready = "true";
