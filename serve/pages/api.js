// Asking the server: by addresses that hold wherever its app is mounted.

const BASE = new URL("..", import.meta.url);

/** The server's token, where somebody typed it in: in memory only. */
let token = "";

/** Sends this token with what shows customers. */
export function useToken(text) {
  token = text;
}

/** What the server says is wrong: `status` 0 where it does not answer. */
export class Problem extends Error {
  constructor(status, detail, remedy = "") {
    super(detail);
    this.status = status;
    this.remedy = remedy;
  }
}

/**
 * The server's answer at `path` as an object. `query` are parameters, `body` makes it a POST, `personal` adds
 * the token. Throws `Problem`, or `AbortError` where the signal is aborted.
 */
export async function ask(path, { query = {}, body, personal = false, signal } = {}) {
  const url = new URL(path, BASE);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (personal && token !== "") headers.authorization = `Bearer ${token}`;
  let response;
  let answer;
  try {
    response = await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      headers,
      ...body === undefined ? {} : { body: JSON.stringify(body) },
      signal,
    });
    answer = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (response !== undefined) {
      throw new Problem(response.status, "The server's answer cannot be read");
    }
    throw new Problem(0, "The server cannot be reached", "Is it running? Then try again");
  }
  if (!response.ok) {
    throw new Problem(
      response.status,
      answer.detail ?? `The server answers ${response.status}`,
      answer.remedy,
    );
  }
  return answer;
}

/** A path with an id in it. */
export function pathOf(before, id, after) {
  return `${before}/${encodeURIComponent(id)}/${after}`;
}

/** Runs one request at a time: `run(act)` aborts the one before and hands a signal to `act`. */
export function latest() {
  let controller = new AbortController();
  return {
    /** What `act` gives; `undefined` where a later one took its place. */
    async run(act) {
      controller.abort();
      const own = controller = new AbortController();
      try {
        const result = await act(own.signal);
        return own.signal.aborted ? undefined : result;
      } catch (error) {
        if (own.signal.aborted) return undefined;
        throw error;
      }
    },
    stop() {
      controller.abort();
    },
  };
}
