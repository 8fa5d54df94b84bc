// Stores the form in the fragment of the URL, so that a case can be sent to another person.
const LONGEST = 16_000;
const FIELDS = ["policy", "who", "method", "credentials", "body", "headers"];

export function write(state) {
  return `#${new URLSearchParams(FIELDS.map((field) => [field, state[field]]))}`;
}

// The content of the fragment, or null if it is empty. Missing fields keep their value from `start`.
export function read(fragment, start) {
  const said = new URLSearchParams(fragment.slice(1));
  if (!said.has("policy")) return null;
  const state = { ...start };
  for (const field of FIELDS) {
    const value = said.get(field);
    if (value != null) state[field] = value.slice(0, LONGEST);
  }
  return state;
}
