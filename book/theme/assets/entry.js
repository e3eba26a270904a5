// Draws one entry of the explorer, word for word as pipeline/charts/explorer does for readers without scripts.
// The fields of an entry are those of pipeline/chapters/explorer/entries.py; what is 0, false or empty is left out of it.
// Every text is a stranger's: it only ever becomes text, never markup. Loaded after lookup.js, before explorer.js.
// page: what the page's own data say; view: the element that the entry is drawn in.
window.explorerEntry = function (page, view) {
  "use strict";
  var lookup = window.explorerLookup, named = lookup.named, kindOf = lookup.kindOf, fragment = lookup.fragment;

  // ---- words
  function number(value) { return value.toLocaleString("en-US"); }
  function count(value, one, many) { return number(value) + " " + (value === 1 ? one : many); }
  function month(value) { return page.months[value % 100 - 1] + " " + Math.floor(value / 100); }
  function sum(values) { return values.reduce(function (all, value) { return all + value; }, 0); }

  function heading(what, shown, all) {
    return what + ": " + (shown < all ? number(shown) + " of " + number(all) : number(all));
  }

  function complete(found) {
    var lists = { relations: [], months: [], listed: [], parents_listed: [], roots_listed: [], way_up: [], bases_listed: [], made_of: [],
      made_into: [] };
    var counts = { children: 0, descendants: 0, ancestors: 0, parents: 0, roots: 0, models: 0, built: 0, bases: 0, made_into_all: 0 };
    var of = Object.assign({ kind: kindOf(found.address), name: named(found.address), then: null }, counts, lists, found);
    of.listable = of.kind === "model" ? of.children : of.models;
    return of;
  }

  function making(of) {
    function those(role) {
      return of.made_of.filter(function (one) { return one.role === role; }).map(function (one) { return one.id; }).join(" and ");
    }
    var bases = those("base"), teachers = those("teacher");
    return "Its maker " + [bases && "started from " + bases, teachers && "trained it on answers of " + teachers].filter(Boolean).join(" and ") + ".";
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
    if (of.then && of.then.children) {
      text += "In the " + page.edition.label + ", " + count(of.then.children, "repository named", "repositories named") +
        " it as base; " + number(of.then.descendants) + " descended from it. ";
    }
    if (of.made_of.length) text += making(of) + " ";
    if (of.made_into_all) text += "Makers made " + count(of.made_into_all, "registered release", "registered releases") + " from it. ";
    if (!of.parents) return (of.made_of.length ? text : text + verb.root).trim();
    text += "It is built on " + number(of.parents) + ", has " + count(of.ancestors, "ancestor", "ancestors") +
      " and " + count(of.roots, "root", "roots") + ".";
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

  // A list of nodes; which: "listed" of the snapshot's links or "then" of an edition's tree. Two levels are open.
  function listBelow(nodes, whole, which, parent) {
    branch(nodes, which, 2, parent);
    if (covered(nodes) < whole) make("small", number(covered(nodes)) + " of " + number(whole), parent, "explorer-more");
  }

  // A series is one line that opens: its members are repositories of one uploader that differ in digits alone.
  function seriesNode(node, which, item) {
    var members = node.members || [];
    var box = members.length ? make("details", null, item, "explorer-series") : item;
    var line = members.length ? make("summary", null, box) : item;
    make("span", node.id + " (" + number(node.series) + ")", line);
    if (node.relation) make("small", " " + relation(node), line);
    if (members.length) listBelow(members, node.series, which, box);
  }

  function hasEntry(node, which) {
    return node.entry || which === "listed" && (node.descendants >= page.least || !node.relation);
  }

  // The children of a node: those listed with it, or, when it is opened, those of its own entry.
  function childrenOf(node, which, level, item) {
    if (!node.children) return;
    if (!node.below && !hasEntry(node, which)) {
      make("small", " " + count(node.children, "child", "children"), item, "explorer-count");
      return;
    }
    var box = make("details", null, item, "explorer-branch");
    box.open = Boolean(node.below && level < 2);
    make("summary", (node.below ? "" : " ") + count(node.children, "child", "children"), box);
    if (node.below) { listBelow(node.below, node.children, which, box); return; }
    box.addEventListener("toggle", function () {
      lookup.entry("model=" + node.id).then(function (found) {
        var nodes = (which === "listed" ? found && found.listed : found && found.then && found.then.listed) || [];
        if (nodes.length) listBelow(nodes, node.children, which, box); else make("p", "They are not listed here.", box);
      }).catch(function () { make("p", "The files of the explorer did not load.", box); });
    }, { once: true });
  }

  function branch(nodes, which, level, parent) {
    var items = make("ul", null, parent);
    nodes.forEach(function (node) {
      var item = make("li", null, items);
      if (node.series) { seriesNode(node, which, item); return; }
      if (hasEntry(node, which)) link("model=" + node.id, item); else make("span", node.id, item, "explorer-leaf");
      if (node.relation) make("small", " " + relation(node), item);
      childrenOf(node, which, level, item);
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
    if (of.kind === "model" || of.models) treeOf(of, of.kind === "model" ? "Built on it" : "Its models", of.listed, of.listable, "listed");
    if (!of.then || !of.then.listed) return;
    treeOf(of, (of.kind === "model" ? "Built on it" : "Its models") + " in the " + page.edition.label, of.then.listed,
      of.kind === "model" ? of.then.children : of.then.models, "then", page.edition.text);
  }

  function treeOf(of, what, nodes, whole, which, note) {
    make("h4", heading(what, covered(nodes), whole), view);
    if (note) make("p", note, view, "explorer-note");
    if (!nodes.length) { make("p", "None.", view); return; }
    branch(nodes, which, 1, view).className = "explorer-tree";
    table(what + ", most descendants first", ["Model", "Relation", "Children", "Descendants"], nodes.map(function (node) {
      if (node.series) return [node.id + " (" + number(node.series) + ")", relation(node) || "–", "–", "–"];
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

  // The widths of pipeline/charts/explorer/months.py, in pixels.
  var BAR = 16, NARROWEST = 200, WIDEST = 320, ROOM = 72;

  // The first and the last month, and the Januaries between that have room.
  function ticks(first, months) {
    var start = Math.floor(first / 100) * 12 + first % 100 - 1, width = Math.min(WIDEST, Math.max(NARROWEST, BAR * months));
    function short(at) { return page.months[at % 12].slice(0, 3) + " " + Math.floor(at / 12); }
    var found = [{ place: 0, text: short(start) }];
    for (var at = 1; at < months - 1; at += 1) {
      var place = (at + 0.5) / months, room = place * width >= ROOM && place * width <= width - ROOM;
      if ((start + at) % 12 === 0 && room) found.push({ place: 100 * place, text: String(Math.floor((start + at) / 12)) });
    }
    return months > 1 ? found.concat({ place: 100, text: short(start + months - 1) }) : found;
  }

  function byMonth(of) {
    if (!of.children) return;
    make("h4", "By month of creation", view);
    if (!of.months.length) { make("p", "None has a known date.", view); return; }
    var undated = of.children - sum(childrenIn(of.months));
    var missing = undated ? " " + number(undated) + (undated === 1 ? " has" : " have") + " no known date." : "";
    var top = of.months.reduce(function (most, row) { return row.children > most.children ? row : most; });
    var values = everyMonth(of.months), drawn = make("div", null, view, "explorer-axis");
    drawn.setAttribute("aria-hidden", "true");
    drawn.style.maxWidth = Math.max(NARROWEST, BAR * values.length) + "px";
    make("b", number(top.children), drawn);
    var bars = make("div", null, drawn, "explorer-months"), axis = make("div", null, drawn, "explorer-ticks");
    values.forEach(function (value) { make("i", null, bars).style.height = 100 * value / top.children + "%"; });
    ticks(of.months[0].month, values.length).forEach(function (tick) { make("b", tick.text, axis).style.left = tick.place + "%"; });
    make("p", "From " + month(of.months[0].month) + " to " + month(of.months[of.months.length - 1].month) + ", most in " +
      month(top.month) + ": " + number(top.children) + "." + missing, view);
    table("By month of creation", ["Month", "Repositories"], of.months.map(function (row) {
      return [month(row.month), row.children];
    }), folded("As a table", view));
  }

  function linked(title, rows, about) {
    if (!rows.length) return;
    make("h4", title, view);
    var items = make("ul", null, view);
    rows.forEach(function (row) {
      var item = make("li", null, items);
      link("model=" + row.id, item);
      if (about(row)) make("small", " " + about(row), item);
    });
  }

  function idsOf(ids) { return ids.map(function (id) { return { id: id }; }); }

  // What the register says: the weights that a maker started from, the model whose answers it was trained on.
  function registered(of) {
    function role(row) { return "as " + row.role; }
    linked("What its maker made it from", of.made_of, role);
    linked(heading("What makers made from it", of.made_into.length, of.made_into_all), of.made_into, function (row) {
      return "with this as " + row.role;
    });
  }

  function above(of) {
    linked(heading("Built on", of.parents_listed.length, of.parents), of.parents_listed, function (row) {
      return "as " + page.relations[row.relation];
    });
    linked(heading("Roots", of.roots_listed.length, of.roots), of.roots_listed, function () { return ""; });
    if (of.then && of.then.parents) linked("Built on in the " + page.edition.label, idsOf(of.then.parents), function () { return ""; });
  }

  function bases(of) {
    linked(heading("What its own repositories are built on", of.bases_listed.length, of.bases), of.bases_listed, function (base) {
      return count(base.repositories, "repository", "repositories");
    });
  }

  function trail(of) {
    var steps = of.way_up.slice().reverse().map(function (id) { return "model=" + id; });
    var base = of.parents_listed[0] || of.made_of[0] || of.then && idsOf(of.then.parents || [])[0];
    if (base) steps.push("model=" + base.id);
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
    registered(of);
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

  return { draw: draw, missing: missing, number: number, count: count };
};
