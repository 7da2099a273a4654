// Starts the kit: every behaviour is bound by a data- attribute, once per page and again in what htmx brings.
import { bindBoards } from "./board.js";
import { bindCharts } from "./chart.js";
import { bindConfirm } from "./confirm.js";
import { bindConflicts } from "./conflict.js";
import { bindDates } from "./dates.js";
import { bindDrawer } from "./drawer.js";
import { bindFacts } from "./facts.js";
import { bindFill } from "./fill.js";
import { bindGuards } from "./guard.js";
import { bindLists } from "./list.js";
import { bindPalette } from "./palette.js";
import { bindPrefetch } from "./prefetch.js";
import { bindSelects } from "./select.js";
import { bindShell } from "./shell.js";
import { bindToasts } from "./toast.js";

const perRoot = [bindBoards, bindCharts, bindConflicts, bindDates, bindGuards, bindLists, bindSelects];

function bindAll(root) {
  for (const bind of perRoot) bind(root);
}

bindShell();
bindToasts();
bindConfirm();
bindDrawer();
bindFacts();
bindFill();
bindPalette();
bindPrefetch();
bindAll(document);
document.body.addEventListener("htmx:load", (event) => bindAll(event.detail.elt));
document.documentElement.dataset.ready = "true";
