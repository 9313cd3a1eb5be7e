/* A file may be dropped anywhere on the page, and one that is too large is not sent. Without this file one chooses it. */
(() => {
  "use strict";

  var form = document.querySelector("[data-verify-file]");
  if (!form) return;
  var field = form.querySelector("input[type=file]"), line = form.querySelector("[data-say]"), inside = 0;

  function over(shown) {
    form.classList.toggle("is-over", shown);
  }
  function take() {
    var file = field.files[0];
    line.textContent = "";
    if (!file) return;
    if (file.size > Number(form.dataset.most)) {
      line.textContent = form.dataset.tooLarge;
      field.value = "";
    } else form.requestSubmit();
  }

  document.addEventListener("dragenter", () => over(++inside > 0));
  document.addEventListener("dragleave", () => over(--inside > 0));
  document.addEventListener("dragover", event => event.preventDefault());
  document.addEventListener("drop", event => {
    event.preventDefault();
    over(Boolean(inside = 0));
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    take();
  });
  field.addEventListener("change", take);
})();
