// What has happened in the last five minutes, from the gateway's history and then from its counters as they come.

const slotSeconds = 5;
const slotCount = 60;
/** How far back a present rate looks, in seconds. */
const rateSeconds = 10;

/** The rates of two counters that only grow: events, and those of them that are bad. */
class Series {
  constructor() {
    /** The last slots as events a second; the latest last. */
    this.slots = [];
    this.looks = [];
    this.slotStart = null;
  }

  /** Begins with the gateway's own history, of which each point counts what happened in `seconds`. */
  begin(requests, failures, seconds) {
    this.slots = requests.map((count, index) => ({ rate: count / seconds, bad: failures[index] / seconds }));
    this.slots = this.slots.slice(-slotCount);
    this.looks = [];
    this.slotStart = null;
  }

  /** The counters at `time`, in seconds. Tells whether a slot has ended. */
  add(time, total, bad) {
    const last = this.looks.at(-1);
    if (last !== undefined && (time <= last.time || total < last.total || bad < last.bad)) {
      // Another process, or a clock that was set: what was is not to be compared with what is.
      this.looks = [];
      this.slotStart = null;
    }
    const look = { time, total, bad };
    this.looks.push(look);
    while (this.looks.length > 2 && this.looks[1].time <= time - rateSeconds) this.looks.shift();
    if (this.slotStart === null) {
      this.slotStart = look;
      return true;
    }
    if (time - this.slotStart.time < slotSeconds) return false;
    this.slots.push(Series.between(this.slotStart, look));
    if (this.slots.length > slotCount) this.slots.shift();
    this.slotStart = look;
    return true;
  }

  static between(from, to) {
    const seconds = to.time - from.time;
    return { rate: (to.total - from.total) / seconds, bad: (to.bad - from.bad) / seconds };
  }

  /** Events a second now, and bad ones; null until there are two looks. */
  get present() {
    if (this.looks.length < 2) return null;
    return Series.between(this.looks[0], this.looks.at(-1));
  }

  get peak() {
    return this.slots.reduce((most, slot) => Math.max(most, slot.rate), 0);
  }
}

/** The slots of several series added up, the latest in one place. */
function sumOfSlots(all) {
  const length = all.reduce((most, series) => Math.max(most, series.slots.length), 0);
  const sums = Array.from({ length }, () => ({ rate: 0, bad: 0 }));
  for (const { slots } of all) {
    const first = length - slots.length;
    for (let index = 0; index < slots.length; index += 1) {
      sums[first + index].rate += slots[index].rate;
      sums[first + index].bad += slots[index].bad;
    }
  }
  return sums;
}

/** A little picture of slots: how many, as an area; how many bad, as bars at its foot. */
class Sparkline {
  constructor() {
    this.area = drawing("path", { class: "area" });
    this.line = drawing("path", { class: "line" });
    this.bad = drawing("path", { class: "bad" });
    this.node = drawing(
      "svg",
      { class: "spark", viewBox: `0 0 ${slotCount} 20`, preserveAspectRatio: "none", role: "img" },
      drawing("path", { class: "base", d: `M0 19.5H${slotCount}` }), this.area, this.line, this.bad,
    );
  }

  /** Draws `slots` on a scale that ends at `peak`. */
  draw(slots, peak, what) {
    const scale = peak > 0 ? 18 / peak : 0;
    const first = slotCount - slots.length;
    const height = (rate) => (19.5 - Math.min(18, rate * scale)).toFixed(1);
    let line = "";
    let bad = "";
    let latest = 0;
    slots.forEach((slot, index) => {
      const x = first + index;
      line += `${index === 0 ? "M" : "L"}${x} ${height(slot.rate)}L${x + 1} ${height(slot.rate)}`;
      if (slot.bad > 0) bad += `M${x + 0.5} 20V${Math.min(17.5, height(slot.bad))}`;
      latest = slot.rate;
    });
    setAttribute(this.line, "d", line);
    setAttribute(this.area, "d", line === "" ? "" : `${line}V20H${first}Z`);
    setAttribute(this.bad, "d", bad);
    const failed = slots.reduce((sum, slot) => sum + slot.bad * slotSeconds, 0);
    const most = slots.reduce((value, slot) => Math.max(value, slot.rate), 0);
    setAttribute(
      this.node,
      "aria-label",
      slots.length === 0
        ? `${what}: no history yet`
        : `${what} a second over ${durationText(slots.length * slotSeconds)}: at the end ${rateText(latest)}, `
          + `at most ${rateText(most)}, ${plural(Math.round(failed), "failure")}`,
    );
  }
}
