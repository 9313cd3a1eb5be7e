/* Keeps the public pages of saved articles on this device. They are fetched without cookies: what everybody may read is
   all that is ever kept. Pages come from the network while there is one; signing out empties the store. */
"use strict";

var STORE = "kept-1";
var MOST = 100, DAYS = 180; // pages kept, and how long one is kept that is brought up to date no more
var HERE = "{% url 'health_education:on_this_device' %}";
var FRAME = /(?:href|src)="(\/static\/[^"#]+)/g;
var PICTURES = /<img[^>]*\ssrc="(\/education\/files\/[^"]+)"/g;

self.addEventListener("install", function () { self.skipWaiting(); });

self.addEventListener("activate", function (event) {
  event.waitUntil(caches.keys().then(function (names) {
    return Promise.all(names.map(function (name) { return name !== STORE && caches.delete(name); }));
  }).then(function () { return caches.open(STORE); }).then(tidy).then(function () { return self.clients.claim(); }));
});

self.addEventListener("message", function (event) {
  event.waitUntil(bringUpToDate(event.data).then(
    function (done) { event.ports[0].postMessage(done); },
    function () { event.ports[0].postMessage(false); }
  ));
});

self.addEventListener("fetch", function (event) {
  var request = event.request, address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(function () { return kept(address.pathname); }));
  else event.respondWith(fetch(request).catch(function () { return stored(address.pathname, Response.error()); }));
});

function stored(path, otherwise) {
  return caches.open(STORE).then(function (store) { return store.match(path); })
    .then(function (found) { return found || otherwise; });
}

function kept(path) {
  return stored(path).then(function (found) { return found || stored(HERE, Response.error()); });
}

function bringUpToDate(wish) {
  return caches.open(STORE).then(function (store) {
    wish.keep = wish.keep.slice(0, MOST);
    return Promise.all(wish.keep.concat(HERE).map(function (path) { return fetchPage(store, path, wish); }))
      .then(function (done) {
        return (wish.all ? drop(store, wish.keep) : Promise.resolve()).then(function () { return tidy(store); })
          .then(function () { return done.every(Boolean); });
      });
  });
}

/* Articles that are saved no longer; the frame they share stays. */
function drop(store, wanted) {
  return store.keys().then(function (keys) {
    return Promise.all(keys.map(function (key) {
      var path = new URL(key.url).pathname;
      return path.startsWith("/education/") && path !== HERE && !path.startsWith("/education/files/")
        && wanted.indexOf(path) < 0 && store.delete(key);
    }));
  });
}

/* Pages beyond the number and the age; then the pictures, styles and scripts that no page left here names any more. */
function tidy(store) {
  return store.keys().then(function (keys) {
    return Promise.all(keys.map(function (key) { return store.match(key).then(function (answer) { return about(key, answer); }); }));
  }).then(function (all) {
    var oldest = Date.now() - DAYS * 24 * 3600 * 1000, named = [], articles = 0;
    all.sort(function (one, other) { return other.at - one.at; }).forEach(function (one) {
      if (one.isPage && one.path !== HERE) one.goes = one.at < oldest || ++articles > MOST;
      if (one.isPage && !one.goes) named = named.concat(assetsOf(one.text));
    });
    return Promise.all(all.map(function (one) {
      return (one.isPage ? one.goes : named.indexOf(one.path) < 0) && store.delete(one.key);
    }));
  });
}

function about(key, answer) {
  var at = Number(answer.headers.get("X-Kept-At") || Date.now()), isPage = /html/.test(answer.headers.get("Content-Type"));
  return (isPage ? answer.text() : Promise.resolve("")).then(function (text) {
    return { key: key, path: new URL(key.url).pathname, at: at, isPage: isPage, text: text };
  });
}

function assetsOf(text) {
  return [FRAME, PICTURES].flatMap(function (pattern) {
    return Array.from(text.matchAll(pattern), function (match) { return match[1]; });
  });
}

function fetchPage(store, path, wish) {
  var asked = { credentials: "omit", cache: "no-store", redirect: "error", headers: { "Accept-Language": wish.language } };
  return fetch(path, asked).then(function (answer) {
    if (answer.status === 404 || answer.status === 410) return store.delete(path).then(function () { return true; });
    if (!answer.ok) return false;
    return answer.text().then(function (text) {
      return Promise.all(Array.from(new Set(assetsOf(text)), function (asset) { return fetchAsset(store, asset); }))
        .then(function () { return store.put(path, copy(answer, text, path, wish)); }).then(function () { return true; });
    });
  });
}

function fetchAsset(store, asset) {
  return fetch(asset, { credentials: "omit" }).then(function (answer) { return answer.ok && store.put(asset, answer); });
}

/* The page as it is shown without a network: it says so, and stands in the reader's own size. */
function copy(answer, text, path, wish) {
  var headers = new Headers(answer.headers), title = /<title>([^<]*) · /.exec(text);
  ["Content-Encoding", "Content-Length"].forEach(function (name) { headers.delete(name); });
  headers.set("X-Kept-At", Date.now());
  if (title && path !== HERE) headers.set("X-Kept-Title", encodeURIComponent(title[1]));
  if (wish.mode === "elder") {
    text = text.replace('data-mode="standard"', 'data-mode="elder"').replace('<body class="page"', '<body class="page" data-weui-mode="care"');
  }
  text = text.replace("data-kept hidden", "data-kept").replace("<time></time>", "<time>" + today() + "</time>");
  return new Response(text, { headers: headers });
}

function today() {
  var now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(function (part) { return String(part).padStart(2, "0"); }).join("-");
}
