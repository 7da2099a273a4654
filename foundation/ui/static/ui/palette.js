// One box for pages, records and actions: / or Ctrl-K; arrows walk, Enter goes.
import { typing, words } from "./dom.js";

let timer;
let asked = 0;

export function bindPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("#palette-list");
  const options = () => [...list.querySelectorAll("[role=option]")];

  function choose(option) {
    for (const other of options()) other.setAttribute("aria-selected", other === option);
    input.setAttribute("aria-activedescendant", option?.id ?? "");
    option?.scrollIntoView({ block: "nearest" });
  }

  async function load() {
    const mine = ++asked;
    try {
      const answer = await fetch(`${dialog.dataset.url}?q=${encodeURIComponent(input.value.trim())}`, { headers: { "HX-Request": "true" } });
      const html = await answer.text();
      if (mine !== asked) return;
      if (!answer.ok) throw new Error(answer.status);
      list.innerHTML = html;
    } catch {
      list.innerHTML = `<p class="palette-none"></p>`;
      list.firstElementChild.textContent = words("offline");
    }
    options().forEach((option, at) => (option.id = `palette-option-${at}`));
    choose(options()[0]);
  }

  function open() {
    if (dialog.open) return;
    dialog.showModal();
    input.value = "";
    input.focus();
    load();
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(load, 120);
  });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose(all[(at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]);
    } else if (event.key === "Enter" && all[at]) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) window.open(all[at].href, "_blank", "noopener");
      else all[at].click();
    }
  });
  list.addEventListener("click", (event) => event.target.closest("a") && dialog.close());
  document.addEventListener("click", (event) => event.target.closest("[data-palette-open]") && open());
  document.addEventListener("keydown", (event) => {
    const slash = event.key === "/" && !typing(event.target) && !event.ctrlKey && !event.altKey;
    if (slash || ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k")) {
      event.preventDefault();
      open();
    }
  });
}
