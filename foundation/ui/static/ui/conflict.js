// data-take on a button: puts its data-value (a JSON list of texts) into the field of that name; one of the pair is pressed.
import { fresh } from "./dom.js";

function put(control, values) {
  if (control.type === "checkbox" || control.type === "radio") {
    control.checked = values.includes(control.value) || (control.type === "checkbox" && values[0] === "true");
  } else if (control.tomselect) {
    control.tomselect.setValue(control.multiple ? values : (values[0] ?? ""));
  } else if (control.multiple) {
    for (const option of control.options) option.selected = values.includes(option.value);
  } else {
    control.value = values[0] ?? "";
  }
  control.dispatchEvent(new Event("input", { bubbles: true }));
  control.dispatchEvent(new Event("change", { bubbles: true }));
}

export function bindConflicts(root) {
  for (const button of fresh(root, "[data-take]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const name = CSS.escape(button.dataset.take);
      const values = JSON.parse(button.dataset.value);
      for (const control of document.querySelectorAll(`form [name="${name}"]`)) put(control, values);
      for (const other of document.querySelectorAll(`[data-take="${name}"]`)) other.setAttribute("aria-pressed", String(other === button));
    });
  }
}
