// Search over all pages, loaded at its first use together with the index. Classic script, works from file://.
(function () {
  "use strict";
  var LIMIT = 12;
  var dialog = document.createElement("dialog");
  dialog.className = "search";
  dialog.setAttribute("aria-label", "Search the report");
  dialog.innerHTML =
    '<label for="search-words">Search the report</label>' +
    '<input id="search-words" type="search" role="combobox" autocomplete="off" spellcheck="false"' +
    ' aria-expanded="false" aria-controls="search-found" aria-autocomplete="list">' +
    '<p class="search-count" role="status"></p><ul id="search-found" role="listbox" aria-label="Sections found"></ul>';
  document.body.appendChild(dialog);
  var input = dialog.querySelector("input");
  var list = dialog.querySelector("ul");
  var count = dialog.querySelector(".search-count");
  var chosen = -1;

  function folded(text) { return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, ""); }
  var sections = window.SEARCH.map(function (entry) {
    return { entry: entry, page: folded(entry.page), heading: folded(entry.heading), text: folded(entry.text) };
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

  function excerpt(section, words) {
    var text = section.entry.text;
    var at = Math.max(section.text.indexOf(words[0]), 0);
    var start = at < 50 ? 0 : text.indexOf(" ", at - 50) + 1;
    return (start ? "… " : "") + text.slice(start, start + 130) + (text.length > start + 130 ? " …" : "");
  }

  function choose(position) {
    var options = list.children;
    if (!options.length) return;
    chosen = (position + options.length) % options.length;
    for (var i = 0; i < options.length; i += 1) options[i].setAttribute("aria-selected", String(i === chosen));
    options[chosen].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[chosen].id);
  }

  function option(section, words, position) {
    var item = document.createElement("li");
    item.id = "search-" + position;
    item.setAttribute("role", "option");
    item.dataset.address = section.entry.address;
    [["b", section.entry.heading], ["span", section.entry.page], ["small", excerpt(section, words)]].forEach(function (part) {
      if (part[0] === "span" && section.entry.page === section.entry.heading) return;
      var element = document.createElement(part[0]);
      element.textContent = part[1];
      item.appendChild(element);
    });
    item.addEventListener("click", function () { go(item); });
    return item;
  }

  function find() {
    var words = folded(input.value).split(/\s+/).filter(Boolean);
    var found = !words.length ? [] : sections
      .map(function (section, order) { return { section: section, score: score(section, words), order: order }; })
      .filter(function (hit) { return hit.score; })
      .sort(function (a, b) { return b.score - a.score || a.order - b.order; });
    list.textContent = "";
    chosen = -1;
    input.removeAttribute("aria-activedescendant");
    found.slice(0, LIMIT).forEach(function (hit, position) { list.appendChild(option(hit.section, words, position)); });
    input.setAttribute("aria-expanded", String(found.length > 0));
    count.textContent = !words.length ? "" : !found.length ? "Nothing found" :
      "Showing " + Math.min(found.length, LIMIT) + " of " + found.length + " sections";
    choose(0);
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
