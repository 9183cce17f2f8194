"use strict";
// Sorts a table by the column whose header is activated: numbers by their key, the rest as text; and unfolds for print.
(function () {
  function value(row, column) {
    const cell = row.cells[column];
    return cell.dataset.key === undefined ? cell.textContent.trim() : Number(cell.dataset.key);
  }

  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  }

  function sort(header) {
    const table = header.closest("table");
    const column = header.cellIndex;
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    const numeric = rows.some((row) => row.cells[column].dataset.key !== undefined);
    const before = header.getAttribute("aria-sort");
    // The greatest first, since it is what readers look for.
    const descending = before === "none" ? numeric : before === "ascending";
    for (const other of header.parentElement.cells) other.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    rows.sort((a, b) => compare(value(a, column), value(b, column)) * (descending ? -1 : 1));
    body.append(...rows);
  }

  for (const button of document.querySelectorAll("th[aria-sort] button")) {
    button.addEventListener("click", () => sort(button.parentElement));
  }

  // Paper unfolds nothing.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
  });
})();
