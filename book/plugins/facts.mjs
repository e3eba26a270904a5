/**
 * Roles of the report.
 *
 * {fact}`key`: a number of the pipeline, quoted in prose by its key in the facts.json of a chapter,
 * so that no number is typed by hand. A key that does not exist throws: a message alone would leave
 * the build's exit code at 0. It becomes a node of its own without children: a fact may quote a name that a
 * stranger gave, such as "model[^1]", and neither the engine nor the theme looks for markup in it.
 *
 * {see}`text <page.html#id>`: a link to a place that only exists in a notebook's output (a figure, a
 * claim); MyST cannot know it, the theme checks it.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

const CHAPTERS = new URL("../../data/out/", import.meta.url);

function files() {
  const named = process.env.BOOK_FACTS;
  if (named) return named.split(delimiter);
  const chapters = existsSync(CHAPTERS) ? readdirSync(CHAPTERS).sort() : [];
  return chapters.map((name) => fileURLToPath(new URL(`${name}/facts.json`, CHAPTERS)));
}

function load() {
  const found = files().filter((path) => existsSync(path));
  if (found.length === 0) throw new Error("no facts.json: run `make site`, which builds it first");
  return new Map(found.flatMap((path) => Object.entries(JSON.parse(readFileSync(path, "utf-8")))));
}

function place(data, vfile) {
  const line = data.node?.position?.start?.line;
  return `${vfile?.path ?? "a page"}${line ? `, line ${line} of the cell` : ""}`;
}

let facts;

const fact = {
  name: "fact",
  doc: "The text of a fact of the pipeline.",
  body: { type: String, required: true, doc: "Key of a fact" },
  run(data, vfile) {
    facts ??= load();
    const key = data.body.trim();
    const text = facts.get(key)?.text;
    if (typeof text !== "string" || text === "") {
      throw new Error(`Unknown fact "${key}" in ${place(data, vfile)}: no chapter has such a fact with a text`);
    }
    return [{ type: "fact", key, value: text }];
  },
};

const see = {
  name: "see",
  doc: "A link to a place in a notebook's output.",
  body: { type: String, required: true, doc: "text <page.html#id>, or text <#id> on the same page" },
  run(data, vfile) {
    const found = /^(?<text>[^<]+?)\s*<(?<target>[\w-]*(?:\.html)?#[\w-]+)>$/.exec(data.body.trim());
    if (!found) throw new Error(`Bad link "${data.body}" in ${place(data, vfile)}: write text <page.html#id>`);
    const { text, target } = found.groups;
    return [{ type: "span", class: "see", data: { see: target }, children: [{ type: "text", value: text }] }];
  },
};

export default { name: "Roles of the report", roles: [fact, see] };
