/* Small comforts. Every page works without this file: forms post, links follow, nothing is hidden behind it. */
(function () {
  "use strict";

  var SENDING_LASTS = 15000; // ms; after that a person may try again (the server recognises a repeated form)

  function say(key) {
    var toast = document.getElementById("toast");
    var words = document.body.getAttribute("data-say-" + key);
    if (!toast || !words) return;
    toast.textContent = words;
    window.clearTimeout(say.timer);
    say.timer = window.setTimeout(function () { toast.textContent = ""; }, 8000);
  }

  function release(form) {
    form.removeAttribute("data-sent");
    form.querySelectorAll("button[aria-disabled]").forEach(function (button) {
      button.removeAttribute("aria-disabled");
    });
  }

  /* The second click on the same form is dropped. The button is not `disabled`: its name and value must still be sent. */
  function sendOnce(event) {
    var form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-repeatable")) return;
    if (form.hasAttribute("data-sent")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      say("wait");
      return;
    }
    form.setAttribute("data-sent", "");
    form.querySelectorAll("button").forEach(function (button) {
      if (button.type === "submit") button.setAttribute("aria-disabled", "true");
    });
    window.setTimeout(release, SENDING_LASTS, form);
  }

  function releaseAll() {
    document.querySelectorAll("form[data-sent]").forEach(release);
  }

  function refused(event) {
    releaseAll();
    var status = event.detail && event.detail.xhr ? event.detail.xhr.status : 0;
    say(status === 403 || status === 401 ? "signin" : "failed");
  }

  document.addEventListener("submit", sendOnce, true);
  window.addEventListener("pageshow", releaseAll); // back button: the page comes from memory
  document.addEventListener("htmx:afterRequest", releaseAll);
  document.addEventListener("htmx:responseError", refused);
  document.addEventListener("htmx:swapError", refused);
  ["htmx:sendError", "htmx:timeout"].forEach(function (name) {
    document.addEventListener(name, function () { releaseAll(); say("offline"); });
  });

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) window.print();
  });

  function showPrint() {
    document.querySelectorAll("[data-print]").forEach(function (button) { button.hidden = false; });
  }

  document.addEventListener("htmx:afterSettle", showPrint);
  document.addEventListener("DOMContentLoaded", function () {
    showPrint();
    var summary = document.querySelector(".error-summary");
    if (summary) summary.focus();
  });
})();
