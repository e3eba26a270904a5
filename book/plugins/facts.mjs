/**
 * The role {fact}: a number of the pipeline, quoted in prose by its key.
 *
 * Facts come from the pipeline's facts.json and claims.json, so that no number is typed by hand.
 * A key that does not exist throws: a message alone would leave the build's exit code at 0.
 */
import { existsSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

const DEFAULT_FILES = ["../../data/out/facts.json", "../../data/out/claims.json"];

function files() {
  const named = process.env.BOOK_FACTS;
  if (named) return named.split(delimiter);
  return DEFAULT_FILES.map((path) => fileURLToPath(new URL(path, import.meta.url)));
}

function load() {
  const found = files().filter((path) => existsSync(path));
  if (found.length === 0) throw new Error("no facts.json: run `dvc repro facts claims` first");
  return new Map(found.flatMap((path) => Object.entries(JSON.parse(readFileSync(path, "utf-8")))));
}

let facts;

const fact = {
  name: "fact",
  doc: "The text of a fact of the pipeline.",
  body: { type: String, required: true, doc: "Key of facts.json or claims.json" },
  run(data, vfile) {
    facts ??= load();
    const key = data.body.trim();
    const entry = facts.get(key);
    if (entry === undefined || typeof entry.text !== "string" || entry.text === "") {
      const line = data.node?.position?.start?.line;
      const where = `${vfile?.path ?? "a page"}${line ? `, line ${line}` : ""}`;
      throw new Error(`Unknown fact "${key}" in ${where}: name a key of facts.json or claims.json that has a text`);
    }
    return [{ type: "span", class: "fact", data: { fact: key }, children: [{ type: "text", value: entry.text }] }];
  },
};

export default { name: "Facts of the pipeline", roles: [fact] };
