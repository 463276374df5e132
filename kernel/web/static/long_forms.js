// The keyboard of a long form with parts: Ctrl and an arrow go to the next part or the one before,
// Ctrl+Enter presses the primary button, Ctrl+S the one that keeps what is not finished.
"use strict";
(function () {
  function part(field, by) {
    var parts = Array.prototype.slice.call(field.form.querySelectorAll(".panel, .buttons"));
    var to = parts[parts.indexOf(field.closest(".panel, .buttons")) + by];
    var first = to && to.querySelector("input:not([type=hidden]), select, textarea, button");
    if (first) first.focus();
  }
  document.addEventListener("keydown", function (event) {
    var form = event.target.form;
    if (event.isComposing || !event.ctrlKey || !form || !form.hasAttribute("data-parts")) return;
    var pressed = event.key === "Enter" ? ".button-primary" : event.key === "s" && "[value=keep]";
    var button = pressed && form.querySelector("button" + pressed + ":not([aria-hidden])");
    if (button) {
      event.preventDefault();
      button.click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      part(event.target, event.key === "ArrowDown" ? 1 : -1);
    }
  });
})();
