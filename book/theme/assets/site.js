// Comfort only: every page is complete without this script. Classic script, works from file://.
(function () {
  "use strict";
  var assets = document.currentScript.src.replace(/[^/]*$/, "");
  var bundle = null;

  function loadBundle() {
    bundle = bundle || new Promise(function (resolve, reject) {
      var script = document.createElement("script");
      script.src = assets + "vega.js";
      script.onload = resolve;
      script.onerror = reject;
      document.head.appendChild(script);
    });
    return bundle;
  }

  function specification(view) {
    var packed = JSON.parse(view.closest("figure").querySelector(".chart-spec").textContent);
    var spec = packed[view.classList.contains("chart-wide") ? "wide" : "narrow"];
    spec.datasets = packed.datasets;
    return spec;
  }

  // Draws the live chart beside the static one, which stays for print and for failures.
  function hydrate(view) {
    var still = view.querySelector("svg");
    var live = document.createElement("div");
    var drawing = document.createElement("div");
    live.className = "chart-live";
    drawing.setAttribute("aria-hidden", "true"); // its groups have roles without names; the chart as a whole has both
    live.appendChild(drawing);
    loadBundle().then(function () {
      return window.embedChart(drawing, specification(view), { actions: false, renderer: "svg", tooltip: { theme: "page" } });
    }).then(function () {
      live.setAttribute("role", "img");
      live.setAttribute("aria-label", still.getAttribute("aria-label"));
      view.appendChild(live);
      view.classList.add("is-live");
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
    document.querySelectorAll("figure.chart").forEach(function (figure) {
      if (figure.querySelector(".chart-spec") && isInteractive(figure)) whenNear(figure.querySelectorAll(".chart-view"));
    });
  }
  ["calculator", "explorer"].forEach(function (name) {
    if (!document.querySelector("." + name)) return;
    var script = document.createElement("script");
    script.src = assets + name + ".js";
    document.head.appendChild(script);
  });
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
