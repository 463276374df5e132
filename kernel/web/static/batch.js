// The keyboard of the batch table: Enter finds, moves on and saves; every row is sent by itself.
// Without it the table is a form like any other, whose button saves all rows.
"use strict";
(function () {
  var form;

  function all(selector, within) {
    return Array.prototype.slice.call((within || form).querySelectorAll(selector));
  }
  function rowOf(element) { return element && element.closest && element.closest("[data-row]"); }
  function part(row, name) { return row.querySelector("[name='" + row.id + "-" + name + "']"); }
  function text(row, name) { var one = part(row, name); return one ? one.value.trim() : ""; }
  function fields(row) {
    return all("input:not([type=hidden])", row).filter(function (one) {
      return one.offsetParent !== null && !one.closest("details:not([open])") && (one.type !== "radio" || one === part(row, "patient"));
    });
  }
  function focus(field) {
    if (!field) return;
    field.focus();
    if (field.type === "text") field.select();
  }
  function isShown(row) {
    return text(row, "shown") !== "" && text(row, "found") === text(row, "sought");
  }
  function isOpen(row) {
    return row.dataset.state !== "saved" && fields(row).some(function (one) {
      return one.type === "text" && one.value.trim() !== "";
    });
  }
  function isComplete(row) {
    return isShown(row) && all("[data-batch-wanted]", row).every(function (one) { return one.value.trim(); });
  }
  function say(what) { window.stationForm.say(form, what); }
  function tell() {
    var told = form.querySelector("[data-batch-told]"), open = "[data-state=refused], [data-state=doubted]";
    told.textContent = told.dataset.batchTold.replace("{saved}", all("[data-state=saved]").length)
      .replace("{open}", all(open).length);
  }

  // What belongs to all rows, and one row.
  function contents(id, row) {
    var data = new URLSearchParams();
    new FormData(form).forEach(function (value, name) {
      if (name.indexOf("row-") !== 0 || (row && name.indexOf(id + "-") === 0)) data.append(name, value);
    });
    if (!row) data.append(id + "-sought", "");
    return data;
  }
  function ask(id, row) {
    return window.stationForm.renewed(form).then(function () {
      return fetch(form.getAttribute("action") + "/row", { method: "POST", body: contents(id, row) });
    }).then(function (answer) {
      if (answer.status === 401) throw new Error("signed-out");
      if (!answer.ok) throw new Error("dropped");
      return answer.text();
    }).then(function (html) {
      var box = document.createElement("template");
      box.innerHTML = html;
      say("");
      return box.content.querySelector("[data-row]");
    });
  }
  function send(row) {
    if (row.dataset.sending) return Promise.resolve(row);
    row.dataset.sending = "1";
    row.inert = isShown(row);
    return ask(row.id, row).then(function (fresh) {
      row.replaceWith(fresh);
      tell();
      return fresh;
    }).catch(function (error) {
      var ended = error.message === "signed-out";
      delete row.dataset.sending;
      row.inert = false;
      row.dataset.dirty = "1";
      form.stationSecretIsOld = ended;
      say(ended ? "signed-out" : "dropped");
      return row;
    });
  }

  function nextRow(row) {
    var below = row.nextElementSibling;
    while (below && below.dataset.state === "saved") below = below.nextElementSibling;
    if (below) return Promise.resolve(below);
    var number = Number(form.querySelector("[data-row]:last-of-type").dataset.row) + 1;
    return ask("row-" + number, null).then(function (fresh) {
      row.parentNode.appendChild(fresh);
      return fresh;
    }).catch(function () { say("dropped"); return null; });
  }
  function firstOf(row) {
    var open = fields(row), fault = row.querySelector("[data-batch-confirm]") || row.querySelector("[aria-invalid=true]");
    if (row.dataset.state === "choose") return part(row, "patient");
    if (fault) return fault;
    if (!isShown(row)) return open[0];
    return open.slice(1).filter(function (one) { return !one.value; })[0] || open[1];
  }

  // Somebody is sought: wait for who it is, who is then compared with the paper.
  function find(row) {
    send(row).then(function (fresh) { focus(firstOf(fresh)); });
  }
  function onwards(row) {
    return nextRow(row).then(function (below) { if (below) focus(firstOf(below)); });
  }
  // A row is saved: typing goes on in the next one, and comes back where nothing was typed there.
  function save(row) {
    var next = onwards(row), sent = send(row);
    next.then(function () {
      sent.then(function (fresh) {
        if (fresh.dataset.state === "saved") return;
        var here = rowOf(document.activeElement);
        if (!here || here === fresh || !isOpen(here)) focus(firstOf(fresh));
      });
    });
  }
  function go(row) { if (isShown(row)) save(row); else find(row); }

  function enter(field, row) {
    var open = fields(row), next = open[open.indexOf(field) + 1];
    if (field.hasAttribute("data-batch-sought")) {
      if (isShown(row)) focus(next); else if (field.value.trim()) find(row); else onwards(row);
    } else if (field.type === "radio" || field.hasAttribute("data-batch-confirm")) {
      field.checked = true;
      go(row);
    } else if (next && !next.hasAttribute("data-batch-confirm")) focus(next);
    else go(row);
  }
  function choose(row, digit) {
    var one = row.querySelector("[data-batch-choice='" + digit + "']");
    if (!one) return;
    one.checked = true;
    find(row);
  }
  function step(row, by) {
    var to = row;
    do { to = by > 0 ? to.nextElementSibling : to.previousElementSibling; }
    while (to && (!to.dataset.row || to.dataset.state === "saved"));
    if (to) focus(firstOf(to));
  }

  function onKey(event) {
    var field = event.target, row = rowOf(field);
    if (!row || event.isComposing || event.altKey || event.metaKey || !field.matches("input")) return;
    if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      if (event.ctrlKey) go(row); else enter(field, row);
    } else if (event.ctrlKey && /^Arrow(Down|Up)$/.test(event.key)) {
      event.preventDefault();
      step(row, event.key === "ArrowDown" ? 1 : -1);
    } else if (field.type === "radio" && /^[1-9]$/.test(event.key)) {
      event.preventDefault();
      choose(row, event.key);
    }
  }
  function onInput(event) {
    var field = event.target, row = rowOf(field);
    if (!row) return;
    row.dataset.dirty = "1";
    var carried = part(row, "carried");
    if (!field.classList.contains("copied") || !carried) return;
    field.classList.remove("copied");
    carried.value = carried.value.split(" ").filter(function (key) {
      return key !== field.dataset.batchCell;
    }).join(" ");
  }
  // A row that is left and has all that is wanted is saved.
  function onLeave(event) {
    var row = rowOf(event.target), to = rowOf(event.relatedTarget);
    if (!row || to === row || !event.relatedTarget || !row.dataset.dirty || row.dataset.sending) return;
    if (isComplete(row) && !row.querySelector("[data-batch-confirm]")) send(row);
  }
  // A card that is read begins the row at which the cursor stands, or the next one that is empty.
  function onCard(event) {
    var row = rowOf(document.activeElement);
    if (!row || isShown(row)) row = all("[data-state=empty]")[0];
    if (!row) return;
    part(row, "sought").value = event.detail;
    find(row);
  }
  function saveAll(event) {
    event.preventDefault();
    event.stopPropagation();
    all("[data-row]").filter(isOpen).reduce(function (before, row) {
      return before.then(function () { return send(row); });
    }, Promise.resolve()).then(function () {
      var fault = form.querySelector("[data-state=refused], [data-state=doubted], [data-state=choose]");
      if (fault) focus(firstOf(fault));
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    form = document.querySelector("form[data-batch]");
    if (!form) return;
    form.addEventListener("keydown", onKey);
    form.addEventListener("input", onInput);
    form.addEventListener("focusout", onLeave);
    form.addEventListener("card", onCard);
    form.addEventListener("submit", saveAll);
    var day = form.querySelector("[name=visit-date]");
    if (document.activeElement === document.body && !all("[data-state=refused]").length) day.focus();
    window.addEventListener("beforeunload", function (event) {
      if (!all("[data-row][data-dirty]").filter(isOpen).length) return;
      event.preventDefault();
      event.returnValue = "";
    });
  });
})();
