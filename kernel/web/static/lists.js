// The arrows walk through the rows of a list, from wherever nothing is typed.
"use strict";
document.addEventListener("keydown", function (event) {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  var rows = Array.from(document.querySelectorAll("[data-rows] .row-link"));
  var place = rows.indexOf(document.activeElement);
  var to = rows[place + (event.key === "ArrowDown" ? 1 : -1)];
  if (!to || (place < 0 && document.activeElement.matches("a, button, input, select"))) return;
  event.preventDefault();
  to.focus();
});
