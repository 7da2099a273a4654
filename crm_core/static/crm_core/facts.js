// Copy buttons, and filters that apply at once.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard?.writeText(button.dataset.copy);
  button.querySelector(".ti")?.classList.replace("ti-brand-wechat", "ti-check");
});

document.addEventListener("change", (event) => event.target.closest("form[data-submit-on-change]")?.requestSubmit());
