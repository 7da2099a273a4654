// Toasts: those the page came with, those that answers bring (HX-Trigger: toast), and what went wrong on the way.
import { words } from "./dom.js";

const ICONS = { good: "circle-check", watch: "alert-triangle", bad: "alert-circle", info: "info-circle", neutral: "circle" };
const STAY = 6000;

function dismissLater(note) {
  if (note.classList.contains("tone-bad")) return;
  let timer = setTimeout(() => note.remove(), STAY);
  note.addEventListener("pointerenter", () => clearTimeout(timer));
  note.addEventListener("pointerleave", () => (timer = setTimeout(() => note.remove(), STAY / 2)));
}

export function toast(text, tone = "info") {
  const box = document.getElementById("toasts");
  if (!box || !text) return;
  const note = document.createElement("div");
  note.className = `toast-note tone-${tone}`;
  note.innerHTML = `<i class="ti ti-${ICONS[tone] ?? ICONS.info}" aria-hidden="true"></i><span></span><button type="button" data-toast-close><i class="ti ti-x" aria-hidden="true"></i></button>`;
  note.querySelector("span").textContent = text;
  note.querySelector("button").setAttribute("aria-label", words("close"));
  box.append(note);
  while (box.children.length > 4) box.firstElementChild.remove();
  dismissLater(note);
}

// What an answer that is not 2xx says to the person.
export function explain(status, text) {
  if (status === 0) return words("offline");
  if (text && text.length < 300 && !text.trimStart().startsWith("<")) return text;
  if (status === 403) return words("forbidden");
  if (status === 404) return words("missing");
  return words("failed");
}

// Toasts that came in a header; true when there were any.
export function toastsOf(header) {
  if (!header?.startsWith("{")) return false;
  const notes = JSON.parse(header).toast ?? [];
  for (const { text, tone } of notes) toast(text, tone);
  return notes.length > 0;
}

export function bindToasts() {
  document.querySelectorAll("[data-toast]").forEach(dismissLater);
  document.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.closest(".toast-note").remove());
  document.body.addEventListener("toast", (event) => {
    for (const { text, tone } of event.detail.value ?? event.detail ?? []) toast(text, tone);
  });
  document.body.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
    if (!xhr.getResponseHeader("HX-Trigger")?.includes('"toast"')) toast(explain(xhr.status, xhr.responseText), "bad");
  });
  document.body.addEventListener("htmx:sendError", () => toast(words("offline"), "bad"));
}
