// Fetches a page when the pointer rests on its link, so that the click finds it ready. The browser keeps what it fetched for
// this page only, and fetches nothing when the person saves data. A page that was opened from what was fetched says so, because
// the server did not count it as seen when it was fetched.
import { csrf } from "./dom.js";

const LEFT_OUT = "[download], [target], [hx-get], [data-drawer], [aria-current=page], .btn-export, [href*='export='], [href*='/pdf'], [href*='/report'], [href*='/screenshot'], [href*='/attachments'], [href*='/refused']";
const SAVES = () => navigator.connection?.saveData === true || /2g$/.test(navigator.connection?.effectiveType ?? "");
let rules;

function start() {
  rules?.remove();
  rules = document.createElement("script");
  rules.type = "speculationrules";
  rules.nonce = document.querySelector("script[nonce]")?.nonce ?? "";
  const where = { and: [{ href_matches: "/*" }, { not: { href_matches: ["/cms/*", "/api/*", "/accounts/*"] } }, { not: { selector_matches: LEFT_OUT } }] };
  rules.textContent = JSON.stringify({ prefetch: [{ source: "document", where, eagerness: "moderate" }] });
  document.head.append(rules);
}

function tell() {
  const [entry] = performance.getEntriesByType("navigation");
  const url = document.body.dataset.seenUrl;
  if (entry?.deliveryType !== "navigational-prefetch" || !url) return;
  fetch(url, { method: "POST", keepalive: true, headers: { "X-CSRFToken": csrf() }, body: new URLSearchParams({ page: location.pathname }) });
}

export function bindPrefetch() {
  tell();
  if (SAVES() || !HTMLScriptElement.supports?.("speculationrules")) return;
  start();
  // What was fetched before a change is old now.
  document.body.addEventListener("htmx:afterRequest", ({ detail }) => detail.requestConfig?.verb !== "get" && start());
}
