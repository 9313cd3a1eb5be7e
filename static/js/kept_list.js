/* Lists the articles that this device keeps. */
(() => {
  "use strict";

  var STORE = "kept-1"; // as in the worker
  var list = document.querySelector("[data-kept-list]");

  function add(address, title) {
    var item = document.createElement("li"), link = document.createElement("a");
    item.className = "row";
    link.className = "row-body";
    link.href = address;
    link.textContent = title;
    item.append(link);
    list.append(item);
    list.hidden = false;
    document.querySelector("[data-kept-none]").hidden = true;
  }

  if (!list || !window.caches) return;
  caches.open(STORE).then(store => store.keys().then(keys => keys.forEach(key => {
    store.match(key).then(page => {
      var title = page.headers.get("X-Kept-Title");
      if (title) add(new URL(key.url).pathname, decodeURIComponent(title));
    });
  })));
})();
