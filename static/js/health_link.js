/* A health link opened in a browser. The key stands behind # and never leaves this page; the file is decrypted here. */
(function () {
  "use strict";

  function bytes(text) {
    var plain = window.atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (one) { return one.charCodeAt(0); });
  }

  function payloadIn(hash) {
    try {
      var text = hash.slice(hash.indexOf("shlink:/") + 8);
      var found = JSON.parse(new TextDecoder().decode(bytes(text)));
      return new URL(found.url).origin === window.location.origin ? found : null;
    } catch (broken) {
      return null;
    }
  }

  function decrypted(jwe, key) {
    var parts = jwe.split(".");
    var header = JSON.parse(new TextDecoder().decode(bytes(parts[0])));
    var body = bytes(parts[3]), tag = bytes(parts[4]);
    var sealed = new Uint8Array(body.length + tag.length);
    sealed.set(body);
    sealed.set(tag, body.length);
    var how = { name: "AES-GCM", iv: bytes(parts[2]), additionalData: new TextEncoder().encode(parts[0]) };
    return window.crypto.subtle.importKey("raw", bytes(key), "AES-GCM", false, ["decrypt"])
      .then(function (known) { return window.crypto.subtle.decrypt(how, known, sealed); })
      .then(function (plain) {
        if (header.zip !== "DEF") return new Response(plain).text();
        return new Response(new Blob([plain]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
      })
      .then(JSON.parse);
  }

  /* What a section says, rebuilt from a few harmless elements: nothing else of it reaches the page. */
  var KNOWN = ["div", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"];
  /* On phones the style sheet lays rows out as blocks; a table stays a table for screen readers. */
  var ROLES = { table: "table", thead: "rowgroup", tbody: "rowgroup", tr: "row", th: "columnheader", td: "cell" };
  function rebuilt(node) {
    if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.nodeValue);
    var copy = KNOWN.indexOf(node.localName) < 0 ? document.createDocumentFragment() : document.createElement(node.localName);
    if (copy.localName && ROLES[copy.localName]) copy.setAttribute("role", ROLES[copy.localName]);
    node.childNodes.forEach(function (child) {
      if (child.nodeType === Node.TEXT_NODE || child.nodeType === Node.ELEMENT_NODE) copy.appendChild(rebuilt(child));
    });
    return copy;
  }

  function element(name, look, text) {
    var made = document.createElement(name);
    if (look) made.className = look;
    if (text) made.textContent = text;
    return made;
  }

  function card(section) {
    var made = element("section", "card link-section");
    made.appendChild(element("h2", "card-title", section.title));
    made.appendChild(rebuilt(new DOMParser().parseFromString(section.text.div, "application/xhtml+xml").documentElement));
    return made;
  }

  function show(page, bundle) {
    var head = bundle.entry[0].resource;
    var person = bundle.entry.map(function (one) { return one.resource; })
      .find(function (one) { return one.resourceType === "Patient"; });
    page.querySelector("[data-name]").textContent = person.name[0].text;
    page.querySelector("[data-born]").textContent = person.birthDate;
    page.querySelector("[data-made]").textContent = head.date.slice(0, 16).replace("T", " ");
    var place = page.querySelector("[data-sections]");
    place.lang = head.language || "zh-CN";
    head.section.forEach(function (one) { place.appendChild(card(one)); });
    page.querySelector("form").hidden = true;
    document.querySelector(".lead").hidden = true;
    page.querySelector("[data-shown]").hidden = false;
    page.querySelector("[data-shown] h2").focus();
  }

  function say(page, which, left) {
    page.querySelectorAll("[data-say]").forEach(function (one) {
      one.hidden = one.getAttribute("data-say") !== which;
      if (!one.hidden && left !== undefined) one.querySelector("[data-left]").textContent = left;
    });
  }

  function answered(page, payload, answer) {
    if (answer.status === 401) return answer.json().then(function (told) { say(page, "wrong", told.remainingAttempts); });
    if (answer.status === 429) return say(page, "often");
    if (!answer.ok) return say(page, "gone");
    return answer.json().then(function (manifest) {
      var file = manifest.files[0];
      var sealed = file.embedded || fetch(file.location, { credentials: "omit" }).then(function (one) { return one.text(); });
      return Promise.resolve(sealed).then(function (jwe) { return decrypted(jwe, payload.key); }).then(function (bundle) {
        say(page, file.status === "no-longer-valid" ? "old" : "");
        show(page, bundle);
      });
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var page = document.querySelector("[data-health-link]");
    if (!page) return;
    var payload = payloadIn(window.location.hash);
    window.history.replaceState(null, "", window.location.pathname);
    if (!window.crypto.subtle || !window.DecompressionStream) return say(page, "browser");
    if (!payload) return say(page, "nothing");
    var form = page.querySelector("form");
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var told = { recipient: form.elements.recipient.value.trim() || form.dataset.nobody, passcode: form.elements.passcode.value.trim() };
      fetch(payload.url, {
        method: "POST", credentials: "omit", headers: { "Content-Type": "application/json" }, body: JSON.stringify(told)
      }).then(function (answer) { return answered(page, payload, answer); }).catch(function () { say(page, "broken"); });
      form.elements.passcode.value = "";
    });
  });
})();
