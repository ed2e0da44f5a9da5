// Numbers and times as people read them.

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const withTenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const none = "–";

const countText = (number) => grouped.format(number);

/** So many a second. */
function rateText(rate) {
  if (rate === null) return none;
  if (rate === 0) return "0";
  if (rate < 0.1) return "<0.1";
  return rate < 9.95 ? withTenths.format(rate) : grouped.format(rate);
}

/** A share from 0 to 1. */
function shareText(share) {
  if (share === null) return none;
  if (share === 0) return "0\u202f%";
  if (share < 0.001) return "<0.1\u202f%";
  return `${share < 0.0995 ? withTenths.format(share * 100) : grouped.format(share * 100)}\u202f%`;
}

function latencyText(seconds) {
  if (seconds === null || seconds === undefined) return none;
  const milliseconds = seconds * 1000;
  if (milliseconds < 0.995) return `${milliseconds.toFixed(2)}\u202fms`;
  if (milliseconds < 9.95) return `${milliseconds.toFixed(1)}\u202fms`;
  if (milliseconds < 999.5) return `${milliseconds.toFixed(0)}\u202fms`;
  return seconds < 9.95 ? `${seconds.toFixed(1)}\u202fs` : `${seconds.toFixed(0)}\u202fs`;
}

/** A stretch of time in its largest unit. */
function durationText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}\u202fs`;
  if (whole < 3600) return `${Math.floor(whole / 60)}\u202fmin`;
  if (whole < 86400) return `${Math.floor(whole / 3600)}\u202fh`;
  return `${Math.floor(whole / 86400)}\u202fd`;
}

const pad = (number) => String(number).padStart(2, "0");

/** The time of day, with the date where it is not today's. */
function clockText(date, now = new Date()) {
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${time}`;
}

/** The ends of a name that is too long to be read; all of it is in the title that goes with it. */
const brief = (text) => text.length <= 96 ? text : `${text.slice(0, 64)}…${text.slice(-24)}`;

/** `1 backend`, `2 backends`. */
const plural = (count, word) => `${countText(count)} ${word}${count === 1 ? "" : "s"}`;

const reasonWords = {
  http_request_error: "Malformed requests",
  http_request_timeout: "Requests too slow",
  client_closed: "Clients left early",
  destination_not_found: "No route",
  access_denied: "Address denied",
  unauthorized: "No valid password",
  rate_limited: "Rate limited",
  client_limit: "Too many from one client",
  destination_unavailable: "No backend available",
  gateway_full: "Gateway full",
  pool_full: "Pool full",
  queue_full: "Queue full",
  queue_timeout: "Waited too long in the queue",
  draining: "Gateway stopping",
  proxy_internal_error: "Internal error",
  dns_error: "Name not resolved",
  connection_refused: "Connection refused",
  connection_timeout: "Connecting took too long",
  tls_protocol_error: "TLS failed",
  tls_certificate_error: "Certificate not valid",
  connection_terminated: "Connection reset",
  http_response_timeout: "Backend too slow to answer",
  connection_read_timeout: "Backend stopped sending",
  connection_write_timeout: "Backend stopped reading",
  unwanted_status: "Status to be retried",
  http_protocol_error: "Malformed answers",
  http_response_header_section_size: "Answer's header too large",
  http_response_incomplete: "Answer cut short",
  http_upgrade_failed: "Upgrade failed",
};

const reasonText = (reason) => reasonWords[reason] ?? reason.replaceAll("_", " ");
