// data-chart: numbers from a JSON address, drawn by ECharts in the tokens' colours; behind each a table and a download.
// JSON: {kind: "line"|"bar"|"stack"|"funnel"|"donut", categories: [...], series: [{name, values: [...]}], unit, x, url: [...]}
import { fresh, library, still, words } from "./dom.js";

const token = (name) => {
  const probe = document.createElement("i");
  probe.style.cssText = `display:none;color:var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
};

const number = (value) => (typeof value === "number" ? new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 }).format(value) : (value ?? "—"));

function theme() {
  const [text, quiet, line, surface] = ["--text", "--text-2", "--line", "--surface"].map(token);
  return { text, quiet, line, surface, colours: [1, 2, 3, 4, 5, 6].map((at) => token(`--series-${at}`)) };
}

// A day of an axis as people say it; other names stay as they are.
const day = (name) => (/^\d{4}-\d\d-\d\d$/.test(name) ? new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(name)) : name);

function axes(data, look) {
  const label = { color: look.quiet, fontSize: 12, hideOverlap: true };
  const flat = data.horizontal;
  const names = { type: "category", data: data.categories, axisLabel: { ...label, formatter: day }, axisTick: { show: false }, axisLine: { lineStyle: { color: look.line } }, inverse: flat };
  const values = {
    type: "value",
    min: 0,
    max: data.unit === "%" ? 100 : undefined,
    axisLabel: { ...label, formatter: (value) => `${number(value)}${data.unit === "%" ? "%" : ""}` },
    splitLine: { lineStyle: { color: look.line } },
  };
  return flat ? { xAxis: values, yAxis: names } : { xAxis: names, yAxis: values };
}

// The name at the end of a line: where its last number stands, which need not be the last day; none for a line without numbers.
function nameAtEnd(name, values, data, look) {
  const last = values.findLastIndex((value) => typeof value === "number");
  const label = { show: true, color: look.text, fontSize: 12, distance: 6, padding: [2, 0] };
  if (last < 0) return {};
  if (last === values.length - 1) return { endLabel: { ...label, formatter: "{a}" }, labelLayout: { moveOverlap: "shiftY" } };
  return { markPoint: { silent: true, symbol: "circle", symbolSize: 5, data: [{ coord: [data.categories[last], values[last]], label: { ...label, position: "right", formatter: name } }] } };
}

function seriesOf(data, look) {
  const line = data.kind === "line";
  const many = data.series.length > 1;
  return data.series.slice(0, 6).map(({ name, values, tone }, at) => ({
    name,
    type: line ? "line" : "bar",
    data: values,
    stack: data.kind === "stack" ? "all" : undefined,
    color: tone ? token(`--${tone}-mark`) : look.colours[at],
    barMaxWidth: 32,
    itemStyle: line || data.kind === "stack" ? undefined : { borderRadius: data.horizontal ? [0, 3, 3, 0] : [3, 3, 0, 0] },
    lineStyle: line ? { width: 2 } : undefined,
    symbol: "circle",
    symbolSize: 5,
    showSymbol: values.length < 20,
    connectNulls: false,
    ...(line && many ? nameAtEnd(name, values, data, look) : {}),
    // ECharts carries the name along the line as it draws; over a gap it would walk through nowhere (NaN).
    animation: !still() && values.every((value) => typeof value === "number"),
    label: !line && !many && values.length < 16 ? { show: true, position: data.horizontal ? "right" : "top", color: look.text, fontSize: 12, formatter: ({ value }) => number(value) } : undefined,
  }));
}

function option(data, look) {
  const base = {
    animation: !still(),
    animationDuration: 150,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: look.text },
    tooltip: {
      trigger: data.kind === "donut" ? "item" : "axis",
      confine: true,
      backgroundColor: look.surface,
      borderColor: look.line,
      padding: [6, 10],
      textStyle: { color: look.text, fontSize: 13 },
      valueFormatter: (value) => `${number(value)}${data.unit ?? ""}`,
    },
  };
  if (data.kind === "donut") {
    const values = data.series[0].values.map((value, at) => ({ value, name: data.categories[at], itemStyle: { color: look.colours[at % 6] } }));
    return { ...base, series: [{ type: "pie", radius: ["54%", "78%"], data: values, label: { color: look.text, formatter: "{b} {c}" }, itemStyle: { borderColor: look.surface, borderWidth: 2 } }] };
  }
  const legend = data.series.length > 1 && data.kind !== "line";
  return {
    ...base,
    grid: { left: 4, right: data.kind === "line" && data.series.length > 1 ? Math.min(150, 14 + 6.2 * Math.max(...data.series.map(({ name }) => [...name].reduce((sum, letter) => sum + (letter > "\u2e80" ? 1.8 : 1), 0)))) : 16, top: legend ? 32 : 18, bottom: 2, outerBoundsMode: "same", containLabel: true },
    legend: legend ? { top: 0, left: 0, itemWidth: 10, itemHeight: 10, icon: "roundRect", textStyle: { color: look.quiet } } : undefined,
    ...axes(data, look),
    series: seriesOf(data, look),
  };
}

function tableOf(data, title) {
  const table = document.createElement("table");
  table.className = "table";
  const caption = table.createCaption();
  caption.className = "visually-hidden";
  caption.textContent = title;
  const head = table.createTHead().insertRow();
  for (const name of [data.x ?? "", ...data.series.map((series) => series.name)]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    if (head.cells.length) cell.className = "cell-number";
    head.append(cell);
  }
  const body = table.createTBody();
  data.categories.forEach((category, at) => {
    const row = body.insertRow();
    row.insertCell().textContent = category;
    for (const { values } of data.series) {
      const cell = row.insertCell();
      cell.className = "cell-number";
      cell.textContent = values[at] == null ? "—" : `${number(values[at])}${data.unit ?? ""}`;
    }
  });
  return table;
}

function download(data, title) {
  const guard = (value) => {
    const text = String(value ?? "");
    const safe = typeof value !== "number" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [[data.x ?? "", ...data.series.map((series) => series.name)], ...data.categories.map((name, at) => [name, ...data.series.map(({ values }) => values[at])])];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", lines.map((line) => line.map(guard).join(",")).join("\r\n")], { type: "text/csv" }));
  link.download = `${title}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function none(canvas, text) {
  canvas.innerHTML = '<p class="chart-none"></p>';
  canvas.firstElementChild.textContent = text;
}

async function draw(figure) {
  const canvas = figure.querySelector(".chart-canvas");
  const rows = figure.querySelector(".chart-rows");
  const { chart: url, chartTitle: title } = figure.dataset;
  let data;
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    data = await answer.json();
  } catch {
    none(canvas, words("noChart"));
    return;
  }
  if (!data.categories?.length) {
    none(canvas, words("noNumbers"));
    return;
  }
  const echarts = await library("echarts", () => window.echarts);
  const chart = echarts.init(canvas, null, { renderer: "svg" });
  const paint = () => chart.setOption(option(data, theme()), true);
  paint();
  new ResizeObserver(() => chart.resize()).observe(canvas);
  document.addEventListener("appearance", paint);
  if (data.urls) chart.on("click", ({ dataIndex }) => data.urls[dataIndex] && location.assign(data.urls[dataIndex]));
  rows.replaceChildren(tableOf(data, title));
  const toggle = figure.querySelector("[data-chart-table]");
  toggle.addEventListener("click", () => {
    const table = toggle.getAttribute("aria-pressed") !== "true";
    toggle.setAttribute("aria-pressed", table);
    rows.hidden = !table;
    canvas.hidden = table;
    if (!table) chart.resize();
  });
  figure.querySelector("[data-chart-download]").addEventListener("click", () => download(data, title));
  figure.dataset.drawn = "true";
}

export function bindCharts(root) {
  for (const figure of fresh(root, "[data-chart]")) {
    new IntersectionObserver((entries, observer) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        observer.disconnect();
        draw(figure);
      }
    }).observe(figure);
  }
}
