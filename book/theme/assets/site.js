// Comfort only: every page is complete without this script. Classic script, works from file://.
(function () {
  "use strict";
  var assets = document.currentScript.src.replace(/[^/]*$/, "");

  // Other scripts, each loaded once.
  var scripts = {};
  function load(name) {
    scripts[name] = scripts[name] || new Promise(function (resolve, reject) {
      var script = document.createElement("script");
      script.src = assets + name;
      script.onload = resolve;
      script.onerror = reject;
      document.head.appendChild(script);
    });
    return scripts[name];
  }

  function specification(view) {
    var packed = JSON.parse(view.closest("figure").querySelector(".chart-spec").textContent);
    var spec = packed[view.classList.contains("chart-wide") ? "wide" : "narrow"];
    spec.datasets = packed.datasets;
    return spec;
  }

  // Charts measure their words, so their fonts come first.
  function fonts() {
    if (!document.fonts) return null;
    return Promise.all(["13px 'Report Sans'", "bold 13px 'Report Sans'"].map(function (font) {
      return document.fonts.load(font);
    })).catch(function () {});
  }

  // Draws the live chart beside the static one, which stays for print and for failures.
  function hydrate(view) {
    var still = view.querySelector("svg");
    var live = document.createElement("div");
    var drawing = document.createElement("div");
    live.className = "chart-live";
    drawing.setAttribute("aria-hidden", "true"); // its groups have roles without names; the chart as a whole has both
    live.appendChild(drawing);
    Promise.all([load("vega.js"), fonts()]).then(function () {
      return window.embedChart(drawing, specification(view), { actions: false, renderer: "svg", tooltip: { theme: "page" } });
    }).then(function () {
      live.setAttribute("role", "img");
      live.setAttribute("aria-label", still.getAttribute("aria-label"));
      view.appendChild(live);
      view.classList.add("is-live");
      highlight(view.closest("figure"));
    }).catch(function (error) {
      console.warn("The chart stays still:", error);
    });
  }

  function whenNear(views) {
    var observer = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) return;
        observer.unobserve(entry.target);
        hydrate(entry.target);
      });
    }, { rootMargin: "200% 0px" });
    views.forEach(function (view) { observer.observe(view); });
  }

  // A chart without anything to point at gains nothing from the bundle.
  function isInteractive(figure) {
    return /"(tooltip|params)":/.test(figure.querySelector(".chart-spec").textContent);
  }

  // ---- families: one choice for all charts of the page, and of the next pages
  function specOf(figure) { return figure.querySelector(".chart-spec"); }
  var familied = Array.prototype.slice.call(document.querySelectorAll("figure.chart")).filter(function (figure) {
    return specOf(figure) && specOf(figure).dataset.families;
  });
  function familiesOf(figure) { return specOf(figure).dataset.families.split("|"); }
  function remembered() { try { return sessionStorage.getItem("family") || ""; } catch (error) { return ""; } }
  function remember(name) { try { sessionStorage.setItem("family", name); } catch (error) { return; } }
  var chosenFamily = "";

  // A mark belongs to the families that its row names; what names none (axes, titles) stays as it is.
  function highlight(figure) {
    if (familied.indexOf(figure) < 0) return;
    var known = familiesOf(figure);
    var active = known.indexOf(chosenFamily) >= 0;
    figure.querySelectorAll(".chart-live svg :is(path, rect, text, line)").forEach(function (mark) {
      var row = (mark.__data__ && mark.__data__.datum) || {};
      var named = Object.keys(row).map(function (key) { return row[key]; }).filter(function (value) {
        return typeof value === "string" && known.indexOf(value) >= 0;
      });
      mark.classList.toggle("is-dimmed", active && named.length > 0 && named.indexOf(chosenFamily) < 0);
    });
  }
  function choose(name) {
    chosenFamily = name;
    remember(name);
    familied.forEach(function (figure) {
      var select = figure.querySelector(".chart-families select");
      select.value = familiesOf(figure).indexOf(name) >= 0 ? name : "";
      highlight(figure);
    });
  }
  function addFamilies(figure) {
    var label = document.createElement("label");
    var select = document.createElement("select");
    label.className = "chart-families";
    label.textContent = "Highlight on this page ";
    [""].concat(familiesOf(figure)).forEach(function (name) {
      var option = document.createElement("option");
      option.value = name;
      option.textContent = name || "all families";
      select.appendChild(option);
    });
    select.addEventListener("change", function () { choose(select.value); });
    label.appendChild(select);
    figure.querySelector(".chart-head").after(label);
  }

  // ---- search: its script and its index come at the first use
  function search() {
    load("search-index.js").then(function () { return load("search.js"); }).then(function () { window.openSearch(); });
  }
  var opener = document.querySelector(".search-open");
  if (opener && window.HTMLDialogElement) {
    opener.hidden = false;
    opener.addEventListener("click", search);
    document.addEventListener("keydown", function (event) {
      var typing = event.target.closest && event.target.closest("input, select, textarea, [contenteditable]");
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      search();
    });
  }

  // ---- tables: a button in each head, missing values last whichever way they are sorted
  function sortKey(row, column, numeric) {
    var text = row.cells[column].textContent.trim();
    if (text === "" || text === "–") return null;
    if (!numeric) return text.toLowerCase();
    var number = parseFloat(text.replace(/,/g, "").replace("−", "-"));
    return isNaN(number) ? null : number;
  }
  function sortBy(table, column, numeric, way) {
    var body = table.tBodies[0];
    Array.prototype.slice.call(body.rows).map(function (row, order) {
      return { row: row, key: sortKey(row, column, numeric), order: order };
    }).sort(function (a, b) {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null) || a.order - b.order;
      var less = numeric ? a.key - b.key : a.key.localeCompare(b.key);
      return way * less || a.order - b.order;
    }).forEach(function (item) { body.appendChild(item.row); });
  }
  function makeSortable(table) {
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      var button = document.createElement("button");
      var numeric = head.classList.contains("number");
      button.type = "button";
      button.className = "sort";
      while (head.firstChild) button.appendChild(head.firstChild);
      head.appendChild(button);
      button.addEventListener("click", function () {
        var now = head.getAttribute("aria-sort");
        var next = now ? (now === "ascending" ? "descending" : "ascending") : numeric ? "descending" : "ascending";
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", next);
        sortBy(table, column, numeric, next === "ascending" ? 1 : -1);
      });
    });
  }
  document.querySelectorAll("table.data").forEach(function (table) {
    var plain = table.tHead && table.tHead.rows.length === 1 && !table.querySelector("[rowspan], [colspan], thead a, thead label");
    if (plain && table.tBodies[0].rows.length > 2) makeSortable(table);
  });

  // ---- links to figures: followed, and copied where that is allowed
  document.querySelectorAll(".chart-link").forEach(function (link) {
    link.addEventListener("click", function () {
      if (!navigator.clipboard) return;
      navigator.clipboard.writeText(link.href).then(function () { link.textContent = "Link copied"; }, function () {});
    });
  });

  // ---- citations: copied by a button, selected where copying is not allowed
  document.querySelectorAll(".chart-citation").forEach(function (citation) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy the citation";
    citation.after(button);
    button.addEventListener("click", function () {
      window.getSelection().selectAllChildren(citation);
      if (!navigator.clipboard) return;
      navigator.clipboard.writeText(citation.textContent).then(function () { button.textContent = "Copied"; }, function () {});
    });
  });

  function followReading(links) {
    var headings = links.map(function (link) { return document.getElementById(decodeURIComponent(link.hash.slice(1))); });
    function mark() {
      var current = -1;
      headings.forEach(function (heading, position) {
        if (heading && heading.getBoundingClientRect().top < 120) current = position;
      });
      links.forEach(function (link, position) {
        if (position === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      });
    }
    document.addEventListener("scroll", mark, { passive: true });
    mark();
  }

  if ("IntersectionObserver" in window) {
    familied.forEach(addFamilies);
    choose(remembered());
    document.querySelectorAll("figure.chart").forEach(function (figure) {
      if (figure.querySelector(".chart-spec") && isInteractive(figure)) whenNear(figure.querySelectorAll(".chart-view"));
    });
  }
  ["calculator", "ledger"].forEach(function (name) {
    if (document.querySelector("." + name)) load(name + ".js");
  });
  if (document.querySelector(".explorer")) {
    ["lookup.js", "entry.js", "explorer.js"].reduce(function (before, name) {
      return before.then(function () { return load(name); });
    }, Promise.resolve());
  }
  followReading(Array.prototype.slice.call(document.querySelectorAll("nav.contents a")));

  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.prototype.slice.call(document.querySelectorAll("details:not([open]):not(.contents-closed)"));
    opened.forEach(function (details) { details.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (details) { details.open = false; });
  });
})();
