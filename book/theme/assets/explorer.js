// The explorer: shows the entries that lookup.js finds, which is loaded before it.
// The fields of an entry are those of pipeline/chapters/explorer/entries.py; what is 0, false or empty is left out of it.
// Every text is a stranger's: it only ever becomes text, never markup.
(function () {
  "use strict";
  var root = document.querySelector(".explorer");
  if (!root) return;
  var page = JSON.parse(root.querySelector(".explorer-data").textContent);
  var form = root.querySelector("form"), input = form.querySelector("input"), list = form.querySelector("[role=listbox]");
  var view = root.querySelector(".explorer-view"), status = root.querySelector(".explorer-status");
  var lookup = window.explorerLookup, named = lookup.named, kindOf = lookup.kindOf, fragment = lookup.fragment;
  var title = document.title, latest = 0;

  // ---- words
  function number(value) { return value.toLocaleString("en-US"); }
  function count(value, one, many) { return number(value) + " " + (value === 1 ? one : many); }
  function month(value) { return page.months[value % 100 - 1] + " " + Math.floor(value / 100); }
  function sum(values) { return values.reduce(function (all, value) { return all + value; }, 0); }

  function heading(what, shown, all) {
    return what + ": " + (shown < all ? number(shown) + " of " + number(all) : number(all));
  }

  function complete(found) {
    var lists = { relations: [], months: [], listed: [], parents_listed: [], roots_listed: [], way_up: [], bases_listed: [] };
    var counts = { children: 0, descendants: 0, ancestors: 0, parents: 0, roots: 0, models: 0, built: 0, bases: 0 };
    var of = Object.assign({ kind: kindOf(found.address), name: named(found.address) }, counts, lists, found);
    of.listable = of.kind === "model" ? of.children : of.models;
    return of;
  }

  function summary(of) {
    var verb = page.verbs, text;
    if (of.kind !== "model") {
      text = !of.children ? "Nothing is built on its models here." : count(of.children, "repository " + verb.one, "repositories " + verb.many) + " " + (of.kind === "family" ?
        "one of the family’s models" : "one of this uploader’s models") + verb.end + ", each counted once.";
      if (of.models) text += " " + count(of.models, "model", "models") + " of the " + of.kind + " " + (of.models === 1 ? "is" : "are") +
        " built on, or on the register of releases.";
      if (of.kind === "uploader" && of.built) {
        text += " Of its own repositories, " + number(of.built) + (of.built === 1 ? " is" : " are") + " built on others.";
      }
      return text;
    }
    text = (of.release ? "A release" : "A model") + (of.family ? " of the family " + of.family : "") +
      (of.month ? ", created in " + month(of.month) : "") + (of.absent ? ", absent from the snapshot" : "") + ". ";
    text += of.children ? count(of.children, "repository " + verb.one, "repositories " + verb.many) + " it" + verb.end + "; " +
      number(of.descendants) + (of.descendants === 1 ? " descends" : " descend") + " from it. " : "Nothing is built on it here. ";
    text += of.parents ? "It is built on " + number(of.parents) + ", has " + count(of.ancestors, "ancestor", "ancestors") +
      " and " + count(of.roots, "root", "roots") + "." : "It is a root: it is built on nothing here.";
    return text;
  }

  // ---- the view
  function make(tag, text, parent, name) {
    var made = document.createElement(tag);
    if (text !== null) made.textContent = text;
    if (name) made.className = name;
    if (parent) parent.appendChild(made);
    return made;
  }

  function link(address, parent) {
    var made = make("a", named(address), parent);
    made.setAttribute("href", fragment(address));
    return made;
  }

  function relation(node) { return node.relation ? page.relations[node.relation] : ""; }

  function covered(nodes) { return sum(nodes.map(function (node) { return node.series || 1; })); }

  function listBelow(nodes, shown, whole, parent) {
    branch(nodes, parent);
    if (shown < whole) make("small", number(shown) + " of " + number(whole), parent, "explorer-more");
  }

  // A series is one line that opens: its members are repositories of one uploader that differ in digits alone.
  function seriesNode(node, item) {
    var members = node.members || [];
    var box = members.length ? make("details", null, item, "explorer-series") : item;
    var line = members.length ? make("summary", null, box) : item;
    make("span", node.id + " (" + number(node.series) + ")", line);
    make("small", " " + relation(node), line);
    if (members.length) listBelow(members, members.length, node.series, box);
  }

  function branch(nodes, parent) {
    var items = make("ul", null, parent);
    nodes.forEach(function (node) {
      var item = make("li", null, items), about = [];
      if (node.series) { seriesNode(node, item); return; }
      if (node.descendants >= page.least || !node.relation) link("model=" + node.id, item); else make("span", node.id, item, "explorer-leaf");
      if (node.relation) about.push(relation(node));
      if (node.children) about.push(count(node.children, "child", "children"));
      if (about.length) make("small", " " + about.join(" · "), item);
      if (node.below) listBelow(node.below, covered(node.below), node.children, item);
    });
    return items;
  }

  function table(caption, columns, rows, parent) {
    var box = make("div", null, parent, "table-scroll"), drawn = make("table", null, box, "data");
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", caption);
    make("span", caption, make("caption", null, drawn));
    var head = make("tr", null, make("thead", null, drawn)), body = make("tbody", null, drawn);
    columns.forEach(function (column, place) {
      make("th", column, head, place && column !== "Relation" ? "number" : "").scope = "col";
    });
    rows.forEach(function (row) {
      var line = make("tr", null, body);
      row.forEach(function (cell, place) {
        var made = make(place ? "td" : "th", typeof cell === "number" ? number(cell) : cell, line, typeof cell === "number" ? "number" : "");
        if (!place) made.scope = "row";
      });
    });
  }

  function folded(summary, parent) {
    var made = make("details", null, parent, "explorer-data-table");
    make("summary", summary, made);
    return made;
  }

  function tree(of) {
    if (of.kind !== "model" && !of.models) return;
    make("h4", heading(of.kind === "model" ? "Built on it" : "Its models", covered(of.listed), of.listable), view);
    if (!of.listed.length) { make("p", "None.", view); return; }
    branch(of.listed, view).className = "explorer-tree";
    table("Built on it, most descendants first", ["Model", "Relation", "Children", "Descendants"], of.listed.map(function (node) {
      if (node.series) return [node.id + " (" + number(node.series) + ")", relation(node), "–", "–"];
      return [node.id, relation(node) || "–", node.children || 0, node.descendants || 0];
    }), folded("As a table", view));
  }

  function childrenIn(rows) { return rows.map(function (row) { return row.children; }); }

  function byRelation(of) {
    if (!of.children) return;
    make("h4", "By relation", view);
    var items = make("ul", null, view, "explorer-relations"), most = Math.max.apply(null, childrenIn(of.relations));
    of.relations.forEach(function (row) {
      var item = make("li", null, items), bar = make("i", null, item);
      bar.style.width = 100 * row.children / most + "%";
      make("span", page.relations[row.relation] + ": " + number(row.children), item);
    });
  }

  function everyMonth(months) {
    var found = [], at = months[0].month, end = months[months.length - 1].month, children = {};
    months.forEach(function (row) { children[row.month] = row.children; });
    while (at <= end) {
      found.push(children[at] || 0);
      at = at % 100 === 12 ? at + 89 : at + 1;
    }
    return found;
  }

  function byMonth(of) {
    if (!of.children) return;
    make("h4", "By month of creation", view);
    if (!of.months.length) { make("p", "None has a known date.", view); return; }
    var undated = of.children - sum(childrenIn(of.months));
    var missing = undated ? " " + number(undated) + (undated === 1 ? " has" : " have") + " no known date." : "";
    var top = of.months.reduce(function (most, row) { return row.children > most.children ? row : most; });
    var bars = make("div", null, view, "explorer-months");
    bars.setAttribute("aria-hidden", "true");
    everyMonth(of.months).forEach(function (value) { make("i", null, bars).style.height = 100 * value / top.children + "%"; });
    make("p", "From " + month(of.months[0].month) + " to " + month(of.months[of.months.length - 1].month) + ", most in " +
      month(top.month) + ": " + number(top.children) + "." + missing, view);
    table("By month of creation", ["Month", "Repositories"], of.months.map(function (row) {
      return [month(row.month), row.children];
    }), folded("As a table", view));
  }

  function above(of) {
    if (!of.parents) return;
    make("h4", heading("Built on", of.parents_listed.length, of.parents), view);
    var items = make("ul", null, view);
    of.parents_listed.forEach(function (parent) {
      var item = make("li", null, items);
      link("model=" + parent.id, item);
      make("small", " as " + page.relations[parent.relation], item);
    });
    make("h4", heading("Roots", of.roots_listed.length, of.roots), view);
    items = make("ul", null, view);
    of.roots_listed.forEach(function (id) { link("model=" + id, make("li", null, items)); });
  }

  function bases(of) {
    if (!of.bases_listed.length) return;
    make("h4", heading("What its own repositories are built on", of.bases_listed.length, of.bases), view);
    var items = make("ul", null, view);
    of.bases_listed.forEach(function (base) {
      var item = make("li", null, items);
      link("model=" + base.id, item);
      make("small", " " + count(base.repositories, "repository", "repositories"), item);
    });
  }

  function trail(of) {
    var steps = of.way_up.slice().reverse().map(function (id) { return "model=" + id; });
    if (of.parents_listed.length) steps.push("model=" + of.parents_listed[0].id);
    if (of.family) steps.unshift("family=" + of.family);
    if (!steps.length) return;
    var nav = make("nav", null, view, "explorer-trail"), items = make("ol", null, nav);
    nav.setAttribute("aria-label", "Way up");
    steps.forEach(function (address) { link(address, make("li", null, items)); });
    make("span", of.name, make("li", null, items)).setAttribute("aria-current", "true");
  }

  function draw(found) {
    var of = complete(found);
    view.textContent = "";
    trail(of);
    var head = make("h3", of.name, view);
    head.tabIndex = -1;
    make("p", summary(of), view);
    if (of.kind === "model" && of.name.indexOf("/") > 0) {
      link("uploader=" + of.name.slice(0, of.name.indexOf("/")), make("p", "Uploader: ", view));
    }
    byRelation(of);
    byMonth(of);
    tree(of);
    above(of);
    bases(of);
    return head;
  }

  function missing(address) {
    view.textContent = "";
    make("h3", named(address), view).tabIndex = -1;
    make("p", "No entry for this " + kindOf(address) + ". " + page.missing, view);
  }

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
      if (found) draw(found); else missing(address);
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
        var option = make("li", named(row.address), list);
        option.id = "explorer-option-" + place;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.address = row.address;
        make("small", " " + kindOf(row.address) + " · " + (kindOf(row.address) === "model" ?
          count(row.count || 0, "descendant", "descendants") : number(row.count || 0) + " built on it"), option);
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
