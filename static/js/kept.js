/* Brings what this device keeps of saved articles up to date, and lists it. Without this file nothing is kept. */
(function () {
  "use strict";

  var STORE = "kept-1"; // as in the worker

  function say(key) {
    var line = document.querySelector("[data-keep-say]");
    if (line) line.textContent = line.getAttribute("data-say-" + key);
  }

  function keep() {
    var marks = document.querySelectorAll("[data-keep]");
    var list = document.querySelector("[data-keep-all]");
    if (!marks.length && !list) return;
    if (!navigator.serviceWorker || !window.caches) return say("cannot");
    var root = document.documentElement;
    var wish = {
      keep: Array.prototype.map.call(marks, function (mark) { return mark.getAttribute("data-keep"); }),
      all: Boolean(list), mode: root.getAttribute("data-mode"), language: root.lang
    };
    var answers = new MessageChannel();
    answers.port1.onmessage = function (answer) { say(answer.data ? "kept" : "cannot"); };
    navigator.serviceWorker.register("/sw.js", { scope: "/education/" })
      .then(function () { return navigator.serviceWorker.ready; })
      .then(function (registration) { registration.active.postMessage(wish, [answers.port2]); })
      .catch(function () { say("cannot"); });
  }

  function line(address, title) {
    var item = document.createElement("li"), link = document.createElement("a");
    item.className = "row";
    link.className = "row-body";
    link.href = address;
    link.textContent = title;
    item.append(link);
    return item;
  }

  function show() {
    var list = document.querySelector("[data-kept-list]");
    if (!list || !window.caches) return;
    caches.open(STORE).then(function (store) {
      return store.keys().then(function (keys) {
        return Promise.all(keys.map(function (key) {
          return store.match(key).then(function (page) { return page.headers.get("X-Kept-Title"); }).then(function (title) {
            if (!title) return;
            list.append(line(new URL(key.url).pathname, decodeURIComponent(title)));
            list.hidden = false;
            document.querySelector("[data-kept-none]").hidden = true;
          });
        }));
      });
    });
  }

  document.addEventListener("DOMContentLoaded", function () { keep(); show(); });
})();
