// data-guard on a form: leaving with unsaved changes asks first; a second submit while the first runs is held back.
import { ask } from "./confirm.js";
import { fresh, words } from "./dom.js";

const guarded = new Set();
const state = (form) => new URLSearchParams([...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken")).toString();
const isDirty = (form) => form.isConnected && !form.dataset.sent && (state(form) !== form.dataset.clean || [...form.querySelectorAll("input[type=file]")].some((input) => input.files.length));
const anyDirty = () => [...guarded].some(isDirty);

function bindLeaving() {
  window.addEventListener("beforeunload", (event) => {
    if (anyDirty()) event.preventDefault();
  });
  document.addEventListener(
    "click",
    async (event) => {
      const link = event.target.closest("a[href]");
      if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || link.target === "_blank" || link.hasAttribute("download")) return;
      if (link.getAttribute("href").startsWith("#") || !anyDirty()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (await ask(words("unsaved"), { yes: words("leave"), tone: "bad" })) {
        guarded.clear();
        location.assign(link.href);
      }
    },
    true,
  );
}

export function bindGuards(root) {
  for (const form of fresh(root, "[data-guard]")) {
    if (!guarded.size) bindLeaving();
    guarded.add(form);
    // A form that came back with errors holds what the person typed: it is not clean.
    form.dataset.clean = form.querySelector("[data-error-summary]") ? "" : state(form);
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "true";
      setTimeout(() => delete form.dataset.sent, 8000);
    });
    form.addEventListener("htmx:afterRequest", ({ detail }) => {
      delete form.dataset.sent;
      if (detail.successful) form.dataset.clean = state(form);
    });
  }
  for (const summary of fresh(root, "[data-guard] [data-error-summary]")) summary.focus();
}
window.addEventListener("pageshow", () => guarded.forEach((form) => delete form.dataset.sent));
