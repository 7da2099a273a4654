// Facts edited in place: a lost update (409) swaps in like a saved fact, and the field being edited has the focus.
export function bindFacts() {
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (target?.closest("[data-fact]") && xhr.status === 409) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const id = event.detail.target?.id;
    if (!id?.startsWith("fact-")) return;
    const fact = document.getElementById(id);
    const field = fact?.classList.contains("is-editing") ? fact.querySelector("input:not([type=hidden]), select, textarea") : fact?.querySelector(".fact-edit");
    field?.focus({ preventScroll: true });
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.(".fact.is-editing");
    if (!form || event.isComposing) return;
    if (event.key === "Escape" && !event.defaultPrevented) {
      event.preventDefault(); // a drawer around it stays open
      form.querySelector("[data-fact-cancel]")?.click();
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.querySelector("form").requestSubmit();
  }, true);
}
