// What is wrong and what to do about it, in two sentences: the first thing to be read.

/** From this share of requests on, errors are what is wrong. */
const muchFails = 0.05;

const stageWords = { starting: "Curlew is starting", leaving: "Curlew is about to stop", draining: "Curlew is stopping" };
const comesBack = "It comes back by itself as soon as a health check passes.";

/** `a`, `a and b`, `a, b and 3 more`. */
function listed(names) {
  if (names.length < 3) return names.map(brief).join(" and ");
  return `${names.slice(0, 2).map(brief).join(", ")} and ${countText(names.length - 2)} more`;
}

/** A pool whose clients get nothing is worse than all else. */
function verdictOnEmpty(pools) {
  const [{ pool, rows }] = pools;
  const title = pools.length === 1
    ? `Pool ${pool.name} has no backend in rotation`
    : `${countText(pools.length)} pools have no backend in rotation: ${listed(pools.map((view) => view.pool.name))}`;
  const all = [...rows.values()].map((row) => row.backend);
  const ready = all.find((backend) => backend.enabled === false && backend.state === "healthy");
  const bad = all.find((backend) => backend.enabled !== false && backend.state === "unhealthy");
  const example = bad === undefined ? "" : ` (${brief(bad.url)}: ${healthWords(bad)})`;
  const help = ready !== undefined
    ? `Enable ${brief(ready.url)}, which is healthy.`
    : `Start them, or see why they do not answer${example}. They come back by themselves as soon as a health check passes.`;
  return { kind: "bad", icon: "bad", title, words: `Clients get errors until one is back. ${help}`, isShown: true };
}

function verdictOnDown(rows) {
  if (rows.length > 1) {
    return {
      kind: "bad", icon: "bad", title: `${countText(rows.length)} backends are down: ${listed(rows.map((row) => row.backend.url))}`,
      words: "The others of their pools take the requests. Start them, or see why they do not answer: each comes back by itself.",
      isShown: true,
    };
  }
  const [{ pool, backend }] = rows;
  const count = othersInRotation(pool, backend).length;
  return {
    kind: "bad", icon: "bad", title: `${brief(backend.url)} is down: ${healthWords(backend)}`,
    words: `${count === 1 ? "The other backend" : `The ${countText(count)} other backends`} of ${pool.name} `
      + `${count === 1 ? "takes" : "take"} the requests. Start it, or see why it does not answer. ${comesBack}`,
    isShown: true,
  };
}

function verdictOnDisabled(rows) {
  const left = rows.reduce((sum, row) => sum + row.backend.in_flight, 0);
  const isOne = rows.length === 1;
  return {
    kind: "held", icon: "held", title: `All is well; ${plural(rows.length, "backend")} ${isOne ? "is" : "are"} disabled`,
    words: `${listed(rows.map((row) => row.backend.url))} ${isOne ? "gets" : "get"} no new requests until enabled`
      + `${left > 0 ? `; ${plural(left, "request")} in flight may finish.` : "."}`,
    isShown: true,
  };
}

/** Of what the gateway said last: `views` of its pools, `share` of the requests that are answered 5xx. */
function verdictOn(views, share, stage) {
  if (stage in stageWords) {
    return { kind: "held", icon: "held", title: stageWords[stage], words: "Requests in flight are finished; others go elsewhere." };
  }
  const present = views.filter(({ pool }) => pool.state !== "leaving");
  const rows = present.flatMap((view) => [...view.rows.values()]);
  const those = (word) => rows.filter((row) => row.condition.word === word);
  const isIn = (row) => row.backend.state === "healthy" && row.backend.enabled !== false;
  const empty = present.filter((view) => ![...view.rows.values()].some(isIn));
  const unknown = those("Unknown");
  const serious = empty.filter((view) => [...view.rows.values()].every((row) => row.condition.word !== "Unknown"));
  if (serious.length > 0) return verdictOnEmpty(serious);
  if (those("Down").length > 0) return verdictOnDown(those("Down"));
  if (share >= muchFails) {
    return {
      kind: "bad", icon: "bad", title: `${shareText(share)} of requests are answered 5xx`,
      words: "Backends answer health checks, but not these requests. The failures below and the log of the backends say why.",
    };
  }
  const ejected = those("Ejected");
  if (ejected.length > 0) {
    return {
      kind: "warn", icon: "ejected", isShown: true,
      title: `${listed(ejected.map((row) => row.backend.url))} ${ejected.length === 1 ? "answers" : "answer"} badly`,
      words: "Out of rotation for a while, then tried again by itself. The log of the backend says why.",
    };
  }
  if (unknown.length > 0) {
    return { kind: "unknown", icon: "unknown", title: "Waiting for the first health checks", words: "That takes a few seconds.", isShown: true };
  }
  const disabled = rows.filter((row) => row.condition.kind === "held");
  if (disabled.length > 0) return verdictOnDisabled(disabled);
  const words = rows.length === 0 ? "There are no pools." : `All ${plural(rows.length, "backend")} in rotation.`;
  return { kind: "good", icon: "good", title: "All is well", words };
}

/** While nothing is heard from the gateway, for a `reason`. */
const verdictOnSilence = (since, reason, isSomethingShown) => ({
  kind: "bad", icon: "bad", title: `Nothing heard from Curlew since ${clockText(since)}`,
  words: `${reason[0].toUpperCase()}${reason.slice(1)}. This page tries again by itself; see whether Curlew runs.`
    + `${isSomethingShown ? " All that is shown below is of then." : ""}`,
});

function showVerdict({ kind, icon: name, title, words, isShown = false }) {
  setAttribute(byId("verdict"), "data-kind", kind);
  setAttribute(byId("verdict-icon"), "href", `#icon-${name}`);
  setText(byId("verdict-title"), title);
  setText(byId("verdict-words"), words);
  setHidden(byId("verdict-show"), !isShown);
}
