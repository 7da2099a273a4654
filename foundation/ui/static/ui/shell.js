// The rail folds on the desk and slides in on the phone; the appearance changes at once.
import { post } from "./dom.js";

function toggleRail() {
  const root = document.documentElement;
  const open = root.toggleAttribute("data-rail-open");
  document.querySelector(".topbar-menu")?.setAttribute("aria-expanded", open);
  if (open) document.querySelector("#rail a")?.focus();
  else document.querySelector(".topbar-menu")?.focus();
}

export function bindShell() {
  const root = document.documentElement;
  // On a phone the tabs scroll: the one that is open must not lie outside.
  for (const tab of document.querySelectorAll(".tabs > [aria-current]")) {
    const row = tab.parentElement;
    if (row.scrollWidth > row.clientWidth) row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-rail-toggle]")) toggleRail();
    const fold = event.target.closest("[data-rail-fold]");
    if (fold) {
      const folded = root.dataset.rail !== "folded";
      if (folded) root.dataset.rail = "folded";
      else delete root.dataset.rail;
      fold.setAttribute("aria-pressed", folded);
      post(fold.dataset.url, { folded });
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.hasAttribute("data-rail-open")) toggleRail();
  });
  document.querySelector("[data-appearance]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const { value } = event.submitter;
    root.dataset.bsTheme = value;
    for (const button of event.target.querySelectorAll("[name=theme]")) button.setAttribute("aria-pressed", button === event.submitter);
    document.dispatchEvent(new CustomEvent("appearance"));
    post(event.target.action, { theme: value });
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("appearance")));
}
