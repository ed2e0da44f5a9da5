// The admin API as this page asks it: with the token where one is wanted, and in words where it says no.

const tokenKey = "curlew-token";
let token = sessionStorage.getItem(tokenKey);

/** Why something was not done, as a sentence for people. */
class Refusal extends Error {
  constructor(words, status = 0) {
    super(words);
    this.status = status;
  }
}

const statusWords = {
  403: "the gateway does not allow it",
  404: "there is no such thing here any more",
  405: "this gateway cannot do that",
  409: "it does not fit what is there now",
  503: "the gateway is stopping, or has no room",
};

async function wordsOf(response) {
  try {
    const problem = await response.json();
    if (typeof problem.detail === "string") return problem.detail;
  } catch {
    // No JSON: the status has to do.
  }
  return statusWords[response.status] ?? `the gateway answered ${response.status}`;
}

/** Asks for `path`, and throws a Refusal unless that is done. */
async function ask(path, { method = "GET", body, accept = "application/json", signal } = {}) {
  const headers = { Accept: accept };
  // The bytes of a token in UTF-8; a browser has none but these to give.
  if (token !== null) headers.Authorization = `Bearer ${String.fromCharCode(...new TextEncoder().encode(token))}`;
  if (method !== "GET") headers["Content-Type"] = "application/json";
  const options = { method, headers, signal, cache: "no-store", credentials: "omit", redirect: "error" };
  if (body !== undefined) options.body = JSON.stringify(body);
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("the gateway cannot be reached");
  }
  if (!response.ok) throw new Refusal(await wordsOf(response), response.status);
  return response;
}

/** Calls `take(name, data)` for each event of a response, until it ends. */
async function takeEvents(response, take) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    // An end that two pieces share is looked for once more.
    let from = Math.max(0, text.length - 1);
    text += value;
    for (let end = text.indexOf("\n\n", from); end >= 0; end = text.indexOf("\n\n", from)) {
      let name = "message";
      const data = [];
      for (const line of text.slice(0, end).split("\n")) {
        if (line.startsWith("event: ")) name = line.slice(7);
        else if (line.startsWith("data: ")) data.push(line.slice(6));
      }
      text = text.slice(end + 2);
      from = 0;
      if (data.length > 0) take(name, data.join("\n"));
    }
  }
}

/** Follows the gateway's events for as long as the page is open, and says how that goes. */
class Link {
  /** Without a sign of life for so long, the connection is taken for dead, in milliseconds. */
  static silence = 5000;

  constructor({ begun, event, lost, unauthorized }) {
    Object.assign(this, { begun, event, lost, unauthorized });
    this.failures = 0;
    this.run();
  }

  async run() {
    // Asking without would look like somebody who guesses.
    if (token === null && document.documentElement.dataset.token === "wanted") await this.unauthorized(false);
    for (;;) {
      const abort = new AbortController();
      const watch = setInterval(() => {
        if (Date.now() - this.heard > Link.silence) abort.abort();
      }, 1000);
      this.heard = Date.now();
      let reason = "the connection was cut";
      try {
        const response = await ask("/v1/events", { accept: "text/event-stream", signal: abort.signal });
        await this.begun(response);
        this.heard = Date.now();
        await takeEvents(response, (name, data) => {
          this.heard = Date.now();
          this.failures = 0;
          this.event(name, data);
        });
      } catch (error) {
        if (error.status === 401) {
          clearInterval(watch);
          await this.unauthorized(token !== null);
          continue;
        }
        if (error instanceof Refusal) reason = error.message;
        else if (error.name === "AbortError") reason = "the gateway is silent";
        else if (!(error instanceof TypeError)) console.error(error);
      }
      clearInterval(watch);
      await this.pause(reason);
    }
  }

  /** Waits longer each time, at most ten seconds. */
  async pause(reason) {
    this.failures += 1;
    const seconds = Math.min(10, 2 ** (this.failures - 1));
    for (let left = seconds; left > 0; left -= 1) {
      this.lost(left, reason);
      await new Promise((resume) => setTimeout(resume, 1000));
    }
    this.lost(0, reason);
  }
}
