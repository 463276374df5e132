// The keyboard of a long form with parts: Ctrl and an arrow go to the next part or the one before,
// Ctrl+Enter presses the primary button, Ctrl+S the one that keeps what is not finished.
"use strict";
(function () {
  var FIELDS = "input:not([type=hidden]), select, textarea, button";
  function first(part) {
    return Array.prototype.filter.call(part.querySelectorAll(FIELDS), function (one) {
      return !one.disabled && one.offsetParent !== null;
    })[0];
  }
  function part(field, by) {
    var here = field.closest(".panel, .buttons");
    var parts = Array.prototype.filter.call(
      field.form.querySelectorAll(".panel, .buttons"),
      function (one) { return one === here || first(one); }
    );
    var to = parts[parts.indexOf(here) + by];
    var next = to && first(to);
    if (next) next.focus();
    if (next && next.matches("input") && next.select) next.select();
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
