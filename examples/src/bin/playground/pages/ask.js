// Sends one request, as any page does, and returns what the page could read.
const PATIENCE_IN_MS = 10_000;
const LONGEST_BODY = 2_000;

export async function ask({ url, method, headers, body, credentials }) {
  try {
    const response = await fetch(url, {
      method,
      headers,
      body: body ?? undefined,
      credentials,
      signal: AbortSignal.timeout(PATIENCE_IN_MS),
    });
    const text = await response.text();
    return { status: response.status, headers: [...response.headers], body: text.slice(0, LONGEST_BODY) };
  } catch (error) {
    return { error: String(error) };
  }
}
