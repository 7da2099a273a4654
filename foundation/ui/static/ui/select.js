// data-select on a select: type to find; data-select-url fetches its options as [{value, text}].
import { fresh, library, style, words } from "./dom.js";

export async function bindSelects(root) {
  const selects = fresh(root, "select[data-select]");
  if (!selects.length) return;
  style("tomSelectCss");
  const TomSelect = await library("tomSelect", () => window.TomSelect);
  for (const select of selects) {
    const url = select.dataset.selectUrl;
    const instance = new TomSelect(select, {
      maxOptions: 200,
      allowEmptyOption: !select.required,
      plugins: select.multiple ? ["remove_button"] : [],
      render: { no_results: () => `<div class="no-results">${words("nothing")}</div>` },
      ...(url && {
        valueField: "value",
        labelField: "text",
        searchField: ["text"],
        load: (query, done) =>
          fetch(`${url}${url.includes("?") ? "&" : "?"}q=${encodeURIComponent(query)}`)
            .then((answer) => answer.json())
            .then((found) => done(found.results ?? found))
            .catch(() => done()),
      }),
    });
    // The library keeps the select as a hidden twin of its own control; readers need only one of them.
    select.tabIndex = -1;
    select.setAttribute("aria-hidden", "true");
    const described = select.getAttribute("aria-describedby");
    if (described) instance.control_input.setAttribute("aria-describedby", described);
  }
}
