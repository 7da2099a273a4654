// The rollout's timeline: bars as planned and as it goes, own Today button, reachable by keyboard.
const box = document.querySelector("[data-gantt]");

function label(task) {
  return [task.name, task.state, ...task.facts].join(". ");
}

function popup({ task }) {
  const node = document.createElement("div");
  node.className = "gantt-note";
  const title = document.createElement("strong");
  title.textContent = task.name;
  const state = document.createElement("div");
  state.textContent = task.state;
  node.append(title, state);
  for (const fact of task.facts) {
    const line = document.createElement("div");
    line.textContent = fact;
    node.append(line);
  }
  return node.outerHTML;
}

function makeReachable(tasks) {
  const known = new Map(tasks.map((task) => [task.id, task]));
  for (const bar of box.querySelectorAll(".bar-wrapper")) {
    const task = known.get(bar.dataset.id);
    if (!task) continue;
    bar.setAttribute("tabindex", "0");
    bar.setAttribute("role", "link");
    bar.setAttribute("aria-label", label(task));
    bar.addEventListener("keydown", (event) => {
      if (event.key === "Enter") window.location.assign(task.url);
    });
    bar.addEventListener("dblclick", () => window.location.assign(task.url));
  }
}

function isDark() {
  return getComputedStyle(document.documentElement).colorScheme === "dark";
}

// Months share the width of the page, so that the whole plan is seen at once; weeks are wide enough to read and scroll.
function widthOf(mode, tasks) {
  if (mode !== "Month") return 90;
  const days = tasks.flatMap((task) => [Date.parse(task.start), Date.parse(task.end)]);
  const months = (Math.max(...days) - Math.min(...days)) / (30.4 * 24 * 3600 * 1000) + 3;
  return Math.max(56, Math.floor((box.clientWidth - 2) / months));
}

async function draw() {
  const answer = await fetch(box.dataset.gantt, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const { tasks } = await answer.json();
  if (!tasks.length) return;
  const chart = new window.Gantt(box, tasks, {
    view_mode: "Month",
    column_width: widthOf("Month", tasks),
    readonly: true,
    infinite_padding: false,
    today_button: false,
    view_mode_select: false,
    scroll_to: "start",
    bar_height: 18,
    padding: 12,
    container_height: "auto",
    arrow_curve: 4,
    language: document.documentElement.lang.startsWith("zh") ? "zh" : "en",
    popup_on: "click",
    popup,
  });
  box.classList.toggle("is-dark", isDark());
  makeReachable(tasks);
  document.querySelector("[data-gantt-today]")?.addEventListener("click", () => chart.scroll_current());
  const modes = [...document.querySelectorAll("[data-gantt-mode]")];
  for (const button of modes) {
    button.addEventListener("click", () => {
      chart.options.column_width = widthOf(button.dataset.ganttMode, tasks);
      chart.change_view_mode(button.dataset.ganttMode);
      makeReachable(tasks);
      for (const other of modes) other.setAttribute("aria-pressed", String(other === button));
    });
  }
}

if (box) {
  draw().catch(() => {
    box.textContent = box.dataset.ganttNone;
    box.classList.add("gantt-none");
  });
}
