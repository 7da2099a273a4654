// The report form: a picture of the page behind the drawer, or one pasted from the clipboard, goes into the file field.
// Loaded once per page, bound to the document, so that a form that arrives later is served as well.

function put(form, blob, name, said) {
  const field = form.querySelector('input[type="file"]');
  const transfer = new DataTransfer();
  transfer.items.add(new File([blob], name, { type: blob.type }));
  field.files = transfer.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  const preview = form.querySelector("[data-report-preview]");
  preview.src = URL.createObjectURL(blob);
  preview.hidden = false;
  form.querySelector("[data-report-said]").textContent = said;
}

async function library() {
  if (!window.modernScreenshot) {
    await new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = new URL("../vendor/modern-screenshot/modern-screenshot.js", import.meta.url).href;
      script.nonce = document.querySelector("script[nonce]")?.nonce || "";
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
  }
  return window.modernScreenshot;
}

// Fonts go into the picture by hand: the library would resolve their addresses through <base>, which the policy forbids.
// Icons and Latin letters only; Chinese ones are as wide as the system's and too large to carry along.
const FONTS = [
  ["tabler-icons", 400, "tabler-icons/fonts/tabler-icons.woff2"],
  ["Suite Latin", 400, "noto-sans-sc/latin-400.woff2"],
  ["Suite Latin", 500, "noto-sans-sc/latin-500.woff2"],
  ["Suite Latin", 600, "noto-sans-sc/latin-600.woff2"],
];

async function fontFace([family, weight, path]) {
  const answer = await fetch(new URL(`../vendor/${path}`, import.meta.url));
  if (!answer.ok) return "";
  const blob = await answer.blob();
  const address = await new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = failed;
    reader.readAsDataURL(blob);
  });
  return `@font-face { font-family: "${family}"; font-weight: ${weight}; src: url("${address}") format("woff2"); }`;
}

async function capture(form) {
  const said = form.querySelector("[data-report-said]");
  try {
    const { domToBlob } = await library();
    const blob = await domToBlob(document.body, {
      scale: 1,
      font: { cssText: (await Promise.all(FONTS.map(fontFace))).join("\n") },
      backgroundColor: getComputedStyle(document.body).backgroundColor,
      width: window.innerWidth,
      height: window.innerHeight,
      style: { transform: `translateY(-${window.scrollY}px)` },
      // What people type stays theirs: password fields and the drawer itself are left out.
      filter: (node) => !(node instanceof Element && (node.matches('input[type="password"]') || node.id === "drawer-shell")),
    });
    put(form, blob, "page.png", said.dataset.taken);
  } catch {
    said.textContent = said.dataset.failed;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-report-capture]");
  if (button) capture(button.closest("[data-report-form]"));
});

document.addEventListener("paste", (event) => {
  const form = event.target.closest?.("[data-report-form]") || document.querySelector("[data-report-form]");
  const file = [...(event.clipboardData?.files || [])].find((one) => one.type.startsWith("image/"));
  if (form && file) {
    event.preventDefault();
    put(form, file, file.name || "pasted.png", form.querySelector("[data-report-said]").dataset.pasted);
  }
});

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-report-form]");
  if (form && event.target.type === "file" && event.isTrusted && event.target.files[0]) {
    const preview = form.querySelector("[data-report-preview]");
    preview.src = URL.createObjectURL(event.target.files[0]);
    preview.hidden = false;
  }
});

// A picture of the page makes sense only where a page stands behind the form.
function offer(root) {
  for (const button of root.querySelectorAll?.("#drawer [data-report-capture]") || []) button.hidden = false;
}
offer(document);
document.addEventListener("htmx:afterSettle", (event) => offer(event.target.closest("body") || document));
