// Small things that several modules need: words in the person's language, marks against binding twice, libraries on demand.

export const words = (name, value) => {
  const text = document.getElementById("ui-words")?.dataset[name] ?? "";
  return value === undefined ? text : text.replace("%s", value);
};

const bound = new WeakMap();

// Every element under root that matches and was not handed out under this name before.
export function fresh(root, selector, name = selector) {
  const found = [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];
  return found.filter((element) => {
    const names = bound.get(element) ?? new Set();
    if (names.has(name)) return false;
    bound.set(element, names.add(name));
    return true;
  });
}

export const csrf = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

const loading = new Map();

// A classic library, loaded when the first element needs it.
export function library(name, ready) {
  if (ready()) return Promise.resolve(ready());
  if (!loading.has(name)) {
    loading.set(
      name,
      new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = words(name);
        script.onload = () => resolve(ready());
        script.onerror = reject;
        document.head.append(script);
      }),
    );
  }
  return loading.get(name);
}

export function style(name) {
  const href = words(name);
  if (!href || document.querySelector(`link[href="${href}"]`)) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  document.head.prepend(link);
}

export const post = (url, data) =>
  fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": csrf(), "HX-Request": "true", "HX-Current-URL": location.href },
    body: new URLSearchParams(data),
  });

export const typing = (target) => target.closest?.("input, textarea, select, [contenteditable=true], .ts-wrapper") != null;
export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
