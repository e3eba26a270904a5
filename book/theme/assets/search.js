// Search over all pages and over the names of the explorer, loaded at its first use together with the index. Classic
// script, works from file://. Names are strangers' and pages may quote them: both only ever become text.
(function () {
  "use strict";
  var LIMIT = 12, NAMES = 4, LONGEST = 220;
  var folder = document.currentScript.src.replace(/[^/]*$/, "");
  var hasExplorer = window.SEARCH.some(function (entry) { return entry.address === "explorer.html"; });
  var dialog = document.createElement("dialog");
  dialog.className = "search";
  dialog.setAttribute("aria-label", "Search the report");
  dialog.innerHTML =
    '<label for="search-words">Search the report and its models</label>' +
    '<input id="search-words" type="search" role="combobox" autocomplete="off" spellcheck="false"' +
    ' aria-expanded="false" aria-controls="search-found" aria-autocomplete="list">' +
    '<p class="search-count" role="status"></p><ul id="search-found" role="listbox" aria-label="Sections and models found"></ul>';
  document.body.appendChild(dialog);
  var input = dialog.querySelector("input");
  var list = dialog.querySelector("ul");
  var count = dialog.querySelector(".search-count");
  var chosen = -1, turn = 0;

  function folded(text) { return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, ""); }
  var sections = window.SEARCH.map(function (entry) {
    return { entry: entry, page: folded(entry.chapter + " " + entry.page), heading: folded(entry.heading), text: folded(entry.text) };
  });

  // Every word must occur; a heading counts more than a title, a title more than the text.
  function score(section, words) {
    var sum = 0;
    for (var i = 0; i < words.length; i += 1) {
      var found = (section.heading.indexOf(words[i]) >= 0 ? 8 : 0) + (section.page.indexOf(words[i]) >= 0 ? 3 : 0) +
        Math.min(section.text.split(words[i]).length - 1, 4);
      if (!found) return 0;
      sum += found;
    }
    return sum;
  }

  function having(text, words) { return words.filter(function (word) { return folded(text).indexOf(word) >= 0; }).length; }

  // The sentence with the most of the words, of those with as many the first; a long one is cut about the first word.
  function sentence(section, words) {
    var best = "", most = 0;
    section.entry.text.replace(/([.!?]["”’)]*)\s+(?=[A-Z“"‘(\d$])/g, "$1\n").split("\n").forEach(function (part) {
      var found = having(part, words);
      if (found > most) { best = part; most = found; }
    });
    best = best || section.entry.text.split("\n")[0];
    if (best.length <= LONGEST) return best;
    var at = Math.max(0, inPlace(best).indexOf(words[0])), start = at < 80 ? 0 : best.indexOf(" ", at - 80) + 1;
    var end = best.length - start <= LONGEST ? best.length : best.lastIndexOf(" ", start + LONGEST);
    return (start ? "… " : "") + best.slice(start, end) + (end < best.length ? " …" : "");
  }

  // Folded letter by letter, so that every letter stays in its place.
  function inPlace(text) {
    return text.split("").map(function (letter) { return folded(letter).length === 1 ? folded(letter) : letter; }).join("");
  }

  // Text with the words marked.
  function marked(text, words, parent) {
    var plain = inPlace(text), at = 0;
    while (at < text.length) {
      var next = words.map(function (word) { return { start: plain.indexOf(word, at), length: word.length }; })
        .filter(function (hit) { return hit.start >= 0; })
        .sort(function (a, b) { return a.start - b.start || b.length - a.length; })[0];
      if (!next) break;
      parent.appendChild(document.createTextNode(text.slice(at, next.start)));
      add("mark", text.slice(next.start, next.start + next.length), parent);
      at = next.start + next.length;
    }
    parent.appendChild(document.createTextNode(text.slice(at)));
  }

  function add(tag, text, parent) {
    var made = document.createElement(tag);
    made.textContent = text;
    return parent.appendChild(made);
  }

  function choose(position) {
    var options = list.children;
    if (!options.length) return;
    chosen = (position + options.length) % options.length;
    for (var i = 0; i < options.length; i += 1) {
      options[i].id = "search-" + i;
      options[i].setAttribute("aria-selected", String(i === chosen));
    }
    options[chosen].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[chosen].id);
  }

  function option(address) {
    var item = document.createElement("li");
    item.setAttribute("role", "option");
    item.dataset.address = address;
    item.addEventListener("click", function () { go(item); });
    return item;
  }

  function sectionOption(section, words) {
    var entry = section.entry, item = option(entry.address);
    add("b", entry.heading, item);
    add("span", entry.page === entry.heading ? entry.chapter : entry.chapter + " › " + entry.page, item);
    marked(sentence(section, words), words, add("small", "", item));
    return item;
  }

  function nameOption(row, lookup) {
    var item = option("explorer.html" + lookup.fragment(row.address)), kind = lookup.kindOf(row.address);
    add("b", lookup.named(row.address), item);
    add("span", "Explorer › " + kind, item);
    return item;
  }

  function lookups() {
    return window.explorerLookup ? Promise.resolve(window.explorerLookup) : new Promise(function (resolve, reject) {
      var script = document.createElement("script");
      script.src = folder + "lookup.js";
      script.onload = function () { resolve(window.explorerLookup); };
      script.onerror = reject;
      document.head.appendChild(script);
    });
  }

  // Names of the explorer: the one that was typed comes before all sections, others after them.
  function addNames(text, ours, shown) {
    lookups().then(function (lookup) {
      return lookup.search(text).then(function (found) {
        if (ours !== turn || !found.rows.length) return;
        var names = found.rows.slice(0, NAMES), before = list.firstChild;
        names.forEach(function (row) {
          var same = lookup.closeness(lookup.named(row.address), text) < 2;
          list.insertBefore(nameOption(row, lookup), same ? before : null);
        });
        input.setAttribute("aria-expanded", "true");
        count.textContent = (shown ? shown + ", and " : "") + names.length + (names.length === 1 ? " name" : " names") + " of the explorer";
        choose(0);
      });
    }).catch(function () { /* the sections are there without the names */ });
  }

  function find() {
    var text = input.value.trim(), words = folded(text).split(/\s+/).filter(Boolean), shown = "";
    var found = !words.length ? [] : sections
      .map(function (section, order) { return { section: section, score: score(section, words), order: order }; })
      .filter(function (hit) { return hit.score; })
      .sort(function (a, b) { return b.score - a.score || a.order - b.order; });
    turn += 1;
    list.textContent = "";
    chosen = -1;
    input.removeAttribute("aria-activedescendant");
    found.slice(0, LIMIT).forEach(function (hit) { list.appendChild(sectionOption(hit.section, words)); });
    input.setAttribute("aria-expanded", String(found.length > 0));
    if (found.length) shown = "Showing " + Math.min(found.length, LIMIT) + " of " + found.length + " sections";
    count.textContent = !words.length ? "" : shown || "Nothing found. Try one word of it, or the name of a model.";
    choose(0);
    if (words.length && hasExplorer) addNames(text, turn, shown);
  }

  function go(item) {
    dialog.close();
    window.location.href = item.dataset.address;
  }

  input.addEventListener("input", find);
  input.addEventListener("keydown", function (event) {
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter" && list.children[chosen]) go(list.children[chosen]);
    else if (event.key === "Escape") dialog.close(); // a search field would only be emptied by the first
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("click", function (event) { if (event.target === dialog) dialog.close(); });
  window.openSearch = function () {
    if (!dialog.open) dialog.showModal();
    input.select();
  };
})();
