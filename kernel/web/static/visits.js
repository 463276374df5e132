// The keyboard of the visit's form: Enter moves on, pickers choose, spare rows appear when needed.
// The form works without it: all rows are there, and what was typed is understood by the server.
"use strict";
(function () {
  function visible(one) {
    return !one.disabled && one.type !== "hidden" && one.matches("input, select, textarea") &&
      one.offsetParent !== null;
  }
  function moveOn(field) {
    var form = field.form, all = Array.prototype.filter.call(form.elements, visible);
    var away = !field.value && field.getAttribute("data-empty-to");
    var next = away ? document.getElementById(away) : all[all.indexOf(field) + 1];
    next = next || form.querySelector("button.button-primary");
    next.focus();
    if (next.select) next.select();
  }

  // A row appears when the one before it is used.
  function rows(form) {
    form.querySelectorAll("fieldset").forEach(function (group) {
      var used = true;
      group.querySelectorAll(".row").forEach(function (row) {
        var name = row.querySelector("[data-picker]");
        row.hidden = !used && !name.value;
        used = Boolean(name.value);
      });
    });
  }

  function listOf(input) { return document.getElementById(input.getAttribute("aria-controls")); }
  function inputOf(list) { return list.parentNode.querySelector("[data-picker]"); }
  function close(input) {
    listOf(input).hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  function mark(input, option) {
    listOf(input).querySelectorAll("li").forEach(function (one) {
      one.setAttribute("aria-selected", String(one === option));
    });
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }
  function marked(input) { return listOf(input).querySelector("[aria-selected=true]"); }
  function code(input, text) {
    input.nextElementSibling.value = text;
    var shown = input.closest(".row").querySelector("[data-code-of-row]");
    if (shown) shown.textContent = text;
  }
  function choose(input, option) {
    var number = input.name.split("_").pop();
    input.value = option.dataset.name;
    code(input, option.dataset.code);
    ["dose", "unit", "frequency", "route"].forEach(function (part) {
      var key = "fill" + part.charAt(0).toUpperCase() + part.slice(1);
      var field = input.form.elements[part + "_" + number];
      if (option.dataset[key] !== undefined && field) {
        field.value = option.dataset[key];
        field.classList.remove("copied");
      }
    });
    close(input);
    rows(input.form);
  }
  // After a drug with its usual dose only the days are open; else the next field is.
  function after(input) {
    var number = input.name.split("_").pop(), form = input.form, days = form.elements["days_" + number];
    var open = ["dose", "unit", "frequency", "route"].some(function (part) {
      var field = form.elements[part + "_" + number];
      return field && !field.value;
    });
    if (input.name.indexOf("drug_") || open || !input.nextElementSibling.value) return moveOn(input);
    days.focus();
    return days.select();
  }

  // Ctrl and an arrow: the first field of the next part, or of the one before.
  function part(field, by) {
    var parts = Array.prototype.slice.call(field.form.querySelectorAll(".panel, .buttons"));
    var here = parts.indexOf(field.closest(".panel, .buttons"));
    var to = parts[here + by];
    var first = to && to.querySelector("input:not([type=hidden]), select, textarea, button");
    if (first) first.focus();
  }

  // Enter takes the marked option; typed faster than the answer comes, it takes the first one then.
  function pick(input) {
    if (!input.value || input.nextElementSibling.value) return moveOn(input);
    var option = marked(input);
    if (listOf(input).dataset.typed === input.value) {
      if (option && !listOf(input).hidden) choose(input, option);
      return after(input);
    }
    input.dataset.waiting = "1";
    window.htmx.trigger(input, "pick");
    return null;
  }
  document.addEventListener("htmx:beforeRequest", function (event) {
    var input = event.target;
    if (input.matches("[data-picker]")) listOf(input).dataset.asked = input.value;
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    var list = event.target;
    if (!list.matches("ul.options")) return;
    var input = inputOf(list), options = list.querySelectorAll("li");
    list.dataset.typed = list.dataset.asked;
    if (list.dataset.typed !== input.value || input.nextElementSibling.value) return;
    options.forEach(function (one, place) { one.id = list.id + "-" + place; });
    list.hidden = options.length === 0 || document.activeElement !== input;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (options.length) mark(input, options[0]);
    if (input.dataset.waiting) {
      delete input.dataset.waiting;
      if (options.length) choose(input, options[0]);
      after(input);
    }
  });

  function step(input, by) {
    var options = Array.prototype.slice.call(listOf(input).querySelectorAll("li"));
    if (!options.length || listOf(input).hidden) return;
    var place = options.indexOf(marked(input)) + by;
    mark(input, options[(place + options.length) % options.length]);
  }

  document.addEventListener("keydown", function (event) {
    var field = event.target, form = field.form;
    if (event.isComposing || !form || !form.hasAttribute("data-enter-through")) return;
    var button = event.key === "Enter" ? "sign" : "keep";
    if (event.ctrlKey && (event.key === "Enter" || event.key === "s")) {
      event.preventDefault();
      form.querySelector("button[value=" + button + "]:not([aria-hidden])").click();
    } else if (event.ctrlKey && /^Arrow(Down|Up)$/.test(event.key)) {
      event.preventDefault();
      part(field, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !event.shiftKey && visible(field)) {
      event.preventDefault();
      if (field.hasAttribute("data-picker")) pick(field); else moveOn(field);
    } else if (field.hasAttribute("data-picker") && /^(ArrowDown|ArrowUp|Escape)$/.test(event.key)) {
      event.preventDefault();
      if (event.key === "Escape") close(field); else step(field, event.key === "ArrowDown" ? 1 : -1);
    }
  });
  document.addEventListener("input", function (event) {
    var field = event.target;
    field.classList.remove("copied");
    if (!field.matches("[data-picker]")) return;
    code(field, "");
    delete field.dataset.waiting;
    if (!field.value) close(field);
    rows(field.form);
  });
  document.addEventListener("mousedown", function (event) {
    var option = event.target.closest("ul.options li");
    if (!option) return;
    event.preventDefault();
    choose(inputOf(option.parentNode), option);
  });
  document.addEventListener("focusout", function (event) {
    if (event.target.matches("[data-picker]")) close(event.target);
  });
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("form[data-enter-through]").forEach(rows);
  });
})();
