// The pools, each a heading that sums it up and a table of its backends.

/** How many rows of a pool are shown before somebody asks for more. */
const rowsAtOnce = 100;

class PoolView {
  constructor(pool, act) {
    this.rows = new Map();
    this.shown = new Map();
    this.act = act;
    this.limit = rowsAtOnce;
    this.peak = 0;
    this.requests = new Series();
    this.mark = new Mark();
    this.facts = element("p", { class: "facts" });
    this.factViews = {};
    const titleId = `pool-${encodeURIComponent(pool.name)}`;
    this.title = element("h3", { id: titleId }, pool.name);
    this.strategy = element("span", { class: "strategy" });
    this.body = element("tbody", { role: "rowgroup" });
    const head = element("tr", { role: "row" }, ...columns.map(([key, label]) =>
      element("th", { role: "columnheader", scope: "col", class: key }, label)));
    this.table = element(
      "table", { role: "table", "aria-labelledby": titleId }, element("thead", { role: "rowgroup" }, head), this.body,
    );
    this.more = element("button", { type: "button", class: "more" });
    this.more.addEventListener("click", () => this.showMore());
    this.node = element(
      "section", { class: "pool", "aria-labelledby": titleId },
      element("div", { class: "head" }, this.title, this.mark.node, this.strategy, this.facts), this.table, this.more,
    );
  }

  /** Takes what the gateway says. */
  take(pool, time) {
    this.pool = pool;
    this.requests.add(time, pool.requests_total, pool.responses_total["5xx"]);
    let hasSlotEnded = false;
    const gone = new Set(this.rows.keys());
    for (const backend of pool.backends) {
      let row = this.rows.get(backend.id);
      if (row === undefined) {
        row = new BackendRow(pool, backend, this.act);
        this.rows.set(backend.id, row);
      }
      gone.delete(backend.id);
      if (row.take(pool, backend, time)) hasSlotEnded = true;
    }
    for (const id of gone) this.rows.delete(id);
    if (hasSlotEnded) this.hasNewPast = true;
  }

  /** Shows what `filter` lets through; returns how many backends that are. */
  show(now, filter) {
    const fitting = [];
    for (const backend of this.pool.backends) {
      const row = this.rows.get(backend.id);
      if (filter(row)) fitting.push(row);
    }
    setHidden(this.node, fitting.length === 0 && this.pool.backends.length > 0);
    const rows = fitting.slice(0, this.limit);
    arrange(this.body, this.shown, rows, (row) => row.backend.id, (row) => row);
    setHidden(this.more, fitting.length <= rows.length);
    setText(this.more, `Show ${countText(Math.min(rowsAtOnce, fitting.length - rows.length))} more of ${countText(fitting.length)}`);
    this.showHead();
    for (const row of rows) row.show(now);
    if (this.hasNewPast || this.lastCount !== rows.length) this.drawPast(rows);
    this.lastCount = rows.length;
    return fitting.length;
  }

  drawPast(rows) {
    this.hasNewPast = false;
    this.peak = 0;
    for (const row of this.rows.values()) this.peak = Math.max(this.peak, row.series.peak);
    for (const row of rows) row.drawPast(this.peak);
  }

  showHead() {
    const { pool } = this;
    const up = pool.backends.filter((backend) => backend.state === "healthy" && backend.enabled !== false).length;
    if (pool.state === "leaving") this.mark.show({ word: "Leaving", kind: "unknown", icon: "leaving" });
    else if (pool.state === "down" || up === 0) this.mark.show({ word: "No backend in rotation", kind: "bad", icon: "bad" });
    else if (up < pool.backends.length) this.mark.show({ word: `${up} of ${pool.backends.length} in rotation`, kind: "warn", icon: "ejected" });
    else this.mark.show({ word: `All ${plural(up, "backend")} in rotation`, kind: "good", icon: "good" });
    setText(this.strategy, pool.strategy.replaceAll("_", " "));
    const { latency_seconds: latency } = pool.last_minute;
    const present = this.requests.present;
    this.fact("rate", rateText(present?.rate ?? null), "requests/s");
    const share = present === null || present.rate === 0 ? null : present.bad / present.rate;
    setAttribute(this.fact("errors", shareText(share), "5xx"), "data-bad", share > 0 ? "" : null);
    this.fact("p50", latencyText(latency.p50), "p50");
    this.fact("p99", latencyText(latency.p99), "p99");
    this.fact("flight", countText(pool.in_flight), "in flight");
    if (pool.queued !== null) this.fact("queued", countText(pool.queued), "queued");
  }

  fact(key, value, word) {
    let view = this.factViews[key];
    if (view === undefined) {
      view = element("b");
      this.factViews[key] = view;
      this.facts.append(element("span", { class: "fact" }, view, ` ${word}`), " ");
    }
    setText(view, value);
    return view;
  }

  /** Focus goes on in the first of the rows that have come. */
  showMore() {
    const before = this.limit;
    this.limit += rowsAtOnce;
    this.onmore();
    this.body.children[before]?.querySelector("button")?.focus();
  }
}

/** All pools, and which of their backends are to be seen. */
class PoolList {
  constructor() {
    this.pools = new Map();
    this.text = "";
    this.onlyBad = false;
    byId("filter").addEventListener("input", () => this.filter());
    byId("show-all").addEventListener("click", () => this.choose(false));
    byId("show-bad").addEventListener("click", () => this.choose(true));
  }

  choose(onlyBad) {
    this.onlyBad = onlyBad;
    setAttribute(byId("show-all"), "aria-pressed", String(!onlyBad));
    setAttribute(byId("show-bad"), "aria-pressed", String(onlyBad));
    this.filter();
  }

  filter() {
    this.text = byId("filter").value.trim().toLowerCase();
    for (const pool of this.pools.values()) pool.limit = rowsAtOnce;
    const count = this.show();
    clearTimeout(this.saying);
    this.saying = setTimeout(() => say(`${plural(count, "backend")} shown.`), 600);
  }

  fits(row) {
    if (this.onlyBad && row.condition.kind === "good") return false;
    return this.text === "" || this.text.split(/\s+/).every((word) => row.words.includes(word));
  }

  /** Takes what the gateway says of all pools at `time`, in seconds. */
  take(pools, time) {
    arrange(byId("pool-list"), this.pools, pools, (pool) => pool.name, (pool) => {
      const view = new PoolView(pool, (row) => this.act(row));
      view.onmore = () => this.show();
      return view;
    });
    for (const pool of pools) this.pools.get(pool.name).take(pool, time);
  }

  /** Begins all histories anew, with what the gateway remembers. */
  begin(history) {
    for (const { pool, id, requests, failures } of history.backends) {
      this.pools.get(pool)?.rows.get(id)?.series.begin(requests, failures, history.interval_seconds);
    }
    for (const pool of this.pools.values()) pool.hasNewPast = true;
  }

  get rows() {
    return [...this.pools.values()].flatMap((pool) => [...pool.rows.values()]);
  }

  show(now = present()) {
    let fitting = 0;
    for (const pool of this.pools.values()) fitting += pool.show(now, (row) => this.fits(row));
    const rows = this.rows;
    setText(byId("show-all").firstElementChild, countText(rows.length));
    setText(byId("show-bad").firstElementChild, countText(rows.filter((row) => row.condition.kind !== "good").length));
    setHidden(byId("filters"), rows.length === 0);
    const note = byId("pools-note");
    setHidden(note, fitting > 0);
    if (rows.length === 0) setText(note, "There are no pools: every route answers by itself.");
    else if (fitting === 0) setText(note, this.text === "" ? "Every backend is in rotation." : "No backend fits the filter.");
    return fitting;
  }

  act(row) {
    const { pool, backend } = row;
    if (backend.enabled === false) return enable(pool, backend);
    return drain(pool, backend, (inFlight) => {
      if (inFlight === null) return;
      row.backend.in_flight = inFlight;
      row.backend.enabled = false;
      row.condition = condition(row.backend);
      row.show(present());
    });
  }
}
