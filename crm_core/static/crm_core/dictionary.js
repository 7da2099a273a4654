// data-dictionary on a table body: values are put into order by hand; the buttons beside each do the same by keyboard.
import { library, post, still } from "../ui/dom.js";

const body = document.querySelector("[data-dictionary]");

async function save(row, before) {
  const answer = await post(row.dataset.moveUrl, { before: row.nextElementSibling?.dataset.entry ?? "" }).catch(() => null);
  if (answer?.ok) return;
  body.insertBefore(row, before); // the server refused: back to where it stood
}

if (body && body.rows.length > 1) {
  const Sortable = await library("sortable", () => window.Sortable);
  let before = null;
  Sortable.create(body, {
    draggable: "[data-entry]",
    handle: ".drag-handle",
    animation: still() ? 0 : 120,
    onStart: ({ item }) => (before = item.nextElementSibling),
    onEnd: ({ item }) => save(item, before),
  });
}
