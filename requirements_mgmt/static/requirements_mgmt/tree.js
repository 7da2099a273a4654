// Arrow keys in the requirement tree: up and down move, right opens, left closes or goes up, Enter opens the requirement.

function rowsOf(tree) {
  return [...tree.querySelectorAll(".tree-row")].filter((row) => row.offsetParent !== null);
}

function step(tree, row, by) {
  const rows = rowsOf(tree);
  const next = rows[rows.indexOf(row) + by];
  if (next) next.focus();
}

function open(node) {
  if (node && !node.open) node.querySelector("summary").click();
}

function close(row) {
  const node = row.closest("details");
  if (node && node.open && node.querySelector("summary") === row) {
    node.open = false;
  } else {
    const above = row.closest("ul").closest("details");
    if (above) above.querySelector("summary").focus();
  }
}

const acts = {
  ArrowDown: (tree, row) => step(tree, row, 1),
  ArrowUp: (tree, row) => step(tree, row, -1),
  ArrowRight: (tree, row) => open(row.closest("details")),
  ArrowLeft: (tree, row) => close(row),
  Enter: (tree, row) => row.querySelector(".tree-title").click(),
};

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.(".tree-row");
  if (!row || event.target !== row || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act(row.closest("[data-tree]"), row);
});

// The title is a link inside the summary: a click on it opens the requirement and leaves the branch as it is.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".tree-title");
  if (link && link.closest("summary") && !event.defaultPrevented && !link.dataset.drawer) event.stopPropagation();
});
