/* The code of an invitation stands behind # in the QR code's address, so that no server sees it; it goes into the form. */
(function () {
  "use strict";
  document.addEventListener("DOMContentLoaded", function () {
    var field = document.querySelector("[data-code]");
    var code = window.location.hash.slice(1);
    if (!field || field.value || !/^[A-Z0-9]{10}$/.test(code)) return;
    field.value = code;
    window.history.replaceState(null, "", window.location.pathname);
  });
})();
