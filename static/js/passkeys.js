/* Passkeys: the button appears where the browser can, and the form goes off once the browser has signed.
   Needs mfa/js/webauthn-json.js, which translates between the browser's bytes and JSON. */
(function () {
  "use strict";

  function can() {
    var name = window.location.hostname;
    var isAddress = /^[\d.]+$/.test(name) || name.charAt(0) === "["; // a passkey belongs to a name
    return window.isSecureContext && !isAddress && "PublicKeyCredential" in window && "webauthnJSON" in window;
  }

  function ask(form) {
    if (form.dataset.passkeyFrom) {
      return window.fetch(form.dataset.passkeyFrom, { headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.json(); });
    }
    return Promise.resolve(JSON.parse(form.querySelector("script[type='application/json']").textContent));
  }

  function sign(form, data) {
    return form.dataset.passkey === "create"
      ? window.webauthnJSON.create(data.creation_options)
      : window.webauthnJSON.get(data.request_options);
  }

  function prepare(form) {
    var said = form.querySelector("[data-passkey-said]");
    var button = form.querySelector("[data-passkey-button]");
    if (!can()) {
      if (!form.hasAttribute("data-passkey-quiet")) said.textContent = form.dataset.sayUnable;
      return;
    }
    button.hidden = false;
    function begin(event) {
      event.preventDefault();
      said.textContent = "";
      ask(form).then(function (data) { return sign(form, data); }).then(function (credential) {
        form.elements.credential.value = JSON.stringify(credential);
        form.submit();
      }).catch(function () { said.textContent = form.dataset.sayCancelled; });
    }
    button.addEventListener("click", begin);
    form.addEventListener("submit", begin); // Enter in the name's field
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("form[data-passkey]").forEach(prepare);
  });
})();
