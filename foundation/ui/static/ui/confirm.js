// data-confirm on a form or a submit button: the question first, in our own dialog.
import { words } from "./dom.js";

export function ask(question, { yes = "", tone = "" } = {}) {
  const dialog = document.getElementById("confirm");
  const button = dialog.querySelector("[data-confirm-yes]");
  dialog.querySelector(".dialog-question").textContent = question;
  button.textContent = yes || words("continue");
  button.classList.toggle("is-bad", tone === "bad");
  dialog.returnValue = "no";
  dialog.showModal();
  button.focus();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

export function bindConfirm() {
  const agreed = new WeakSet();
  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      const asked = event.submitter?.dataset.confirm ? event.submitter : form;
      if (!asked.dataset.confirm || agreed.has(form)) {
        agreed.delete(form);
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      const { confirm, confirmLabel, confirmTone } = asked.dataset;
      if (await ask(confirm, { yes: confirmLabel, tone: confirmTone })) {
        agreed.add(form);
        form.requestSubmit(event.submitter);
      }
    },
    true,
  );
  document.body.addEventListener("htmx:confirm", (event) => {
    const { question, elt } = event.detail;
    if (!question) return;
    event.preventDefault();
    ask(question, { yes: elt.dataset.confirmLabel, tone: elt.dataset.confirmTone }).then((sure) => sure && event.detail.issueRequest(true));
  });
}
