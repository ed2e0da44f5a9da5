// What is told of the whole gateway: totals, events, failures, limits, errors by reason.

/** Figures at the top. */
class Totals {
  constructor() {
    this.requests = new Series();
    this.views = {};
    this.spark = new Sparkline();
  }

  tile(key, label, value, detail) {
    let view = this.views[key];
    if (view === undefined) {
      view = { value: element("span", { class: "value" }), detail: element("span", { class: "detail" }) };
      this.views[key] = view;
      const words = element("dd", {}, view.value, " ", view.detail);
      if (key === "rate") words.append(this.spark.node);
      byId("totals").append(element("div", { class: `tile ${key}` }, element("dt", {}, label), words));
    }
    setText(view.value, value);
    setText(view.detail, detail);
    return view;
  }

  begin(rows) {
    this.requests.slots = sumOfSlots(rows.map((row) => row.series));
    this.hasNewPast = true;
  }

  take(status, time) {
    this.status = status;
    const responses = status.responses_total;
    if (this.requests.add(time, status.requests_total, responses["5xx"])) this.hasNewPast = true;
  }

  /** Of the requests of late, those that were answered 5xx; null if there were none. */
  get share() {
    const { present } = this.requests;
    return present === null || present.rate === 0 ? null : present.bad / present.rate;
  }

  show(list) {
    const { status } = this;
    const { share } = this;
    const { present } = this.requests;
    const rows = list.rows;
    const up = rows.filter((row) => row.condition.kind === "good").length;
    const flight = [...list.pools.values()].reduce((sum, view) => sum + view.pool.in_flight, 0);
    const { open, maximum } = status.connections;
    this.tile("rate", "Requests", rateText(present?.rate ?? null), "a second");
    const bad = this.tile("errors", "Answered 5xx", shareText(share), present === null ? "" : `${rateText(present.bad)} a second`);
    setAttribute(bad.value, "data-kind", share > 0 ? "bad" : null);
    this.tile("flight", "In flight", countText(flight), "at backends");
    this.tile("clients", "Client connections", countText(open), `of ${countText(maximum)}`);
    const backends = this.tile("backends", "In rotation", countText(up), `of ${plural(rows.length, "backend")}`);
    setAttribute(backends.value, "data-kind", up < rows.length ? (up === 0 ? "bad" : "warn") : null);
    if (this.hasNewPast) {
      this.hasNewPast = false;
      this.spark.draw(this.requests.slots, this.requests.peak, "Requests");
    }
  }
}

/** A list of things that have happened, the latest first, of which at first only some are shown. */
class Journal {
  constructor(id, make) {
    this.id = id;
    this.items = [];
    this.views = new Map();
    this.limit = 12;
    this.make = make;
    byId(`${id}-more`).addEventListener("click", () => {
      this.limit = Infinity;
      this.show();
      byId(id).children[12]?.focus();
    });
  }

  show() {
    const shown = this.items.slice(0, this.limit);
    arrange(byId(this.id), this.views, shown, (item) => item.key, this.make);
    for (const item of shown) this.views.get(item.key).show?.(item);
    setHidden(byId(`${this.id}-note`), this.items.length > 0);
    const more = byId(`${this.id}-more`);
    setHidden(more, this.items.length <= shown.length);
    setText(more, `Show all ${this.items.length}`);
  }
}

const timeOf = (text) => element("time", { datetime: text, title: new Date(text).toLocaleString() }, clockText(new Date(text)));

/** A change of health, as an item of the journal. */
function healthItem(event) {
  const isUp = event.state === "healthy";
  return {
    key: `${event.time} ${event.pool} ${event.backend} ${event.state}`, time: event.time, icon: isUp ? "good" : "bad",
    kind: isUp ? "good" : "bad", subject: event.backend, words: `${isUp ? "is healthy" : "is down"}: ${healthWords(event)}`, pool: event.pool,
  };
}

function configurationItem(event) {
  const isApplied = event.outcome === "applied";
  return {
    key: `${event.time} ${event.text}`, time: event.time, icon: isApplied ? "news" : "bad", kind: isApplied ? "news" : "bad",
    words: event.text,
  };
}

function eventNode(item) {
  const mark = element("span", { class: "mark", "data-kind": item.kind }, icon(item.icon));
  const words = element("span", { class: "words" });
  if (item.subject !== undefined) words.append(named(item.subject), " ");
  words.append(item.words);
  if (item.pool !== undefined) words.append(" ", element("span", { class: "tag" }, item.pool));
  return element("li", { tabindex: "-1" }, timeOf(item.time), mark, words);
}

/** Failures that are alike are one: of a hundred a person wants to know what they are, how many, and since when. */
function failureItems(errors) {
  const items = new Map();
  for (const failure of errors) {
    const key = JSON.stringify([failure.method, failure.target, failure.pool, failure.backend, failure.reason]);
    const item = items.get(key);
    if (item === undefined) items.set(key, { key, latest: failure, first: failure.time, count: 1 });
    else Object.assign(item, { first: failure.time, count: item.count + 1 });
  }
  return [...items.values()];
}

class FailureLine {
  constructor({ latest }) {
    const { method, target, reason } = latest;
    this.time = element("time");
    this.detail = element("span");
    this.id = element("code", { title: "Request id, as in the log" });
    this.count = element("span", { class: "times" });
    const words = element(
      "span", { class: "words" }, named(`${method} ${target}`), ` ${reason}`,
      element("span", { class: "detail" }, this.detail, " ", this.id),
    );
    this.node = element(
      "li", { tabindex: "-1" }, this.time, element("span", { class: "mark", "data-kind": "bad" }, icon("bad")), words, this.count,
    );
  }

  show({ latest, first, count }) {
    const { backend, pool, attempts, retrying_on: next, request_id: id } = latest;
    const details = [];
    if (backend !== null) details.push(`at ${backend}`);
    else if (pool !== null) details.push(`pool ${pool}`);
    if (attempts > 1) details.push(plural(attempts, "attempt"));
    if (next !== null) details.push(`sent again to ${next}`);
    if (count > 1) details.push(`since ${clockText(new Date(first))}`);
    setAttribute(this.time, "datetime", latest.time);
    setText(this.time, clockText(new Date(latest.time)));
    setText(this.detail, details.length > 0 ? `${details.join(", ")}; ` : "");
    setText(this.id, id);
    setText(this.count, count > 1 ? `${countText(count)}\u202f×` : "");
  }
}

/** Lines of something's name, what it is, how often it happens now and how often it has. */
class Counters {
  constructor(id) {
    this.id = id;
    this.views = new Map();
  }

  /** Each item has a key, a name, details, a total and a bad total, of which `word` says what it is. */
  take(items, time) {
    arrange(byId(this.id), this.views, items, (item) => item.key, () => new CounterLine());
    for (const item of items) this.views.get(item.key).take(item, time);
    setHidden(byId(`${this.id}-note`), items.length > 0);
  }
}

class CounterLine {
  constructor() {
    this.series = new Series();
    this.name = element("span", { class: "subject" });
    this.details = element("span", { class: "detail" });
    this.now = element("span", { class: "now" });
    this.total = element("span", { class: "detail" });
    this.spark = new Sparkline();
    this.node = element(
      "li", { class: "counter" }, element("span", { class: "words" }, this.name, this.details), this.spark.node,
      element("span", { class: "figures" }, this.now, this.total),
    );
  }

  take(item, time) {
    const hasSlotEnded = this.series.add(time, item.total, item.bad);
    const present = this.series.present;
    setText(this.name, item.name);
    setText(this.details, item.details);
    setText(this.now, `${rateText(present === null ? null : present.bad)} ${item.word}/s`);
    setAttribute(this.now, "data-bad", present !== null && present.bad > 0 ? "" : null);
    setText(this.total, `${countText(item.bad)} since the start`);
    if (hasSlotEnded) this.spark.draw(this.series.slots, this.series.peak, item.name);
  }
}

function limitItems(limits) {
  return limits.map((limit, index) => {
    const period = limit.period_seconds === 1 ? "a second" : `in ${durationText(limit.period_seconds)}`;
    const by = limit.by === "route" ? "for all clients together" : `for each ${limit.by === "client_ip" ? "client" : limit.by}`;
    return {
      key: `${index} ${limit.name}`,
      name: limit.name,
      details: `${plural(limit.requests, "request")} ${period} ${by}, ${countText(limit.burst)} at once`
        + (limit.dry_run ? "; only watched" : ""),
      total: limit.requests_total,
      bad: limit.exceeded_total,
      word: limit.dry_run ? "too many" : "turned away",
    };
  });
}

function reasonItems(errors) {
  return Object.entries(errors)
    .sort(([, one], [, other]) => other - one)
    .map(([reason, count]) => ({ key: reason, name: reasonText(reason), details: "", total: count, bad: count, word: "" }));
}
