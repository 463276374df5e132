// How forms are sent. They work without it; with it nothing that was typed is lost.
"use strict";
(function () {
  // A form is sent without leaving its page: what was typed is lost neither to a dropped line, nor
  // to a session that has ended, nor to a server that is being started. Sending once more creates
  // nothing twice. After signing in again in another window the form needs the new session's secret.
  function send(form, button) {
    var buttons = form.querySelectorAll("button");
    buttons.forEach(function (one) { one.disabled = true; });
    say(form, "sending");
    renewed(form).then(function () {
      var data = new FormData(form);
      if (button && button.name) data.append(button.name, button.value);
      return fetch(form.getAttribute("action"), {
        method: "POST", body: new URLSearchParams(data), headers: { "Station-Form": "1" }
      });
    }).then(function (answer) {
      var address = answer.headers.get("Station-Location");
      if (address) { dirty = false; location.assign(address); return null; }
      if (answer.status === 401) throw new Error("signed-out");
      if (answer.status >= 500) throw new Error("dropped");
      return answer.text().then(function (page) {
        dirty = false;
        document.open(); document.write(page); document.close();
      });
    }).catch(function (error) {
      var ended = error.message === "signed-out";
      form.stationSecretIsOld = ended;
      buttons.forEach(function (one) { one.disabled = false; });
      say(form, ended ? "signed-out" : "dropped");
    });
  }
  function renewed(form) {
    if (!form.stationSecretIsOld) return Promise.resolve();
    return fetch("/account/password").then(function (answer) {
      if (new URL(answer.url).pathname === "/sign-in") throw new Error("signed-out");
      return answer.text();
    }).then(function (page) {
      var fresh = new DOMParser().parseFromString(page, "text/html");
      var secret = fresh.querySelector("input[name=csrf_token]").value;
      form.querySelector("input[name=csrf_token]").value = secret;
    });
  }
  function say(form, what) {
    form.querySelectorAll("[data-line]").forEach(function (one) {
      one.hidden = one.getAttribute("data-line") !== what;
    });
  }

  window.stationForm = { renewed: renewed, say: say }; // for pages that send parts of a form

  // What is not asked is not shown; without script it stands there, and is not read either.
  function ask(form) {
    form.querySelectorAll("[data-when]").forEach(function (part) {
      var codes = part.getAttribute("data-codes").split(" ");
      part.hidden = !Array.prototype.some.call(form.elements, function (one) {
        return one.name === part.getAttribute("data-when") && codes.indexOf(one.value) >= 0 &&
          (one.checked || one.matches("select"));
      });
    });
  }

  var dirty = false;
  document.addEventListener("input", function (event) {
    if (!event.target.form || !event.target.form.hasAttribute("data-guard")) return;
    dirty = true;
    ask(event.target.form);
  });
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.hasAttribute("data-guard")) return;
    if (form.enctype !== "application/x-www-form-urlencoded") { dirty = false; return; }
    event.preventDefault();
    send(form, event.submitter);
  });
  window.addEventListener("beforeunload", function (event) {
    if (!dirty) return;
    event.preventDefault();
    event.returnValue = "";
  });

  document.addEventListener("DOMContentLoaded", function () {
    if (document.querySelector("form[data-refused]")) dirty = true;
    document.querySelectorAll("form[data-guard]").forEach(ask);
    // Work in portions: the next one is asked for as soon as the last one is done.
    document.querySelectorAll("form[data-goes-on]").forEach(function (form) {
      form.requestSubmit();
    });
  });
})();
