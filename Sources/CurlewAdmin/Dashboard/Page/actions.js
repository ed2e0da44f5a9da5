// What a person changes here: asked once more in words, done, and what became of it said.

/** Says something at the foot of the page: what was done for a while, what was not until it is dismissed. */
function notice(words, kind = "good") {
  const isProblem = kind === "bad";
  const dismiss = element("button", { type: "button", class: "quiet" }, "Dismiss");
  const text = element("p", { role: isProblem ? "alert" : "status" });
  const node = element("div", { class: "notice", "data-kind": kind }, icon(kind), text, dismiss);
  dismiss.addEventListener("click", () => node.remove());
  byId("notices").append(node);
  // Set after the element is there, or else no reader speaks it.
  setText(text, words);
  if (!isProblem) setTimeout(() => node.remove(), 12000);
  return text;
}

/** Asks a question with a verb for its answer. Resolves to whether it was given. */
function confirmed({ title, backend, sentences, verb }) {
  const dialog = byId("question");
  setText(byId("question-title"), title);
  setText(byId("question-backend"), backend);
  setText(byId("question-yes"), verb);
  byId("question-words").replaceChildren(
    ...sentences.map(({ words, isWarning }) => isWarning
      ? element("p", { class: "problem" }, icon("ejected"), element("span", {}, words))
      : element("p", {}, words)),
  );
  return new Promise((resolve) => {
    const end = new AbortController();
    const settle = (answer) => {
      end.abort();
      if (dialog.open) dialog.close();
      resolve(answer);
    };
    byId("question-yes").addEventListener("click", () => settle(true), { signal: end.signal });
    byId("question-no").addEventListener("click", () => settle(false), { signal: end.signal });
    dialog.addEventListener("close", () => settle(false), { signal: end.signal });
    dialog.showModal();
  });
}

const pathOf = (pool, backend) => `/v1/pools/${encodeURIComponent(pool.name)}/backends/${backend.id}`;

/** Who may have requests beside `backend`. */
function othersInRotation(pool, backend) {
  return pool.backends.filter((other) => other.id !== backend.id && other.state === "healthy" && other.enabled !== false);
}

async function drain(pool, backend, report) {
  const others = othersInRotation(pool, backend);
  const sentences = [
    {
      words: `It gets no new requests from the pool ${pool.name}, not even those of clients that always came here. `
        + (backend.in_flight > 0 ? `${plural(backend.in_flight, "request")} in flight may finish.` : "Nothing is in flight there."),
    },
    others.length > 0
      ? { words: `New requests go to ${plural(others.length, "other backend")}.` }
      : { words: `No other backend of ${pool.name} is healthy: its requests fail until one is.`, isWarning: true },
    { words: "Health checks go on. It stays out until it is enabled here, or Curlew is restarted; the configuration file stays as it is." },
  ];
  if (!await confirmed({ title: "Drain this backend?", backend: backend.url, sentences, verb: "Drain" })) return;
  const said = notice(`Draining ${backend.url}.`, "held");
  try {
    const response = await ask(`${pathOf(pool, backend)}/drain`, { method: "POST", body: {}, accept: "text/event-stream" });
    let last = {};
    if (response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
      await takeEvents(response, (name, data) => {
        last = JSON.parse(data);
        if (name === "progress") report(last.in_flight);
        if (name === "failed") throw new Refusal(last.detail);
      });
    } else {
      last = await response.json();
    }
    report(null);
    const left = last.in_flight ?? 0;
    notice(left > 0
      ? `${plural(left, "request")} at ${backend.url} took longer than the drain timeout; they go on.`
      : `${backend.url} is drained: nothing is in flight there.`);
  } catch (error) {
    report(null);
    failed(`${backend.url} could not be drained`, error);
  }
  said.parentElement.remove();
}

async function enable(pool, backend) {
  const sentences = [
    backend.state === "healthy"
      ? { words: `It gets new requests from the pool ${pool.name} again, at once.` }
      : { words: `It gets new requests from the pool ${pool.name} again as soon as it is healthy. Now it is ${condition({ ...backend, enabled: true }).word.toLowerCase()}.` },
  ];
  if (!await confirmed({ title: "Enable this backend?", backend: backend.url, sentences, verb: "Enable" })) return;
  try {
    await ask(pathOf(pool, backend), { method: "PATCH", body: { enabled: true } });
    notice(`${backend.url} is enabled.`);
  } catch (error) {
    failed(`${backend.url} could not be enabled`, error);
  }
}

function failed(what, error) {
  notice(`${what}: ${error instanceof Refusal ? error.message : "the connection was lost"}.`, "bad");
}

/** Asks for the token until there is one. */
function askForToken(wasWrong) {
  const dialog = byId("token");
  const problem = byId("token-error");
  setText(problem, wasWrong ? "That is not the token. Was all of it copied?" : "");
  setHidden(problem, !wasWrong);
  return new Promise((resolve) => {
    const input = byId("token-input");
    // It cannot be closed but with a token: there is nothing to be seen without one.
    dialog.oncancel = (event) => event.preventDefault();
    dialog.firstElementChild.onsubmit = (event) => {
      event.preventDefault();
      token = input.value.trim();
      input.value = "";
      sessionStorage.setItem(tokenKey, token);
      dialog.close();
      resolve();
    };
    if (!dialog.open) dialog.showModal();
    input.focus();
  });
}
