// Sends the request of every row, one after the other, and compares the result in this browser with the expected one.
import { byId, element, sentence } from "./dom.js";

const { places, trusted, rows } = await (await fetch("promises.json")).json();
const other = `${trusted ? places.stranger : places.page}/promises`;

byId("who").append(
  `This page is ${location.origin}: `,
  element("strong", {}, trusted ? "the policies trust it." : "a stranger to the policies."),
  ` It sends requests to ${places.api}. See also `,
  element("a", { href: other }, trusted ? "the stranger’s page" : "the trusted page"),
  ".",
);

const inWords = (verdict) => (verdict === "blocked" ? "The response is blocked." : `The page reads the response: ${verdict}.`);

async function ask(row) {
  try {
    const response = await fetch(places.api + row.path, {
      method: row.method,
      headers: row.headers,
      body: row.body ?? undefined,
      credentials: row.credentials ? "include" : "omit",
    });
    return { verdict: String(response.status), body: await response.text(), headers: [...response.headers] };
  } catch (error) {
    return { verdict: "blocked", body: String(error), headers: [] };
  }
}

const cell = (label, ...children) => element("td", { role: "cell", "data-label": label }, ...children);
let disagreements = 0;
for (const row of rows) {
  const outcome = await ask(row);
  const agrees = outcome.verdict === row.expected;
  disagreements += agrees ? 0 : 1;

  const sent = [`${row.method} ${row.path}`, ...row.headers.map(([name, value]) => `${name}: ${value}`)];
  if (row.credentials) sent.push("(with cookies)");
  byId("rows").append(element("tr", {
    role: "row",
    "data-row": row.id,
    "data-expected": row.expected,
    "data-actual": outcome.verdict,
    "data-agrees": String(agrees),
    "data-headers": outcome.headers.map(([name]) => name).join(" "),
  },
    cell("Policy, as written", element("h3", {}, row.title), element("pre", {}, row.policy)),
    cell("Request", element("pre", {}, sent.join("\n")), row.preflight ? element("small", {}, "The browser sends a preflight first.") : null),
    cell("Expected", inWords(row.expected), element("small", {}, ...sentence(row.why))),
    cell("This browser", agrees ? "✓ " : "✗ ", inWords(outcome.verdict), element("small", {}, outcome.body)),
    cell("Readable headers", element("pre", {}, outcome.headers.map(([name, value]) => `${name}: ${value}`).join("\n") || "none")),
  ));
}

const summary = byId("summary");
summary.className = disagreements === 0 ? "good" : "bad";
summary.textContent = disagreements === 0
  ? `All ${rows.length} results are as expected.`
  : `${disagreements} of ${rows.length} results are not as expected.`;
document.body.dataset.done = "true";
