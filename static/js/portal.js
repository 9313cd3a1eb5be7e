/* Small comforts. Every page works without this file: forms post, links follow, nothing is hidden behind it. */
(() => {
  "use strict";

  var SENDING_LASTS = 15000; // ms; after that a person may try again (the server recognises a repeated form)

  function say(key) {
    var toast = document.getElementById("toast");
    var words = document.body.getAttribute("data-say-" + key);
    if (!toast || !words) return;
    toast.textContent = words;
    clearTimeout(say.timer);
    say.timer = setTimeout(() => { toast.textContent = ""; }, 8000);
  }

  function release(form) {
    form.removeAttribute("data-sent");
    form.querySelectorAll("button[aria-disabled]").forEach(button => button.removeAttribute("aria-disabled"));
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
    form.querySelectorAll("button").forEach(button => {
      if (button.type === "submit") button.setAttribute("aria-disabled", "true");
    });
    setTimeout(release, SENDING_LASTS, form);
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
  addEventListener("pageshow", releaseAll); // back button: the page comes from memory
  document.addEventListener("htmx:afterRequest", releaseAll);
  document.addEventListener("htmx:responseError", refused);
  document.addEventListener("htmx:swapError", refused);
  function away() {
    releaseAll();
    say("offline");
  }

  document.addEventListener("htmx:sendError", away);
  document.addEventListener("htmx:timeout", away);

  document.addEventListener("click", event => {
    if (event.target.closest("[data-print]")) print();
  });

  function showPrint() { document.querySelectorAll("[data-print]").forEach(button => { button.hidden = false; }); }

  document.addEventListener("htmx:afterSettle", showPrint);
  showPrint();
  var summary = document.querySelector(".error-summary");
  if (summary) summary.focus();
})();
