// The page of a follow-up: Enter goes to the next field to fill in, numbers choose, what is unusual
// is said at once, and what is proposed is asked for while somebody types. It works without it.
"use strict";
(function () {
  var WAIT = 350; // ms after the last key until a proposal is asked for
  var PAIR = 700; // ms in which a second digit belongs to the first: 1 and 0 are 10
  var MILD = ["routine", "adjust", "refer", "emergency"];
  var form, timer, asked = 0;

  function all(selector, within) {
    return Array.prototype.slice.call((within || form).querySelectorAll(selector));
  }
  function visible(one) {
    return !one.disabled && one.type !== "hidden" && one.offsetParent !== null;
  }
  function filled(part) {
    return all("input, select, textarea", part).some(function (one) {
      if (one.type === "checkbox" || one.type === "radio") return one.checked;
      return one.type !== "hidden" && one.value.trim() !== "";
    });
  }

  // Where Enter stops: fields that are wanted and empty, and the words beside a code.
  function stops() {
    var found = [];
    all(".asked").forEach(function (part) {
      if (part.hasAttribute("data-fill") && !filled(part)) {
        found.push(all("input, select, textarea", part).filter(visible)[0]);
      }
      all(".conditional:not([hidden]) input", part).forEach(function (one) {
        if (!one.value && found.indexOf(one) < 0) found.push(one);
      });
    });
    return found.filter(function (one) { return one && visible(one); });
  }
  function group(field) {
    return field.type === "radio" || field.type === "checkbox"
      ? field.closest("fieldset") : field;
  }
  function moveOn(field) {
    var here = group(field), next = stops().filter(function (one) {
      return !here.contains(one) &&
        here.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
    })[0] || form.querySelector("button.button-primary");
    next.focus();
    if (next.select) next.select();
  }

  // The number that is printed on the form chooses; once more takes a choice of several back.
  var typed = "", at = 0, group_ = null;
  function choose(field, digit, when) {
    var name = field.name, same = when - at < PAIR && group_ === name;
    var options = field.matches("select") ? Array.prototype.slice.call(field.options)
      : all("input").filter(function (one) { return one.name === name; });
    var first = field.matches("select") ? 0 : 1;
    function option(code) {
      return options.filter(function (one, place) {
        return one.value === code || (/^[a-z]/.test(one.value) && place + first === Number(code));
      })[0];
    }
    var pair = same && option(typed + digit), found = pair || option(digit);
    if (!found) return false;
    if (pair && field.type === "checkbox") option(typed).checked = !option(typed).checked;
    typed = digit; at = when; group_ = name;
    if (field.matches("select")) field.value = found.value;
    else { found.checked = field.type === "radio" || !found.checked; found.focus(); }
    found.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  document.addEventListener("keydown", function (event) {
    var field = event.target;
    if (event.isComposing || !form || !form.contains(field)) return;
    if (event.altKey && !event.ctrlKey && event.code === "KeyS") {
      event.preventDefault();
      form.querySelector("button.button-primary").click();
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    var done = field.matches("input, select") || (field.matches("textarea") && !field.value);
    if (event.key === "Enter" && !event.shiftKey && done) {
      event.preventDefault();
      moveOn(field);
    } else if (/^\d$/.test(event.key) && field.matches("select, [type=radio], [type=checkbox]") &&
        choose(field, event.key, event.timeStamp)) {
      event.preventDefault();
    }
  });

  // What is impossible, rare or above its target is said beside the number.
  function number(text) {
    var plain = text.normalize("NFKC").replace("。", ".").trim();
    return /^[+-]?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
  }
  function outside(part, name, value) {
    return part.hasAttribute("data-" + name) &&
      (value < Number(part.getAttribute("data-" + name + "-low")) ||
       value > Number(part.getAttribute("data-" + name + "-high")));
  }
  function remark(part) {
    var input = part.querySelector("input"), line = part.querySelector("[data-remark]");
    var value = input && number(input.value), said = "";
    if (value === null || part.querySelector(".field-wrong")) said = "";
    else if (outside(part, "hard", value)) said = "hard";
    else if (part.hasAttribute("data-limit") && value >= Number(part.getAttribute("data-limit"))) {
      said = "target";
    } else if (outside(part, "soft", value)) said = "soft";
    if (!line) return;
    line.hidden = !said;
    line.textContent = said ? "▲ " + part.getAttribute("data-" + said) : "";
    part.classList.toggle("asked-unusual", Boolean(said));
  }

  function touch(part) {
    if (!part.hasAttribute("data-marked")) return;
    part.removeAttribute("data-marked");
    part.querySelector("[data-mark]").hidden = true;
    form.elements.touched.value += " " + part.getAttribute("data-field");
  }

  // Reasons are asked for only where somebody decides otherwise, a referral's only where there is one.
  function part(programme, role) {
    return all("[data-role='" + role + "']").filter(function (one) {
      return one.getAttribute("data-programme") === programme;
    })[0];
  }
  function chosen(programme, role) {
    var found = part(programme, role);
    return found ? found.querySelector("select").value : "";
  }
  function show(programme, role, wanted) {
    var found = part(programme, role);
    if (found) found.hidden = !wanted && !filled(found) && !found.querySelector(".field-wrong");
  }
  function reasons() {
    all(".proposal").forEach(function (view) {
      var programme = view.getAttribute("data-programme");
      var outcome = view.getAttribute("data-outcome"), action = view.getAttribute("data-action");
      var own = chosen(programme, "visit-class"), step = chosen(programme, "action");
      var milder = step && MILD.indexOf(step) < MILD.indexOf(action);
      var referred = MILD.indexOf(step || action) >= 2;
      show(programme, "class-reason", own && outcome && own !== outcome);
      show(programme, "action-reason", milder && MILD.indexOf(action) >= 2);
      show(programme, "referral-reason", referred);
      show(programme, "referral-to", referred);
    });
  }

  function propose() {
    var mine = ++asked, data = new URLSearchParams(new FormData(form));
    fetch(form.getAttribute("data-propose"), {
      method: "POST", body: data, headers: { "HX-Request": "true" }
    }).then(function (answer) {
      return answer.ok ? answer.text() : null;
    }).then(function (text) {
      if (text === null || mine !== asked) return;
      form.querySelector("[data-proposals]").innerHTML = text;
      reasons();
    }).catch(function () { /* the line dropped: what was proposed before stays */ });
  }

  function changed(event) {
    if (!form || !form.contains(event.target)) return;
    var place = event.target.closest(".asked");
    if (place) { touch(place); remark(place); }
    reasons();
    clearTimeout(timer);
    timer = setTimeout(propose, WAIT);
  }
  document.addEventListener("input", changed);

  document.addEventListener("DOMContentLoaded", function () {
    form = document.querySelector("form[data-fill-next]");
    if (!form) return;
    all(".asked").forEach(remark);
    reasons();
    var wrong = form.querySelector(".field-wrong input, .field-wrong select, .field-wrong textarea");
    var doubt = form.querySelector("input[name=confirmed]");
    if (wrong || doubt) { (wrong || doubt).focus(); return; }
    if (document.querySelector("form[data-refused]")) return;
    (stops()[0] || form.querySelector("button.button-primary")).focus();
    if (!form.querySelector(".proposal[data-outcome]")) propose();
  });
})();
