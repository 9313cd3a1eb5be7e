/* Reads an article aloud: a recording first, where there is one; or the browser's voice, marking each sentence. */
(function () {
  "use strict";

  var speech = window.speechSynthesis;
  var LANGUAGES = { "zh-hans": "zh-CN", en: "en-US" };
  var BLOCKS = "p,li,h2,h3,h4,th,td,blockquote,pre";
  var SENTENCE = /(?:[^。！？；!?;.]|\.(?!\s|$))*(?:[。！？；!?;]+[”’"')）]*|\.|$)\s*/g;
  var ENDS = /[。！？；!?;.][”’"')）]*\s*$/;
  var SLOW = 0.7;

  function start() {
    var tools = document.querySelector("[data-read-aloud]");
    var text = tools && document.querySelector(tools.dataset.readAloud);
    var audio = document.querySelector("[data-recorded] audio");
    if (!text) return;
    var play = tools.querySelector("[data-read-play]"), listen = tools.querySelector("[data-read-listen]");
    var voice = speech && window.SpeechSynthesisUtterance ? spoken(tools, text, play, offer) : null;
    if (audio) recorded(audio, listen, away);
    if (audio && voice) {
      audio.addEventListener("play", voice.pause);
      play.addEventListener("click", function () { audio.pause(); });
    }
    offer();

    function offer() {
      play.hidden = !voice || !voice.able();
      tools.hidden = play.hidden && (!audio || listen.hidden);
    }

    /* The recording cannot be had; an AbortError only says that it was paused early. */
    function away(problem) {
      listen.hidden = problem.name !== "AbortError";
      offer();
    }
  }

  function recorded(audio, listen, away) {
    listen.hidden = false;
    listen.addEventListener("click", function () {
      if (audio.paused) audio.play().catch(away); else audio.pause();
    });
    ["play", "pause"].forEach(function (name) {
      audio.addEventListener(name, function () { listen.textContent = listen.dataset[audio.paused ? "sayPlay" : "sayPause"]; });
    });
  }

  function spoken(tools, text, play, changed) {
    var stop = tools.querySelector("[data-read-stop]");
    var slow = tools.querySelector("[data-read-slow]");
    var language = LANGUAGES[tools.dataset.lang] || tools.dataset.lang;
    var sentences = null, place = 0, begun = false, reading = false, turn = 0;

    function voice() {
      return speech.getVoices().find(function (one) {
        return one.lang.replace("_", "-").slice(0, 2) === language.slice(0, 2);
      });
    }

    /* Voices come late in some browsers; where they have come and none speaks the language, it cannot. */
    function able() {
      return !speech.getVoices().length || Boolean(voice());
    }

    function mark(on) {
      (sentences[place] || []).forEach(function (piece) { piece.classList.toggle("is-read", on); });
    }

    function show() {
      play.textContent = reading ? play.dataset.sayPause : begun ? play.dataset.sayOn : play.dataset.sayPlay;
      stop.hidden = !begun;
      slow.hidden = stop.hidden;
    }

    function silence() {
      turn += 1;
      reading = false;
      mark(false);
      speech.cancel();
    }

    function read() {
      var mine = (turn += 1);
      var pieces = sentences[place];
      if (!pieces) { place = 0; begun = reading = false; return show(); }
      var words = new window.SpeechSynthesisUtterance(pieces.map(function (piece) { return piece.textContent; }).join(""));
      words.lang = language;
      words.voice = voice() || null;
      words.rate = slow.getAttribute("aria-pressed") === "true" ? SLOW : 1;
      words.onend = words.onerror = function () {
        if (mine !== turn) return; // paused or stopped meanwhile
        mark(false);
        place += 1;
        read();
      };
      begun = reading = true;
      mark(true);
      pieces[0].scrollIntoView({ block: "center" });
      show();
      speech.speak(words);
    }

    function pause() {
      if (!reading) return;
      silence();
      show();
    }

    play.addEventListener("click", function () {
      sentences = sentences || cut(text);
      if (reading) pause(); else read();
    });
    stop.addEventListener("click", function () { silence(); place = 0; begun = false; show(); play.focus(); });
    slow.addEventListener("click", function () {
      var again = reading;
      slow.setAttribute("aria-pressed", String(slow.getAttribute("aria-pressed") !== "true"));
      if (again) { silence(); read(); }
    });
    window.addEventListener("pagehide", function () { if (sentences) silence(); });
    if (speech.addEventListener) speech.addEventListener("voiceschanged", changed);
    return { able: able, pause: pause };
  }

  /* The sentences of a text, each as the spans that its words were put into; a block ends a sentence. */
  function cut(text) {
    var walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT), nodes = [], sentences = [], open = null, block = null;
    while (walker.nextNode()) if (walker.currentNode.data.trim()) nodes.push(walker.currentNode);
    nodes.forEach(function (node) {
      var around = node.parentElement.closest(BLOCKS);
      if (around !== block) { open = null; block = around; }
      var spans = (node.data.match(SENTENCE) || []).filter(Boolean).map(function (words) {
        var span = document.createElement("span");
        span.textContent = words;
        if (words.trim()) {
          if (!open) sentences.push(open = []);
          open.push(span);
        }
        if (ENDS.test(words)) open = null;
        return span;
      });
      node.replaceWith.apply(node, spans);
    });
    return sentences;
  }

  document.addEventListener("DOMContentLoaded", start);
})();
