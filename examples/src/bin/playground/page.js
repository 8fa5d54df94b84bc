// Asks for every row, one after the other, and compares what this browser did with what a browser must do.
const setting = await (await fetch("setting.json")).json();

const element = (name, text = "", children = []) => {
  const made = document.createElement(name);
  made.textContent = text;
  made.append(...children);
  return made;
};

// `words` between backticks are code.
const text = (name, words) =>
  element(name, "", words.split("`").map((part, i) => (i % 2 ? element("code", part) : part)));

const who = document.getElementById("who");
who.append(
  element("span", `This page is ${location.origin}: `),
  element("strong", setting.trusted ? "the policies trust it." : "a stranger."),
  element("span", ` It asks ${setting.api}. See `),
  Object.assign(element("a", setting.trusted ? "the stranger's page" : "the trusted page"), { href: setting.other }),
  element("span", " too."),
);

const inWords = (verdict) => (verdict === "blocked" ? "block the response" : `let the page read it: ${verdict}`);

async function ask(row) {
  try {
    const response = await fetch(setting.api + row.path, {
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

let disagreements = 0;
for (const row of setting.rows) {
  const outcome = await ask(row);
  const agrees = outcome.verdict === row.expected;
  disagreements += agrees ? 0 : 1;

  const sent = [`${row.method} ${row.path}`, ...row.headers.map(([name, value]) => `${name}: ${value}`)];
  if (row.credentials) sent.push("(with cookies)");
  const line = element("tr", "", [
    element("td", "", [element("h2", row.title), element("pre", row.policy)]),
    element("td", "", [element("pre", sent.join("\n")), element("small", row.preflight ? "The browser asks first, with a preflight." : "")]),
    element("td", inWords(row.expected), [text("small", row.why)]),
    element("td", agrees ? "✓ " : "✗ ", [element("span", inWords(outcome.verdict)), element("small", outcome.body)]),
    element("td", "", [element("pre", outcome.headers.map(([name, value]) => `${name}: ${value}`).join("\n") || "none")]),
  ]);
  Object.assign(line.dataset, {
    row: row.id,
    expected: row.expected,
    actual: outcome.verdict,
    agrees: String(agrees),
    headers: outcome.headers.map(([name]) => name).join(" "),
  });
  document.getElementById("rows").append(line);
}

const summary = document.getElementById("summary");
summary.className = disagreements === 0 ? "good" : "bad";
summary.textContent =
  disagreements === 0
    ? `All ${setting.rows.length} rows are as they must be.`
    : `${disagreements} of ${setting.rows.length} rows are not as they must be.`;
document.body.dataset.done = "true";
