// What the pointed-at cell of the map says, and the way from it to its window.
"use strict";

(() => {
  const table = document.querySelector("table.heat");
  const reading = document.getElementById("heat-reading");
  if (!table || !reading) return;
  const days = table.tHead.rows[0].cells;
  const untouched = reading.textContent;
  table.parentElement.scrollLeft = table.parentElement.scrollWidth; // the newest first in view

  function cellOf(event) {
    const cell = event.target.closest?.("td");
    return cell && table.contains(cell) && !cell.classList.contains("gap") ? cell : null;
  }

  table.addEventListener("pointermove", (event) => {
    const cell = cellOf(event);
    if (!cell) return;
    const day = days[cell.cellIndex];
    const row = cell.closest("tr");
    const state = ["critical", "warning", "error", "unknown"].find((each) => cell.classList.contains(each)) ?? "quiet";
    const changed = cell.dataset.e ? `, at least ${(cell.dataset.e * 100).toPrecision(3)} points` : "";
    reading.textContent = `${day.dataset.day} · ${row.dataset.name ?? "the window"}: ${cell.className || cell.dataset.end ? (state === "error" ? "broken" : state) : "not run"}${changed}`;
  });
  table.addEventListener("pointerleave", () => {
    reading.textContent = untouched;
  });
  table.addEventListener("click", (event) => {
    const cell = cellOf(event);
    if (cell) location.href = table.dataset.windows + days[cell.cellIndex].dataset.end;
  });
})();
