// Times of the last hour grow older while the page stays open.
import { fresh } from "./dom.js";

const watched = new Set();

function refresh(element) {
  const minutes = Math.floor((Date.now() - Date.parse(element.dateTime)) / 60000);
  if (minutes < 1 || minutes > 59) return;
  element.textContent = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" }).format(-minutes, "minute");
}

export function bindDates(root) {
  for (const element of fresh(root, "time[datetime*='T']")) {
    const age = Date.now() - Date.parse(element.dateTime);
    if (age >= 0 && age < 3600000) watched.add(element);
  }
}

setInterval(() => {
  for (const element of watched) {
    if (element.isConnected) refresh(element);
    else watched.delete(element);
  }
}, 60000);
