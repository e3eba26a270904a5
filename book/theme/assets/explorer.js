// The explorer: shows the entries that lookup.js finds, which is loaded before it.
// entry.js draws them. Every text is a stranger's: it only ever becomes text, never markup.
(function () {
  "use strict";
  var root = document.querySelector(".explorer");
  if (!root) return;
  var page = JSON.parse(root.querySelector(".explorer-data").textContent);
  var form = root.querySelector("form"), input = form.querySelector("input"), list = form.querySelector("[role=listbox]");
  var view = root.querySelector(".explorer-view"), status = root.querySelector(".explorer-status");
  var lookup = window.explorerLookup, named = lookup.named, kindOf = lookup.kindOf, fragment = lookup.fragment;
  var drawn = window.explorerEntry(page, view), number = drawn.number, count = drawn.count;
  var title = document.title, latest = 0;

  // ---- addresses
  function asked() {
    var parts = /^#(model|family|uploader)=(.+)$/.exec(location.hash);
    if (!parts) return null;
    try { return parts[1] + "=" + decodeURIComponent(parts[2]); } catch (error) { return null; }
  }

  function show(address, moved) {
    var turn = latest += 1;
    var ready = address === page.opened && page.entry ? Promise.resolve(page.entry) : lookup.entry(address);
    return ready.then(function (found) {
      if (turn !== latest) return;
      if (found) drawn.draw(found); else drawn.missing(address);
      document.title = named(address) + " · " + title;
      status.textContent = moved ? (found ? "Shown: " : "No entry: ") + named(address) : "";
      if (moved && (document.activeElement === document.body || document.activeElement === null)) {
        view.querySelector("h3").focus({ preventScroll: true });
      }
      if (moved && root.getBoundingClientRect().top < 0) root.scrollIntoView();
    }).catch(function () {
      if (turn === latest) status.textContent = "The files of the explorer did not load. Try again, or open the published site.";
    });
  }

  function go(address) {
    close();
    input.value = "";
    if (fragment(address) === location.hash) show(address, true); else location.hash = fragment(address);
  }

  // ---- suggestions
  var active = -1;
  function close() {
    list.hidden = true;
    list.textContent = "";
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(place) {
    var options = list.querySelectorAll("[role=option]");
    if (!options.length) return;
    active = (place + options.length) % options.length;
    options.forEach(function (option, number) { option.setAttribute("aria-selected", number === active ? "true" : "false"); });
    input.setAttribute("aria-activedescendant", options[active].id);
    options[active].scrollIntoView({ block: "nearest" });
  }

  // Nothing has all the words: says which of them nothing has, and what to try.
  function nothing(text) {
    return lookup.unknown(text).then(function (words) {
      if (input.value.trim() !== text) return;
      var quoted = words.map(function (word) { return "“" + word + "”"; }).join(" or ");
      status.textContent = (quoted ? "No name here has the word " + quoted + ". " : "No name here has all of these words. ") +
        "Try one word of the name, such as llama, or who uploaded it. " + page.missing;
    });
  }

  function suggest() {
    var text = input.value.trim();
    if (!text) { close(); status.textContent = ""; return Promise.resolve(); }
    return lookup.search(text).then(function (found) {
      if (input.value.trim() !== text) return;
      close();
      found.rows.forEach(function (row, place) {
        var option = list.appendChild(document.createElement("li")), about = document.createElement("small");
        option.textContent = named(row.address);
        option.id = "explorer-option-" + place;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.address = row.address;
        about.textContent = " " + kindOf(row.address) + " · " + (kindOf(row.address) === "model" ?
          count(row.count || 0, "descendant", "descendants") : number(row.count || 0) + " built on it");
        option.appendChild(about);
      });
      list.hidden = !found.rows.length;
      input.setAttribute("aria-expanded", found.rows.length ? "true" : "false");
      if (!found.rows.length) return nothing(text);
      status.textContent = found.rows.length === found.total ? count(found.total, "match", "matches") :
        number(found.rows.length) + (found.total ? " of " + number(found.total) + " matches" : " matches") +
        "; another word makes them fewer";
    }).catch(function () { status.textContent = "The files of the explorer did not load."; });
  }

  // ---- start
  root.querySelectorAll("a[data-address]").forEach(function (made) { made.setAttribute("href", fragment(made.dataset.address)); });
  form.hidden = false;
  document.querySelectorAll(".explorer-examples").forEach(function (line) { line.hidden = false; });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    suggest().then(function () {
      var options = list.querySelectorAll("[role=option]");
      if (options.length) go(options[Math.max(active, 0)].dataset.address);
    });
  });
  form.addEventListener("reset", function (event) {
    event.preventDefault();
    status.textContent = "";
    if (page.opened) go(page.opened);
  });
  input.addEventListener("input", suggest);
  input.addEventListener("keydown", function (event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) suggest(); else mark(event.key === "ArrowDown" ? active + 1 : Math.max(active, 0) - 1);
    }
    if (event.key === "Escape") close();
  });
  input.addEventListener("blur", function () { setTimeout(close, 200); });
  list.addEventListener("mousedown", function (event) { event.preventDefault(); });
  list.addEventListener("click", function (event) {
    var option = event.target.closest("[role=option]");
    if (option) go(option.dataset.address);
  });
  window.addEventListener("hashchange", function () {
    var address = asked() || (location.hash ? null : page.opened);
    if (address) show(address, true);
  });
  var start = asked() || page.opened;
  if (start) show(start, false);
})();
