// Looks names up in the files of pipeline/chapters/explorer/store.py, for the explorer and for the search of the report.
// They are classic scripts, so it works from file://. Loaded before explorer.js and by search.js at its first use.
window.explorerLookup = window.explorerLookup || (function () {
  "use strict";
  var FILES = 6; // files of names that one look-up reads at most
  var KINDS = { family: 0, uploader: 1, model: 2 };
  var folder = document.currentScript.src.replace(/assets\/[^/]*$/, "explorer/"), files = {};

  function load(name) {
    files[name] = files[name] || new Promise(function (resolve, reject) {
      var script = document.createElement("script");
      script.src = folder + name + ".js";
      script.onload = function () { resolve(window.explorer[name]); };
      script.onerror = function () { delete files[name]; reject(new Error("no file " + name)); };
      document.head.appendChild(script);
    });
    return files[name];
  }

  function numbered(kind, number) { return load(kind + "/" + ("000" + number).slice(-4)); }

  function crc32(text) {
    var value = -1;
    new TextEncoder().encode(text).forEach(function (byte) {
      value ^= byte;
      for (var bit = 0; bit < 8; bit += 1) value = value & 1 ? value >>> 1 ^ 0xedb88320 : value >>> 1;
    });
    return (value ^ -1) >>> 0;
  }

  function entry(address) {
    return load("directory").then(function (directory) {
      return directory.entries.length ? numbered("entries", place(directory.entries, crc32(address))) : [];
    }).then(function (entries) {
      return entries.find(function (found) { return found.address === address; });
    });
  }

  // ---- addresses
  function named(address) { return address.slice(address.indexOf("=") + 1); }
  function kindOf(address) { return address.slice(0, address.indexOf("=")); }
  function fragment(address) {
    return "#" + kindOf(address) + "=" + encodeURIComponent(named(address)).replace(/%2F/g, "/");
  }

  // ---- words
  function squeezed(text) { return text.toLowerCase().replace(/[-_\s]+/g, ""); }
  function wordsOf(text) { return text.toLowerCase().split(/[-_/\s]+/).filter(Boolean); }
  function short(name) { return name.slice(name.indexOf("/") + 1); }
  function inAnyOrder(text) { return wordsOf(text.replace(/(\p{L}{2})(?=\d)/gu, "$1 ")).sort().join(" "); }

  // A word begins a name, follows a mark, or is the number behind two letters or more: 2.5 in Qwen2.5-7B, not 1 in R1.
  function begins(name, word) {
    for (var at = name.indexOf(word); at >= 0; at = name.indexOf(word, at + 1)) {
      var before = name.slice(Math.max(0, at - 2), at);
      if (!before || /[^\p{L}\p{N}]$/u.test(before) || /^\d/.test(word) && /^\p{L}{2}$/u.test(before)) return true;
    }
    return false;
  }

  // 0: the name itself, with or without its owner; 1: its words in another order; 2: it begins so; 3: it has the words.
  function closeness(name, text) {
    var asked = squeezed(text), names = [name, short(name)];
    if (names.some(function (one) { return squeezed(one) === asked; })) return 0;
    if (names.some(function (one) { return inAnyOrder(one) === inAnyOrder(text); })) return 1;
    return names.some(function (one) { return squeezed(one).startsWith(asked); }) ? 2 : 3;
  }

  function sorted(rows, text) {
    return rows.map(function (row) {
      return { row: row, near: closeness(named(row.address), text), kind: KINDS[kindOf(row.address)] };
    }).sort(function (a, b) {
      return a.near - b.near || a.kind - b.kind || (a.near > 1 ? 0 : (b.row.release || 0) - (a.row.release || 0)) ||
        (b.row.count || 0) - (a.row.count || 0) || (a.row.address < b.row.address ? -1 : 1);
    }).map(function (found) { return found.row; });
  }

  function matching(rows, words) {
    var seen = new Set();
    return rows.filter(function (row) {
      var name = named(row.address).toLowerCase();
      return !seen.has(row.address) && words.every(function (word) { return begins(name, word); }) && seen.add(row.address);
    });
  }

  // ---- files of names
  // The last file that starts with the text (or hash) or before it; with `below`, before it: equal keys may begin in the file before.
  function place(starts, text, below) {
    var low = 0, high = starts.length;
    while (high - low > 1) {
      var middle = (low + high) >> 1;
      if (below ? starts[middle] < text : starts[middle] <= text) low = middle; else high = middle;
    }
    return low;
  }

  function range(starts, from, to) { return { first: place(starts, from, true), last: place(starts, to) }; }

  function rowsIn(files) {
    var wanted = [];
    for (var number = files.first; number <= files.last; number += 1) wanted.push(numbered("rows", number));
    return Promise.all(wanted).then(function (parts) { return [].concat.apply([], parts); });
  }

  function bestOf(directory, word) {
    if (!directory.best.length) return Promise.resolve(null);
    return numbered("best", place(directory.best, word)).then(function (beginnings) {
      return beginnings.find(function (beginning) { return beginning.prefix === word; }) || null;
    });
  }

  // Words from the rarest on, until one has names with all of them. A word of too many files gives its best names alone.
  function byWords(directory, words, key, ranges) {
    if (!ranges.length) return Promise.resolve({ rows: [], total: 0 });
    var least = ranges[0];
    if (least.files.last - least.files.first < (words.length > 1 ? FILES : 2)) {
      return rowsIn(least.files).then(function (rows) {
        var found = matching(rows, words);
        return found.length || ranges.length === 1 ? { rows: found, total: found.length } : byWords(directory, words, key, ranges.slice(1));
      });
    }
    return Promise.all(words.concat(key).map(function (word) { return bestOf(directory, word); })).then(function (bests) {
      var rows = [].concat.apply([], bests.map(function (best) { return best ? best.best : []; }));
      return { rows: matching(rows, words), total: words.length === 1 && bests[0] ? bests[0].rows : null };
    });
  }

  // The closest rows, and how many there are; null where only the best of very many were read.
  function search(text) {
    var words = wordsOf(text), key = text.trim().toLowerCase().replace(/\s+/g, "-");
    return load("directory").then(function (directory) {
      if (!directory.rows.length || !words.length) return { total: 0, rows: [] };
      var ranges = words.map(function (word) {
        return { word: word, files: range(directory.rows, word, word + "\uffff") };
      }).sort(function (a, b) { return a.files.last - a.files.first - (b.files.last - b.files.first); });
      return Promise.all([rowsIn(range(directory.rows, key, key)), byWords(directory, words, key, ranges)]).then(function (found) {
        var same = found[0].filter(function (row) { return closeness(named(row.address), text) === 0; });
        var rows = matching(same.concat(found[1].rows), words);
        var total = found[1].total === null ? null : Math.max(found[1].total, rows.length);
        return { total: total, rows: sorted(rows, text).slice(0, directory.found) };
      });
    });
  }

  // Of several words, those that no name has.
  function unknown(text) {
    return Promise.all(wordsOf(text).map(function (word) {
      return search(word).then(function (found) { return found.rows.length ? null : word; });
    })).then(function (words) { return words.filter(Boolean); });
  }

  return { entry: entry, search: search, unknown: unknown, named: named, kindOf: kindOf, fragment: fragment, closeness: closeness };
})();
