/* Reads an article aloud: a recording first, where there is one; or the browser's voice, marking each sentence. */
(() => {
  "use strict";

  var speech = window.speechSynthesis;
  var LANGUAGES = { "zh-hans": "zh-CN", en: "en-US" };
  var BLOCKS = "p,li,h2,h3,h4,th,td,blockquote,pre";
  var SENTENCE = /(?:[^。！？；!?;.]|\.(?!\s|$))*(?:[。！？；!?;]+[”’"')）]*|\.|$)\s*/g;
  var ENDS = /[。！？；!?;.][”’"')）]*\s*$/;
  var SLOW = 0.7;

  var tools = document.querySelector("[data-read-aloud]");
  var text = tools && document.querySelector(tools.dataset.readAloud);
  var audio = document.querySelector("[data-recorded] audio");
  if (!text) return;
  var play = part("play"), listen = part("listen");
  var voice = speech && window.SpeechSynthesisUtterance ? spoken() : null;
  if (audio) recorded();
  if (audio && voice) {
    audio.addEventListener("play", voice.pause);
    play.addEventListener("click", () => audio.pause());
  }
  offer();

  function part(name) { return tools.querySelector("[data-read-" + name + "]"); }

  function offer() {
    play.hidden = !voice || !voice.able();
    tools.hidden = play.hidden && (!audio || listen.hidden);
  }

  /* The recording cannot be had; an AbortError only says that it was paused early. */
  function away(problem) {
    listen.hidden = problem.name !== "AbortError";
    offer();
  }

  function recorded() {
    listen.hidden = false;
    listen.addEventListener("click", () => {
      if (audio.paused) audio.play().catch(away); else audio.pause();
    });
    function show() { listen.textContent = listen.dataset[audio.paused ? "sayPlay" : "sayPause"]; }
    audio.addEventListener("play", show);
    audio.addEventListener("pause", show);
  }

  function spoken() {
    var stop = part("stop"), slow = part("slow");
    var language = LANGUAGES[tools.dataset.lang] || tools.dataset.lang;
    var sentences = null, place = 0, begun = false, reading = false, turn = 0;

    function voiceOf() {
      return speech.getVoices().find(one => one.lang.slice(0, 2) === language.slice(0, 2));
    }

    /* Voices come late in some browsers; where they have come and none speaks the language, it cannot. */
    function able() {
      return !speech.getVoices().length || Boolean(voiceOf());
    }

    function mark(on) {
      (sentences[place] || []).forEach(piece => piece.classList.toggle("is-read", on));
    }

    function show() {
      play.textContent = reading ? play.dataset.sayPause : begun ? play.dataset.sayOn : play.dataset.sayPlay;
      stop.hidden = !begun;
      slow.hidden = stop.hidden;
    }

    function rest() {
      place = 0;
      begun = reading = false;
      show();
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
      if (!pieces) return rest();
      var words = new SpeechSynthesisUtterance(pieces.map(piece => piece.textContent).join(""));
      words.lang = language;
      words.voice = voiceOf() || null;
      words.rate = slow.getAttribute("aria-pressed") === "true" ? SLOW : 1;
      words.onend = words.onerror = () => {
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
      if (reading) { silence(); show(); }
    }

    play.addEventListener("click", () => {
      sentences = sentences || cut(text);
      if (reading) pause(); else read();
    });
    stop.addEventListener("click", () => { silence(); rest(); play.focus(); });
    slow.addEventListener("click", () => {
      var again = reading;
      slow.setAttribute("aria-pressed", String(slow.getAttribute("aria-pressed") !== "true"));
      if (again) { silence(); read(); }
    });
    addEventListener("pagehide", () => { if (sentences) silence(); });
    if (speech.addEventListener) speech.addEventListener("voiceschanged", offer);
    return { able, pause };
  }

  /* The sentences of a text, each as the spans that its words were put into; a block ends a sentence. */
  function cut(text) {
    var walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT), nodes = [], sentences = [], open = null, block = null;
    while (walker.nextNode()) if (walker.currentNode.data.trim()) nodes.push(walker.currentNode);
    nodes.forEach(node => {
      var around = node.parentElement.closest(BLOCKS);
      if (around !== block) { open = null; block = around; }
      var spans = (node.data.match(SENTENCE) || []).filter(Boolean).map(words => {
        var span = document.createElement("span");
        span.textContent = words;
        if (words.trim()) {
          if (!open) sentences.push(open = []);
          open.push(span);
        }
        if (ENDS.test(words)) open = null;
        return span;
      });
      node.replaceWith(...spans);
    });
    return sentences;
  }
})();
