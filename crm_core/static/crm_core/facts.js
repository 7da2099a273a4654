// Facts edited in place: a lost update (409) swaps in like a saved fact; copy buttons; filters that apply at once.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (target?.closest("[data-fact]") && xhr.status === 409) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  const edited = document.querySelector(`#${CSS.escape(event.detail.target?.id ?? "")}.is-editing`);
  edited?.querySelector("input:not([type=hidden]), select, textarea")?.focus();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard?.writeText(button.dataset.copy);
  button.querySelector(".ti")?.classList.replace("ti-brand-wechat", "ti-check");
});

document.addEventListener("change", (event) => event.target.closest("form[data-submit-on-change]")?.requestSubmit());
