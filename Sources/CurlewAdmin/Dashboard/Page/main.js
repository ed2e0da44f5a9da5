// The parts of the page and what the gateway says, joined.

/** How far the gateway's clock is ahead of this one, in milliseconds. */
let ahead = 0;

/** Now, by the gateway's clock. */
const present = () => new Date(Date.now() + ahead);

/** Has a screen reader say something, when it has said what it is saying. */
function say(words) {
  byId("said").replaceChildren(element("p", {}, words));
}

const pools = new PoolList();
const totals = new Totals();
const events = new Journal("events", (item) => ({ node: eventNode(item) }));
const failures = new Journal("failures", (item) => new FailureLine(item));
const limits = new Counters("limits");
const reasons = new Counters("reasons");

/** What has come since the last time that something was said. */
let unsaid = [];

function sayNews(item) {
  unsaid.push(item);
  if (unsaid.length > 1) return;
  // Many come together when a rack goes: they are one sentence.
  setTimeout(() => {
    const [first] = unsaid;
    const words = `${first.subject ?? ""} ${first.words}`;
    say(unsaid.length === 1 ? words : `${unsaid.length} events, the first: ${words}`);
    unsaid = [];
  }, 1000);
}

function addEvent(item) {
  if (events.items.some(({ key }) => key === item.key)) return;
  events.items = [item, ...events.items].slice(0, 200);
  events.show();
  sayNews(item);
}

// MARK: The link

let lostSince = null;

function showLink(kind, words) {
  setAttribute(byId("link"), "data-kind", kind);
  setText(byId("link-text"), words);
  document.body.classList.toggle("stale", kind === "lost");
}

function linkLost(secondsLeft, reason) {
  lostSince ??= new Date();
  const words = `Disconnected since ${clockText(lostSince)}`;
  setHidden(byId("forget"), token === null);
  setAttribute(byId("link"), "title", secondsLeft > 0 ? `Next try in ${secondsLeft} s` : "Trying again");
  showLink("lost", words);
  showVerdict(verdictOnSilence(lostSince, reason, pools.rows.length > 0));
  showTitle();
}

let history = null;
let isFirstState = false;

async function linkBegun(response) {
  const date = Date.parse(response.headers.get("Date"));
  // The field has whole seconds.
  ahead = Number.isNaN(date) || Math.abs(date - Date.now()) < 2000 ? 0 : date - Date.now();
  setHidden(byId("forget"), token === null);
  const [past, changes] = await Promise.all(["/v1/history", "/v1/changes"].map(async (path) => (await ask(path)).json()));
  history = past;
  isFirstState = true;
  events.items = changes.changes.map(({ health, configuration }) => health ? healthItem(health) : configurationItem(configuration));
  events.show();
  lostSince = null;
  byId("link").removeAttribute("title");
}

// MARK: What the gateway says

function takeState(data) {
  // Nobody looks; the counters will be there when somebody does.
  if (document.hidden && !isFirstState) return;
  const time = performance.now() / 1000;
  const { pools: all } = JSON.parse(data);
  if (isFirstState) {
    pools.take(all, time);
    pools.begin(history);
    totals.begin(pools.rows);
    for (const id of ["more", "pools-fine"]) setHidden(byId(id), false);
    isFirstState = false;
    history = null;
  }
  pools.take(all, time);
  pools.show();
  if (totals.status) {
    totals.show(pools);
    showVerdict(verdictOn([...pools.pools.values()], totals.share, totals.status.state));
  }
  showTitle();
}

function takeStatus(data) {
  const status = JSON.parse(data);
  totals.take(status, performance.now() / 1000);
  reasons.take(reasonItems(status.errors_total), performance.now() / 1000);
  setText(byId("about"), `${status.version} on ${status.libcurl.split(" ").slice(0, 2).join(" ")}, up ${durationText(status.uptime_seconds)}`);
  if (status.state === "serving") showLink("live", "Live");
  else showLink("wait", { starting: "Live; it is starting", leaving: "Live; it is about to stop", draining: "Live; it is stopping" }[status.state]);
}

function takeEvent(name, data) {
  switch (name) {
    case "state": return takeState(data);
    case "status": return takeStatus(data);
    case "limits": return limits.take(limitItems(JSON.parse(data).limits), performance.now() / 1000);
    case "health": return addEvent(healthItem(JSON.parse(data)));
    case "configuration": return addEvent(configurationItem(JSON.parse(data)));
    case "errors":
      failures.items = failureItems(JSON.parse(data).errors);
      return failures.show();
    default: return undefined;
  }
}

/** What a tab says that nobody looks at. */
function showTitle() {
  const rows = pools.rows;
  const down = rows.filter((row) => row.condition.kind === "bad").length;
  const state = lostSince !== null ? "disconnected" : down > 0 ? `${down} down` : "";
  const title = state === "" ? "Curlew" : `${state} – Curlew`;
  if (document.title !== title) document.title = title;
}

byId("verdict-show").addEventListener("click", () => {
  byId("filter").value = "";
  pools.choose(true);
  byId("pools").scrollIntoView();
  byId("pools").focus({ preventScroll: true });
});

byId("forget").addEventListener("click", () => {
  sessionStorage.removeItem(tokenKey);
  location.reload();
});

new Link({
  begun: linkBegun,
  event: takeEvent,
  lost: linkLost,
  unauthorized: (wasShown) => {
    showLink("wait", "Waiting for the token");
    return askForToken(wasShown);
  },
});
