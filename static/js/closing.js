/* A page that closes itself: when its seconds are over it is left, also where the browser slept or goes back to it.
   Without this file the page is left by what stands in its head for browsers without script. */
(() => {
  "use strict";

  var note = document.querySelector("[data-closes-seconds]");
  if (!note) return;

  var ends = Date.now() + Number(note.dataset.closesSeconds) * 1000;
  function leave() { location.replace(note.dataset.closesTo); }
  function look() { if (Date.now() >= ends) leave(); }

  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pageshow", event => { if (event.persisted) leave(); });
})();
