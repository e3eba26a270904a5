// The calculator: the arithmetic of pipeline/chapters/calculator/tables.py in the reader's page, on the pipeline's tables.
(function () {
  "use strict";
  var root = document.querySelector(".calculator");
  if (!root) return;
  var data = JSON.parse(root.querySelector(".calculator-data").textContent);
  var form = root.querySelector("form");
  var output = root.querySelector(".calculator-answer");

  function significant(value, digits) {
    if (value === 0) return "0";
    var rounded = Number(value.toExponential(digits - 1));
    var decimals = Math.max(0, digits - 1 - Number(rounded.toExponential().split("e")[1]));
    return rounded.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  }

  function answer(choice) {
    var model = data.models[choice.model], machine = data.machines[choice.machine];
    var cache = choice.sequences * model["cache_bytes_" + choice.context];
    var needed = model["weights_bytes_" + choice.bits + "bit"] + cache;
    var count = Math.ceil(needed / machine.usable_bytes);
    if (count > machine.most) return { needed: needed };
    var idle = Math.pow(1 - model.experts_per_token / model.experts, choice.sequences);
    var atWork = model.parameters_always + model.parameters_routed * (1 - idle);
    var bound = choice.sequences * count * machine.bandwidth_bytes_per_second / (atWork * choice.bits / 8 + cache);
    if (machine.flops_16bit) {
      bound = Math.min(bound, count * machine.flops_16bit / model["flops_per_token_" + choice.context]);
    }
    function cost(price) { return price ? price * count / (bound * 3600) * 1e6 : null; }
    return {
      needed: needed, machines: count, speed: bound,
      low: cost(machine.usd_per_hour_low), median: cost(machine.usd_per_hour), high: cost(machine.usd_per_hour_high)
    };
  }

  // The other number of sequences: one alone beside many, many beside one.
  function beside(choice) {
    var many = choice.sequences === 1 ? data.together : 1;
    var found = answer(Object.assign({}, choice, { sequences: many }));
    if (!found.machines) return many === 1 ? "" : " " + many.toLocaleString("en-US") + " at once do not fit.";
    var users = many === 1 ? "One sequence alone gets" :
      "With " + many.toLocaleString("en-US") + " at once it is";
    var count = found.machines === 1 ? "one" : found.machines.toLocaleString("en-US") + " ×";
    var cost = found.median === null ? "" : ", a million for at least $" + significant(found.median, 2);
    return " " + users + " at most " + significant(found.speed, 2) + " tokens per second on " + count + " " + choice.machine + cost + ".";
  }

  function hasOther(choice) { return choice.other && choice.other !== choice.machine; }
  function onOther(choice) { return Object.assign({}, choice, { machine: choice.other }); }

  // The other machine in one sentence.
  function instead(choice) {
    if (!hasOther(choice)) return "";
    var found = answer(onOther(choice));
    if (!found.machines) return " " + choice.other + " does not hold it.";
    var count = found.machines === 1 ? "one" : found.machines.toLocaleString("en-US") + " ×";
    var cost = found.median === null ? "" : ", a million for at least $" + significant(found.median, 2);
    return " On " + count + " " + choice.other + " instead it is at most " + significant(found.speed, 2) + " tokens per second" + cost + ".";
  }

  function sentence(choice) {
    return main(choice) + instead(choice) + beside(choice);
  }

  // ---- memory drawn against the machine, as pipeline/charts/calculator/bars.py draws it
  var MARKS = 16; // machines whose ends are marked one by one

  function memory(choice) {
    var model = data.models[choice.model], machine = data.machines[choice.machine];
    var need = { machine: choice.machine, weights: model["weights_bytes_" + choice.bits + "bit"], usable: machine.usable_bytes };
    need.cache = choice.sequences * model["cache_bytes_" + choice.context];
    need.needed = need.weights + need.cache;
    need.joined = Math.ceil(need.needed / need.usable);
    need.fits = need.joined <= machine.most;
    if (!need.fits) need.joined = machine.most;
    return need;
  }

  function machines(need) { return need.joined === 1 ? need.machine : need.joined.toLocaleString("en-US") + " × " + need.machine; }

  function inWords(need) {
    function size(bytes) { return significant(bytes / 1e9, 3) + " GB"; }
    var end = size(need.joined * need.usable), opening = "Weights of " + size(need.weights) + " and a cache of " + size(need.cache);
    if (!need.fits) return opening + " do not fit: " + size(need.needed) + ", where " + machines(need) + " has " + end + " usable.";
    return opening + " fill " + significant(100 * need.needed / (need.joined * need.usable), 2) + " % of the " + end + " usable on " + machines(need) + ".";
  }

  function make(tag, name, text, parent) {
    var made = document.createElement(tag);
    if (name) made.className = name;
    if (text) made.textContent = text;
    return parent.appendChild(made);
  }

  // The key stays as it was written; the bars below it are drawn anew.
  function draw(choice) {
    var box = root.querySelector(".calculator-memory"), needs = [memory(choice)];
    if (hasOther(choice)) needs.push(memory(onOther(choice)));
    var scale = Math.max.apply(null, needs.map(function (need) { return Math.max(need.needed, need.joined * need.usable); }));
    while (box.children.length > 1) box.lastElementChild.remove();
    needs.forEach(function (need) {
      make("p", "memory-name", machines(need), box);
      var bar = make("div", "memory-bar", "", box);
      bar.setAttribute("role", "img");
      bar.setAttribute("aria-label", inWords(need));
      make("i", "memory-weights", "", bar).style.width = 100 * need.weights / scale + "%";
      make("i", "memory-cache", "", bar).style.width = 100 * need.cache / scale + "%";
      for (var end = need.joined <= MARKS ? 1 : need.joined; end <= need.joined; end += 1) {
        make("b", "", "", bar).style.left = 100 * end * need.usable / scale + "%";
      }
      make("p", "memory-text", inWords(need), box).setAttribute("aria-hidden", "true");
    });
  }

  function main(choice) {
    var found = answer(choice), many = choice.sequences;
    var users = many === 1 ? "one sequence" : many.toLocaleString("en-US") + " sequences";
    var text = choice.model.split("/").pop() + " at " + choice.bits + " bits, with " + users + " of " +
      data.contexts[choice.context].toLocaleString("en-US") + " tokens, takes " + significant(found.needed / 1e9, 3) + " GB. ";
    if (!found.machines) {
      return text + "That does not fit: no number of " + choice.machine + " that is joined in practice holds it.";
    }
    var each = many > 1 ? ", " + significant(found.speed / many, 2) + " for each" : "";
    var count = found.machines === 1 ? "one" : found.machines.toLocaleString("en-US") + " ×";
    text += "It fits on " + count + " " + choice.machine + ", which gives at most " +
      significant(found.speed, 2) + " tokens per second" + each + ". ";
    if (found.median === null) return text + "The register has no rental price of this machine.";
    return text + "Rented, a million tokens cost at least $" + significant(found.median, 2) + " at the median price, $" +
      significant(found.low, 2) + " to $" + significant(found.high, 2) + " over all dated prices.";
  }

  function chosen() {
    var many = form.elements.sequences;
    if (!/^\d+$/.test(many.value.trim()) || Number(many.value) < 1 || Number(many.value) > 1024) return null;
    return {
      model: form.elements.model.value, machine: form.elements.machine.value, other: form.elements.other.value, bits: Number(form.elements.bits.value),
      context: form.elements.context.value, sequences: Number(many.value)
    };
  }

  function show() {
    var choice = chosen();
    form.elements.sequences.setAttribute("aria-invalid", choice ? "false" : "true");
    if (choice) draw(choice);
    output.textContent = choice ? sentence(choice) : "Sequences at once must be a whole number from 1 to 1,024.";
    return choice;
  }

  function address(choice) {
    return "#" + new URLSearchParams(choice).toString();
  }

  function fill(choice) {
    Object.keys(choice).forEach(function (name) { form.elements[name].value = choice[name]; });
  }

  function has(table, name) {
    return Object.prototype.hasOwnProperty.call(table, name);
  }

  // An address from elsewhere is only followed where it names what the tables have.
  function read() {
    var asked = new URLSearchParams(location.hash.slice(1)), choice = Object.assign({}, data.default);
    if (has(data.models, asked.get("model"))) choice.model = asked.get("model");
    if (has(data.machines, asked.get("machine"))) choice.machine = asked.get("machine");
    if (asked.get("other") === "" || has(data.machines, asked.get("other"))) choice.other = asked.get("other");
    if (has(data.contexts, asked.get("context"))) choice.context = asked.get("context");
    if (["16", "8", "4"].indexOf(asked.get("bits")) >= 0) choice.bits = Number(asked.get("bits"));
    var many = asked.get("sequences");
    if (many && /^\d{1,4}$/.test(many) && Number(many) >= 1 && Number(many) <= 1024) choice.sequences = Number(many);
    return choice;
  }

  root.querySelectorAll("a[data-choice]").forEach(function (link) { link.hash = link.dataset.choice; });
  form.hidden = false;
  document.querySelectorAll(".calculator-examples").forEach(function (line) { line.hidden = false; });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("input", show);
  form.addEventListener("change", function () {
    var choice = show();
    if (choice && location.hash !== address(choice)) location.hash = address(choice);
  });
  form.addEventListener("reset", function (event) {
    event.preventDefault();
    fill(data.default);
    location.hash = address(show());
  });
  window.addEventListener("hashchange", function () { fill(read()); show(); });
  fill(read());
  show();
})();
