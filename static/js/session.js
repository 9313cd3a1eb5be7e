/* Before a session ends: ask whether somebody is there; when it has ended: keep what was typed, and leave the page.
   Without this file the sentence in the page says when that is. */
(() => {
  "use strict";

  var LASTS = 30 * 60 * 1000;
  var LEFT_OUT = "button,[type=submit],[type=button],[type=hidden],[type=password],[type=file],[autocomplete=one-time-code],[data-forget]";
  var note = document.querySelector("[data-session-seconds]"), dialog = document.querySelector("[data-session-dialog]");
  if (!note || !dialog) return;

  var page = note.dataset.sessionAgain, who = note.dataset.sessionWho;
  var key = "kept:" + page; // in this tab's own storage, which signing out empties
  var left = dialog.querySelector("[data-session-left]"), time = note.querySelector("[data-session-time]");
  var ends = 0, warns = 0, said = "";

  function forms() { return document.querySelectorAll("main form[method=post]"); }

  function fields(form) {
    return Array.from(form.elements).filter(field => field.name && !field.matches(LEFT_OUT));
  }

  function stored(deed) {
    try { return deed(sessionStorage); } catch (refusal) { return null; } // no storage, nothing kept
  }

  function keep() {
    if (note.hasAttribute("data-session-kiosk")) return;
    var all = Array.from(forms(), form => fields(form).map(field => [field.name, field.value, field.checked === true]));
    stored(storage => storage.setItem(key, JSON.stringify({ who: who, at: Date.now(), forms: all })));
  }

  function put(form, kept) {
    var known = fields(form);
    if (!kept || known.length !== kept.length) return;
    known.forEach((field, place) => {
      if (field.name !== kept[place][0]) return;
      if (/^(radio|checkbox)$/.test(field.type)) field.checked = kept[place][2];
      else field.value = kept[place][1];
    });
  }

  function giveBack(storage) {
    var kept = JSON.parse(storage.getItem(key) || "null");
    storage.removeItem(key);
    if (!kept || kept.who !== who || Date.now() - kept.at > LASTS) return;
    forms().forEach((form, place) => put(form, kept.forms[place]));
  }

  function from(seconds) {
    ends = Date.now() + seconds * 1000;
    warns = Math.min(120, seconds / 3) * 1000;
    if (time) time.textContent = new Date(ends).toTimeString().slice(0, 5);
  }

  function say(remaining) {
    var seconds = Math.ceil(remaining / 1000);
    var words = seconds > 60 ? left.dataset.sayMinutes.replace("N", Math.ceil(seconds / 60))
      : left.dataset.saySeconds.replace("N", Math.ceil(seconds / 10) * 10);
    if (words !== said) { said = words; left.textContent = words; }
  }

  function leave() {
    clearInterval(ticking);
    keep();
    document.body.hidden = true; // nobody reads on over an empty chair
    location.replace(page);
  }

  function tick() {
    var remaining = ends - Date.now();
    if (remaining <= 0) return leave();
    if (remaining > warns) return;
    say(remaining);
    if (!dialog.open && dialog.showModal) dialog.showModal();
  }

  function stay(event) {
    event.preventDefault();
    var form = event.target;
    fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } })
      .then(answer => answer.ok && !answer.redirected ? answer.json() : { seconds: 0 })
      .then(answer => { if (answer.seconds) { from(answer.seconds); dialog.close(); } else leave(); })
      .catch(() => form.submit());
  }

  stored(giveBack);
  from(Number(note.dataset.sessionSeconds));
  dialog.querySelector("form").addEventListener("submit", stay);
  dialog.addEventListener("cancel", event => event.preventDefault());
  document.addEventListener("submit", () => { if (Date.now() >= ends) keep(); }, true);
  document.addEventListener("visibilitychange", tick);
  var ticking = setInterval(tick, 1000);
})();
