// What the keyboard does on our pages, which work without it.
"use strict";
(function () {
  // htmx keeps the present address here; nothing about a person stays in the browser.
  sessionStorage.removeItem("htmx-current-path-for-history");

  var READER_GAP = 20; // ms for a character of an identity-card reader, on average
  var PAUSE = 60; // ms; then typing starts anew
  var IDENTITY = /^\d{17}[\dX]$/;

  function search() { return document.querySelector("input[data-search]"); }
  function typing(element) { return element && element.matches("input, select, textarea"); }

  // The last search is selected: typing begins anew.
  function chosen(box) {
    return box === search() && box.selectionEnd - box.selectionStart === box.value.length;
  }
  document.addEventListener("focusin", function (event) {
    if (event.target === search()) event.target.select();
  });

  // A reader types 18 characters and Enter, wherever the cursor stands. The number goes to the
  // search by POST, so that it is in no address; the field that it landed in gets its text back.
  var burst = "", first = 0, last = 0, landed = null, before = "";
  function reader(event) {
    var now = event.timeStamp; // when the key was struck, however late a slow machine tells of it
    if (event.key === "Enter") return readerFinished(event, now);
    if (event.key.length !== 1) return false;
    if (now - last > PAUSE) {
      burst = "";
      first = now;
      landed = typing(event.target) ? event.target : null;
      before = landed ? landed.value : "";
    }
    burst += event.key;
    last = now;
    return false;
  }
  function readerFinished(event, now) {
    var number = burst.normalize("NFKC").replace(/\s/g, "").toUpperCase();
    var fast = now - last <= PAUSE && now - first < burst.length * READER_GAP;
    burst = "";
    if (!fast || !IDENTITY.test(number)) return false;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (landed && landed.hasAttribute("data-identity-number")) {
      landed.value = number;
      return true;
    }
    var box = search(), own = document.querySelector("[data-card-reader]");
    if (landed && landed !== box) landed.value = before;
    if (own) own.dispatchEvent(new CustomEvent("card", { detail: number })); // its own use of cards
    else if (box) { box.value = number; box.form.submit(); }
    return true;
  }

  function nextField(event) {
    var field = event.target, form = field.form;
    if (!form || !form.hasAttribute("data-enter-next") || !field.matches("input, select")) return;
    var fields = Array.prototype.filter.call(form.elements, function (one) {
      return !one.disabled && !one.readOnly && one.offsetParent && one.tagName !== "FIELDSET" &&
        !(one.type === "radio" && one.name === field.name && one !== field);
    });
    var next = fields[fields.indexOf(field) + 1];
    if (!next) return;
    event.preventDefault();
    if (next.type === "submit") { form.requestSubmit(next); return; } // behind the last field
    next.focus();
    if (next.select) next.select();
  }

  document.addEventListener("keydown", function (event) {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (reader(event)) return;
    if (event.key === "Enter") nextField(event);
    if (event.key === "/" && search() && (chosen(event.target) || !typing(event.target))) {
      event.preventDefault();
      search().focus();
    }
  }, true);

  document.addEventListener("DOMContentLoaded", function () {
    var complaint = document.querySelector("[data-focus]");
    if (complaint) complaint.focus();
    if (search() === document.activeElement) search().select();
    var print = document.querySelector("[data-print]");
    if (print) print.addEventListener("click", function () { window.print(); });
  });
})();
