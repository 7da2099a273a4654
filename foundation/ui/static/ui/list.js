// Lists: rows open a drawer, j and k walk, Enter opens, x ticks; ticking shows the bulk bar; chips show that they are set.
import { openDrawer } from "./drawer.js";
import { fresh, typing, words } from "./dom.js";

const rows = () => [...document.querySelectorAll("[data-list] tr[data-pk]")];
const current = () => document.querySelector("[data-list] tr.is-current");

function mark(row) {
  current()?.classList.remove("is-current");
  row?.classList.add("is-current");
  row?.scrollIntoView({ block: "nearest" });
}

function open(row, page) {
  if (!row?.dataset.url) return;
  if (page || !row.dataset.drawer) location.assign(row.dataset.url);
  else {
    mark(row);
    openDrawer(row.dataset.drawer, row.querySelector("a") ?? row);
  }
}

function updateBulk(form) {
  const ticked = form.querySelectorAll("[data-tick]:checked").length;
  const all = form.querySelectorAll("[data-tick]").length;
  const bar = form.querySelector("[data-bulk-bar]");
  bar.hidden = ticked === 0;
  bar.querySelector("[data-bulk-count]").textContent = words("selected", ticked);
  const head = form.querySelector("[data-tick-all]");
  head.checked = ticked > 0 && ticked === all;
  head.indeterminate = ticked > 0 && ticked < all;
}

function bindBulk(form) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) form.querySelectorAll("[data-tick]").forEach((box) => (box.checked = event.target.checked));
    updateBulk(form);
  });
  form.querySelector("[data-untick]").addEventListener("click", () => {
    form.querySelectorAll("[data-tick], [data-tick-all]").forEach((box) => (box.checked = false));
    updateBulk(form);
  });
  updateBulk(form);
}

function bindRows(list) {
  list.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (!row || getSelection().toString() || event.target.closest("input, button, label, summary, .cell-tick")) return;
    const link = event.target.closest("a");
    if (link && link.getAttribute("href") !== row.dataset.url) return;
    if (event.ctrlKey || event.metaKey) {
      if (!link) window.open(row.dataset.url, "_blank", "noopener");
      return;
    }
    if (event.shiftKey) return;
    event.preventDefault();
    open(row, innerWidth < 640);
  });
}

function bindWidth(list) {
  const table = list.querySelector(".list-table");
  if (!table) return;
  const check = () => {
    list.classList.remove("is-wide");
    list.classList.toggle("is-wide", innerWidth >= 640 && table.scrollWidth > list.clientWidth + 1);
  };
  new ResizeObserver(check).observe(list);
}

function bindChips(bar) {
  bar.addEventListener("change", ({ target }) => {
    const chip = target.closest(".chip");
    const value = target.type === "checkbox" ? [...chip.querySelectorAll("input")].some((box) => box.checked) : target.value;
    chip?.classList.toggle("is-set", Boolean(value));
  });
  // Typing already searches; the change on leaving the box must not ask once more.
  bar.querySelector("#list-search")?.addEventListener("change", (event) => event.stopPropagation());
  bar.addEventListener("htmx:configRequest", ({ detail }) => {
    detail.formData.set("sort", new URLSearchParams(location.search).get("sort") ?? "");
    for (const [name, value] of [...detail.formData.entries()]) if (value === "") detail.formData.delete(name);
  });
}

function keys(event) {
  if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  if (event.key === "j" || event.key === "k") {
    const row = all[Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), all.length - 1)];
    mark(row);
    if (!document.getElementById("drawer-shell").hidden) open(row);
  } else if (event.key === "x" && at >= 0) {
    const box = all[at].querySelector("[data-tick]");
    if (box) {
      box.checked = !box.checked;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
  } else if (event.key === "Enter" && at >= 0 && !event.target.closest("a, button, summary")) open(all[at], event.shiftKey);
}

let listening = false;

export function bindLists(root) {
  for (const list of fresh(root, "[data-list]")) {
    bindRows(list);
    bindWidth(list);
    if (!listening) document.addEventListener("keydown", keys);
    listening = true;
  }
  fresh(root, "form[data-bulk]").forEach(bindBulk);
  fresh(root, "[data-filter-bar]").forEach(bindChips);
}

document.addEventListener("click", ({ target }) => {
  for (const panel of document.querySelectorAll("details.chip[open]")) if (!panel.contains(target)) panel.open = false;
});
