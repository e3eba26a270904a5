// Filters the claim ledger; the choice stands in the address, so that it can be shared and Back works.
(function () {
  "use strict";
  var form = document.querySelector(".ledger-form");
  var status = document.querySelector(".ledger-shown");
  if (!form || !status) return;
  var selects = Array.prototype.slice.call(form.querySelectorAll("select"));
  var claims = Array.prototype.slice.call(document.querySelectorAll(".ledger .claim"));
  var sections = Array.prototype.slice.call(document.querySelectorAll(".ledger .claims-of"));

  function read() {
    var hash = location.hash.slice(1);
    var chosen = new URLSearchParams(/=/.test(hash) ? hash : "");
    selects.forEach(function (select) {
      select.value = chosen.get(select.name) || "";
      if (select.selectedIndex < 0) select.value = "";
    });
  }

  function show() {
    var shown = 0;
    claims.forEach(function (claim) {
      var fits = selects.every(function (select) {
        return !select.value || claim.getAttribute("data-" + select.name) === select.value;
      });
      claim.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    sections.forEach(function (section) { section.hidden = !section.querySelector(".claim:not([hidden])"); });
    status.textContent = "Showing " + shown + " of " + status.getAttribute("data-all") + " claims";
  }

  function write() {
    var chosen = new URLSearchParams();
    selects.forEach(function (select) { if (select.value) chosen.set(select.name, select.value); });
    var hash = chosen.toString();
    history.pushState(null, "", hash ? "#" + hash : location.pathname + location.search);
    show();
  }

  function arrive() {
    read();
    show();
    var claim = /^#claim-\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (claim) claim.scrollIntoView();
  }

  form.addEventListener("change", write);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(write, 0); });
  window.addEventListener("popstate", arrive);
  window.addEventListener("hashchange", arrive);
  form.hidden = false;
  status.hidden = false;
  arrive();
})();
