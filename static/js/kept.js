/* Brings what this device keeps of saved articles up to date. Without this file nothing is kept. */
(() => {
  "use strict";

  var line = document.querySelector("[data-keep-say]");
  var marks = document.querySelectorAll("[data-keep]"), list = document.querySelector("[data-keep-all]");

  function say(key) {
    if (line) line.textContent = line.getAttribute("data-say-" + key);
  }

  if (!marks.length && !list) return;
  if (!navigator.serviceWorker || !window.caches) return say("cannot");
  var root = document.documentElement, answers = new MessageChannel();
  var wish = { keep: Array.from(marks, mark => mark.dataset.keep), all: Boolean(list), mode: root.dataset.mode, language: root.lang };
  answers.port1.onmessage = answer => say(answer.data ? "kept" : "cannot");
  navigator.serviceWorker.register("/sw.js", { scope: "/education/" })
    .then(() => navigator.serviceWorker.ready)
    .then(registration => registration.active.postMessage(wish, [answers.port2]))
    .catch(() => say("cannot"));
})();
