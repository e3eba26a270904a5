"""Writes the documents of radar-huggingface-dataset as a listing of the Hub that the source `listing` reads.

    .venv/bin/python scripts/radar_listing.py CLONE OUT.jsonl.gz

CLONE is a clone of github.com/686f6c61/radar-huggingface-dataset, which has one document a model in data/; OUT gets one
model a line, in the order of their files, in the words of the Hub's API. A model that was removed since stays, since
the radar saw it. The radar's parameters are those of safetensors, else of GGUF: the latter are left out, as the Hub's
listing has none.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

NAMES = {
    "id": "id",
    "author": "author",
    "created_at": "createdAt",
    "updated_at": "lastModified",
    "downloads_30d": "downloads",
    "likes": "likes",
    "tags": "tags",
    "pipeline_tag": "pipeline_tag",
    "library": "library_name",
}
"""Fields of the radar, and what the Hub's API calls them."""


def listed(document: dict[str, Any]) -> dict[str, Any]:
    """A document of the radar as an entry of the Hub's listing."""
    entry: dict[str, Any] = {name: document[field] for field, name in NAMES.items() if document.get(field) is not None}
    if document.get("parameters") is not None and "safetensors" in entry.get("tags", []):
        entry["safetensors"] = {"total": document["parameters"]}
    if document.get("base_model") is not None:
        bases = document["base_model"].split(", ")
        entry["cardData"] = {"base_model": bases if len(bases) > 1 else bases[0]}
    return entry


def main(clone: Path, out: Path) -> None:
    """Write the listing."""
    documents = sorted(clone.glob("data/*/*.json"))
    if not documents:
        sys.exit(f"radar_listing: no documents in {clone}/data: name a clone of radar-huggingface-dataset")
    lines = [json.dumps(listed(json.loads(path.read_text(encoding="utf-8"))), ensure_ascii=False) for path in documents]
    # no name and no time in the gzip, so that the same documents give the same bytes
    with out.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
        packed.write(("\n".join(lines) + "\n").encode())
    print(f"{len(lines)} models in {out}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
