// The form as the part of the URL behind the `#`, so that a case can be sent to somebody else.
const LONGEST = 16_000;
const FIELDS = ["policy", "who", "method", "credentials", "body", "headers"];

export function write(state) {
  return `#${new URLSearchParams(FIELDS.map((field) => [field, state[field]]))}`;
}

// What the fragment says, or null where it says nothing. Fields that are missing keep their value from `start`.
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
