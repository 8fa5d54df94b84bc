// Elements are built from text nodes and other elements, never from HTML, because the shown text is not trusted.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (attribute === "on") for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else if (value === true) made.setAttribute(attribute, "");
    else if (value !== false && value != null) made.setAttribute(attribute, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

// A sentence in which `words` between backticks are code.
export const sentence = (words) =>
  words.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));

export const byId = (id) => document.getElementById(id);

// Announces a sentence to users of a screen reader.
export function announce(words) {
  byId("announcer").textContent = words;
}

// A block of text with a button that copies it.
export function copyable(label, text) {
  const button = element("button", { type: "button", class: "quiet" }, "Copy");
  button.setAttribute("aria-label", `Copy ${label}`);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      announce(`Copied ${label}.`);
      button.textContent = "Copied";
    } catch {
      announce("The browser does not let this page copy.");
      button.textContent = "Not copied";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  return element("div", { class: "copyable" }, element("pre", {}, element("code", {}, text)), button);
}
