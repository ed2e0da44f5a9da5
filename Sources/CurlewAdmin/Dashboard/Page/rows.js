// One backend: a row of its pool's table, or a card where the page is narrow.

/** What a backend's state is called, and how it looks. */
function condition(backend) {
  if (backend.state === "leaving") return { word: "Leaving", kind: "unknown", icon: "leaving" };
  if (backend.enabled === false) {
    return backend.in_flight > 0
      ? { word: "Draining", kind: "held", icon: "held" }
      : { word: "Disabled", kind: "held", icon: "held" };
  }
  switch (backend.state) {
    case "healthy": return { word: "Healthy", kind: "good", icon: "good" };
    case "unhealthy": return { word: "Down", kind: "bad", icon: "bad" };
    case "ejected": return { word: "Ejected", kind: "warn", icon: "ejected" };
    default: return { word: "Unknown", kind: "unknown", icon: "unknown" };
  }
}

/** What the last change of its health was about. */
const healthWords = (backend) => (backend.reason ?? "not checked yet").replace(/^status: /, "answers ");

/** Why the state is what it is. */
function reasonOf(backend) {
  if (backend.state === "leaving") return "no longer in the configuration";
  const reason = healthWords(backend);
  if (backend.enabled !== false) return reason;
  const by = backend.overridden?.includes("enabled") ? "by hand" : "by the file";
  if (backend.in_flight > 0) return `${by}; ${plural(backend.in_flight, "request")} still in flight`;
  switch (backend.state) {
    case "healthy": return `${by}; health checks pass`;
    case "unhealthy": return `${by}; also down: ${reason}`;
    default: return `${by}; also ${backend.state}`;
  }
}

/** An icon and a word, of which only what is different is touched. */
class Mark {
  constructor() {
    this.use = drawing("use");
    this.word = element("span");
    this.node = element("span", { class: "mark" }, drawing("svg", { class: "icon", "aria-hidden": "true" }, this.use), this.word);
  }

  show({ word, kind, icon: name }) {
    setAttribute(this.use, "href", `#icon-${name}`);
    setText(this.word, word);
    setAttribute(this.node, "data-kind", kind);
  }
}

const columns = [
  ["backend", "Backend"], ["state", "State"], ["past", "Last 5 min"], ["rate", "Requests/s"], ["errors", "Errors"],
  ["p50", "p50"], ["p99", "p99"], ["flight", "In flight"], ["weight", "Weight"], ["action", "Action"],
];

class BackendRow {
  constructor(pool, backend, act) {
    this.pool = pool;
    this.backend = backend;
    this.series = new Series();
    this.mark = new Mark();
    this.spark = new Sparkline();
    this.reason = element("span", { class: "reason" });
    this.since = element("time", { class: "since" });
    this.left = element("progress", { "aria-label": "Requests still in flight", hidden: "" });
    this.button = element("button", { type: "button", class: "act" });
    this.button.addEventListener("click", () => act(this));
    this.tag = element("span", { class: "tag" });
    this.url = named(backend.url);
    this.cells = {};
    this.node = element("tr", { role: "row", "data-id": backend.id });
    for (const [key, label] of columns) {
      const isHead = key === "backend";
      const cell = element(isHead ? "th" : "td", {
        role: isHead ? "rowheader" : "cell", class: key, "data-label": label, scope: isHead ? "row" : undefined,
      });
      this.cells[key] = cell;
      this.node.append(cell);
    }
    this.cells.backend.append(this.url, this.tag);
    this.cells.state.append(this.mark.node, " ", element("span", { class: "why" }, this.since, " ", this.reason), this.left);
    this.cells.past.append(this.spark.node);
    this.cells.action.append(this.button);
    this.draining = null;
  }

  /** Takes what the gateway says. Tells whether a slot of its history has ended. */
  take(pool, backend, time) {
    this.pool = pool;
    this.backend = backend;
    this.condition = condition(backend);
    return this.series.add(time, backend.attempts_total, backend.failures_total);
  }

  /** What the filter looks in. */
  get words() {
    const { pool, url } = this.backend;
    return `${pool} ${url} ${this.condition.word} ${reasonOf(this.backend)}`.toLowerCase();
  }

  show(now) {
    const { backend, cells } = this;
    this.mark.show(this.condition);
    setAttribute(this.node, "data-kind", this.condition.kind);
    setText(this.reason, reasonOf(backend));
    this.showSince(now);
    setText(this.tag, backend.backup ? "backup" : "");
    const present = this.series.present;
    const { latency_seconds: latency } = backend.last_minute;
    const share = present === null || present.rate === 0 ? null : Math.min(1, present.bad / present.rate);
    setText(cells.rate, rateText(present === null ? backend.last_minute.requests_per_second : present.rate));
    setText(cells.errors, shareText(share));
    setAttribute(cells.errors, "data-bad", share > 0 ? "" : null);
    setText(cells.p50, latencyText(latency.p50));
    setText(cells.p99, latencyText(latency.p99));
    setText(cells.flight, backend.max_connections === null
      ? countText(backend.in_flight) : `${countText(backend.in_flight)}\u202f/\u202f${countText(backend.max_connections)}`);
    setText(cells.weight, countText(backend.weight));
    setAttribute(cells.weight, "data-changed", backend.overridden?.includes("weight") ? "" : null);
    this.showAction();
    this.showDrain();
  }

  showSince(now) {
    // That of its health, which is not why it is out.
    const { since, enabled } = this.backend;
    const isKnown = since !== null && enabled !== false;
    setHidden(this.since, !isKnown);
    if (!isKnown) return;
    // The gateway works it out anew each time, to the millisecond.
    if (Math.abs(new Date(this.since.dateTime) - new Date(since)) < 50) {
      // The same.
    } else {
      this.since.dateTime = since;
      this.since.title = new Date(since).toLocaleString();
    }
    setText(this.since, `for ${durationText((now - new Date(since)) / 1000)}:`);
  }

  showAction() {
    const isOut = this.backend.enabled === false;
    setHidden(this.button, this.backend.state === "leaving");
    setText(this.button, isOut ? "Enable" : "Drain");
    setAttribute(this.button, "aria-label", `${isOut ? "Enable" : "Drain"} ${this.backend.url}`);
  }

  /** How far a drain that was asked for here has come. */
  showDrain() {
    const count = this.backend.enabled === false ? this.backend.in_flight : 0;
    if (count === 0) this.draining = null;
    else this.draining = Math.max(this.draining ?? 0, count);
    setHidden(this.left, this.draining === null);
    if (this.draining === null) return;
    this.left.max = this.draining;
    this.left.value = this.draining - count;
  }

  drawPast(peak) {
    this.spark.draw(this.series.slots, peak, "Requests");
  }
}
