// data-board: cards move by hand (SortableJS) or by keyboard; the screen answers at once and rolls back when the server refuses.
import { openDrawer } from "./drawer.js";
import { fresh, library, post, still, words } from "./dom.js";
import { explain, toast, toastsOf } from "./toast.js";

const columnOf = (card) => card.closest("[data-board-column]");
const listOf = (column) => column.querySelector("[data-board-cards]");
const place = (card) => ({ list: card.parentElement, next: card.nextElementSibling });

function say(text) {
  const voice = document.getElementById("board-voice");
  if (voice) voice.textContent = text;
}

function putBack(card, { list, next }) {
  list.insertBefore(card, next?.parentElement === list ? next : null);
}

function recount(column, change) {
  const count = column.querySelector("[data-board-count]");
  if (count) count.textContent = Number(count.textContent.replace(/\D/g, "")) + change;
}

function update(board, answer) {
  for (const [key, { count, total }] of Object.entries(answer.columns ?? {})) {
    const column = board.querySelector(`[data-board-column="${CSS.escape(key)}"]`);
    if (column && count !== undefined) column.querySelector("[data-board-count]").textContent = count;
    if (column && total !== undefined) column.querySelector("[data-board-total]")?.replaceChildren(total);
  }
}

// The card already stands in its new place; tell the server, and put it back when it says no.
async function save(board, card, before) {
  const [from, to] = [columnOf(before.list), columnOf(card)];
  if (from === to && before.next === card.nextElementSibling) return;
  recount(from, -1);
  recount(to, 1);
  card.classList.add("is-saving");
  let text = "";
  let answer;
  try {
    answer = await post(card.dataset.moveUrl, { to: to.dataset.boardColumn, before: card.nextElementSibling?.dataset.boardCard ?? "", version: card.dataset.version ?? "" });
    text = await answer.text();
  } catch {
    answer = { ok: false, status: 0 };
  }
  card.classList.remove("is-saving");
  const spoke = toastsOf(answer.headers?.get("HX-Trigger"));
  if (answer.ok) {
    if (answer.headers.get("HX-Redirect")) location.assign(answer.headers.get("HX-Redirect"));
    if (answer.headers.get("content-type")?.includes("json")) {
      const data = JSON.parse(text);
      if (data.version !== undefined) card.dataset.version = data.version;
      update(board, data);
    }
    card.dispatchEvent(new CustomEvent("board:moved", { bubbles: true, detail: { to: to.dataset.boardColumn } }));
    return;
  }
  putBack(card, before);
  recount(from, 1);
  recount(to, -1);
  if (!spoke) toast(explain(answer.status, text), "bad");
  card.focus();
}

function bindKeyboard(board) {
  let lifted = null;
  const columns = () => [...board.querySelectorAll("[data-board-column]")];

  function drop(cancel) {
    const { card, start } = lifted;
    lifted = null;
    card.classList.remove("is-lifted");
    if (cancel) {
      putBack(card, start);
      say(words("cancelled"));
    } else {
      say(words("dropped", columnOf(card).dataset.boardName));
      save(board, card, start);
    }
    card.focus();
  }

  function step(card, key) {
    const all = columns();
    const at = all.indexOf(columnOf(card));
    const [list, index] = [listOf(all[at]), [...card.parentElement.children].indexOf(card)];
    if (key === "ArrowUp") list.insertBefore(card, card.previousElementSibling ?? card);
    if (key === "ArrowDown") list.insertBefore(card, card.nextElementSibling?.nextElementSibling ?? null);
    const next = all[at + (key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0)];
    if (next && next !== all[at]) listOf(next).insertBefore(card, listOf(next).children[index] ?? null);
    card.focus();
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    say(words("moved", columnOf(card).dataset.boardName));
  }

  function walk(card, key) {
    const all = columns();
    const at = all.indexOf(columnOf(card));
    const index = [...card.parentElement.children].indexOf(card);
    const beside = { ArrowUp: card.previousElementSibling, ArrowDown: card.nextElementSibling }[key];
    const across = all[at + { ArrowRight: 1, ArrowLeft: -1 }[key]];
    const cards = across ? listOf(across).children : [];
    (beside ?? cards[Math.min(index, cards.length - 1)])?.focus();
  }

  board.addEventListener("keydown", (event) => {
    const card = event.target.closest("[data-board-card]");
    if (!card) return;
    if (event.key === " " && event.target === card && !("boardFixed" in card.dataset)) {
      event.preventDefault();
      if (lifted) return drop(false);
      lifted = { card, start: place(card) };
      card.classList.add("is-lifted");
      say(words("lifted"));
    } else if (event.key === "Escape" && lifted) {
      event.preventDefault();
      drop(true);
    } else if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      if (lifted) step(lifted.card, event.key);
      else walk(card, event.key);
    } else if (event.key === "Enter" && !lifted && event.target === card) {
      const url = card.querySelector("[data-drawer]")?.dataset.drawer;
      if (url) openDrawer(url, card);
    }
  });
  board.addEventListener("focusout", (event) => {
    if (lifted && event.relatedTarget && !lifted.card.contains(event.relatedTarget)) drop(true);
  });
}

export async function bindBoards(root) {
  const boards = fresh(root, "[data-board]");
  boards.forEach(bindKeyboard);
  if (!boards.length || !boards.some((board) => board.querySelector("[data-move-url]:not([data-board-fixed])"))) return;
  const Sortable = await library("sortable", () => window.Sortable);
  for (const board of boards) {
    let start = null;
    for (const list of board.querySelectorAll("[data-board-cards]")) {
      Sortable.create(list, {
        group: "board",
        draggable: "[data-board-card]",
        filter: "[data-board-fixed]",
        preventOnFilter: false,
        ghostClass: "is-ghost",
        animation: still() ? 0 : 120,
        delay: 180,
        delayOnTouchOnly: true,
        onStart: ({ item }) => (start = place(item)),
        onEnd: ({ item }) => save(board, item, start),
      });
    }
  }
}
