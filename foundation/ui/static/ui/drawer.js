// The drawer on the right and the dialog in the middle, filled by htmx: hx-target="#drawer" or hx-target="#dialog-body".

let opener = null;
const shell = () => document.getElementById("drawer-shell");
const panel = () => document.getElementById("drawer");

export function openDrawer(url, from) {
  opener = from ?? document.activeElement;
  return htmx.ajax("GET", url, { target: "#drawer", swap: "innerHTML" });
}

export function closeDrawer() {
  if (shell().hidden) return;
  shell().hidden = true;
  panel().replaceChildren();
  // The row stays marked: j and k go on from where the person was.
  opener?.focus?.({ preventScroll: true });
}

export function bindDrawer() {
  document.body.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
    if (target.id === "drawer") {
      shell().hidden = false;
      panel().scrollTop = 0;
      const title = panel().querySelector("template[data-title]")?.content.textContent.trim();
      if (title) panel().setAttribute("aria-label", title);
      panel().focus({ preventScroll: true });
    }
    if (target.id === "dialog-body") {
      const dialog = document.getElementById("dialog");
      if (target.innerHTML.trim() && !dialog.open) dialog.showModal();
      const title = target.querySelector("h1, h2")?.textContent.trim();
      if (title) dialog.setAttribute("aria-label", title);
    }
  });
  document.body.addEventListener("close-dialog", () => document.getElementById("dialog").close());
  document.body.addEventListener("close-drawer", closeDrawer);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-drawer-close]")) closeDrawer();
    if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog")?.close();
    if (event.target instanceof HTMLDialogElement && event.target.id !== "confirm") event.target.close();
    const link = event.target.closest("a[data-drawer]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      openDrawer(link.dataset.drawer, link.closest("[tabindex]") ?? link);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]") && !event.defaultPrevented) closeDrawer();
  });
}
