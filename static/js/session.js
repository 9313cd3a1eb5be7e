/* Before a session ends: ask whether somebody is there; when it has ended: keep what was typed, and leave the page.
   Without this file the sentence in the page says when that is. */
(function () {
  "use strict";

  var KEPT = "kept:"; // in this tab's own storage, which signing out empties
  var LASTS = 30 * 60 * 1000;
  var LEFT_OUT = "[type=hidden],[type=password],[type=file],[autocomplete=one-time-code],[data-forget]";

  function forms() { return document.querySelectorAll("main form[method=post]"); }

  function fields(form) {
    return Array.prototype.filter.call(form.elements, function (field) {
      return field.name && field.type !== "submit" && field.type !== "button" && !field.matches(LEFT_OUT);
    });
  }

  function stored(deed) {
    try { return deed(window.sessionStorage); } catch (refusal) { return null; } // no storage, nothing kept
  }

  function keep(note) {
    if (note.hasAttribute("data-session-kiosk")) return;
    var all = Array.prototype.map.call(forms(), function (form) {
      return fields(form).map(function (field) { return [field.name, field.value, field.checked === true]; });
    });
    var value = JSON.stringify({ who: note.dataset.sessionWho, at: Date.now(), forms: all });
    stored(function (storage) { storage.setItem(KEPT + note.dataset.sessionAgain, value); });
  }

  function put(form, kept) {
    var known = fields(form);
    if (!kept || known.length !== kept.length) return;
    known.forEach(function (field, place) {
      if (field.name !== kept[place][0]) return;
      if (field.type === "radio" || field.type === "checkbox") field.checked = kept[place][2];
      else field.value = kept[place][1];
    });
  }

  function giveBack(note) {
    stored(function (storage) {
      var key = KEPT + note.dataset.sessionAgain;
      var kept = JSON.parse(storage.getItem(key) || "null");
      storage.removeItem(key);
      if (!kept || kept.who !== note.dataset.sessionWho || Date.now() - kept.at > LASTS) return;
      Array.prototype.forEach.call(forms(), function (form, place) { put(form, kept.forms[place]); });
    });
  }

  function begin() {
    var note = document.querySelector("[data-session-seconds]");
    var dialog = document.querySelector("[data-session-dialog]");
    if (!note || !dialog) return;
    var left = dialog.querySelector("[data-session-left]");
    var ends = 0, warns = 0, said = "";

    function from(seconds) {
      ends = Date.now() + seconds * 1000;
      warns = Math.min(120, seconds / 3) * 1000;
      var time = note.querySelector("[data-session-time]");
      if (time) time.textContent = new Date(ends).toTimeString().slice(0, 5);
    }

    function say(remaining) {
      var seconds = Math.ceil(remaining / 1000);
      var minutes = Math.ceil(seconds / 60);
      var words = seconds > 60 ? left.dataset.sayMinutes.replace("N", minutes)
        : left.dataset.saySeconds.replace("N", Math.ceil(seconds / 10) * 10);
      if (words !== said) { said = words; left.textContent = words; }
    }

    function leave() {
      window.clearInterval(ticking);
      keep(note);
      document.body.hidden = true; // nobody reads on over an empty chair
      window.location.replace(note.dataset.sessionAgain);
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
      window.fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.ok && !answer.redirected ? answer.json() : { seconds: 0 }; })
        .then(function (answer) { if (answer.seconds) { from(answer.seconds); dialog.close(); } else leave(); })
        .catch(function () { form.submit(); });
    }

    giveBack(note);
    from(Number(note.dataset.sessionSeconds));
    dialog.querySelector("form").addEventListener("submit", stay);
    dialog.addEventListener("cancel", function (event) { event.preventDefault(); });
    document.addEventListener("submit", function () { if (Date.now() >= ends) keep(note); }, true);
    document.addEventListener("visibilitychange", tick);
    var ticking = window.setInterval(tick, 1000);
  }

  document.addEventListener("DOMContentLoaded", begin);
})();
