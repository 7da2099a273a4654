// The form of a custom field asks only what its type needs; without this script it asks everything.
const type = document.querySelector("[data-field-type]");
const needs = { options: ["choice", "multi"], dictionary: ["choice", "multi"], target: ["relation"] };

function show() {
  for (const [name, types] of Object.entries(needs)) {
    const field = document.getElementById(`id_${name}_field`);
    if (field) field.hidden = !types.includes(type.value);
  }
}

if (type) {
  type.addEventListener("change", show);
  show();
}
