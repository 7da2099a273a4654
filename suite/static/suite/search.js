// Recent searches stay in this browser; arrow keys walk through what was found.
const KEY = "suite.searches";
const MOST = 8;

const read = () => {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) || "[]");
    return Array.isArray(found) ? found.filter((text) => typeof text === "string") : [];
  } catch {
    return [];
  }
};

const form = document.querySelector("[data-search-page]");
if (form) {
  const text = form.dataset.text.trim();
  if (text && Number(form.dataset.count) > 0) {
    try {
      localStorage.setItem(KEY, JSON.stringify([text, ...read().filter((one) => one !== text)].slice(0, MOST)));
    } catch {
      // a browser that keeps nothing
    }
  }
  const box = document.querySelector("[data-recent-searches]");
  const recent = read();
  if (box && recent.length) {
    const list = box.querySelector("ul");
    for (const one of recent) {
      const link = document.createElement("a");
      link.href = `?q=${encodeURIComponent(one)}`;
      link.textContent = one;
      const item = document.createElement("li");
      item.append(link);
      list.append(item);
    }
    box.hidden = false;
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [...document.querySelectorAll(".hit-rows a")];
    const here = links.indexOf(document.activeElement);
    const isIn = here >= 0 || form.contains(document.activeElement);
    if (!links.length || !isIn) return;
    event.preventDefault();
    const next = here + (event.key === "ArrowDown" ? 1 : -1);
    if (next < 0) form.querySelector("input").focus();
    else links[Math.min(next, links.length - 1)].focus();
  });
}
