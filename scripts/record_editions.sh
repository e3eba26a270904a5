#!/bin/sh
# Records published editions anew, each from its own snapshot, in a copy of the last commit:
#
#   sh scripts/record_editions.sh census-2024-07 FILE_OR_FOLDER
#   sh scripts/record_editions.sh flow-2026-08 FILE_OR_FOLDER
#
# A file is Parquet in the hub-stats schema, or like a folder holds the Hub's listing (README, "Editions"). The edition
# goes to published/NAME here, in place of the one that lay there: `git diff --stat published` shows what is another.
# ON=2026-11-28 sets the day of publication. Takes some minutes for a census.
set -e
root=$(cd "$(dirname "$0")/.." && pwd)
name=$1
if [ ! -e "$2" ]; then echo "record_editions: no file or folder \"$2\": FROM= names one (README, Editions)" >&2; exit 1; fi
path=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
case $name in
  census-2024-07)
    date=2024-07-11 coverage=census kind=stock
    revision=016ca26976c1e2c78778ba11b50697f4ce5d14fc
    label="Census of July 2024" origin="TStalnaker44/hugging_face_analysis_replication"
    licence="GPL-3.0 (the repository); the rows are what the Hub's listing said" ;;
  flow-2026-08)
    date=2026-08-22 coverage=sample kind=flow
    revision=95e4d933a8d4e982d997c18a939fd487a9fb8556
    label="Flow of August 2026" origin="686f6c61/radar-huggingface-dataset"
    licence="CC-BY-4.0, radar-huggingface-dataset, HF//RADAR, datos de HuggingFace Hub" ;;
  *) echo "record_editions: no edition $name here: census-2024-07 or flow-2026-08" >&2; exit 1 ;;
esac
case $path in *.parquet) source="file" ;; *) source="listing" ;; esac
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git clone -q "$root" "$copy/clone"
cd "$copy/clone"
ln -s "$root/.venv" .venv
PATH="$root/.venv/bin:$PATH"
export PATH
# Of the embedded build the copy has nothing, and it quotes no edition: what is recorded is its own snapshot's.
rm -rf "published/$name"
DATE=$date COVERAGE=$coverage KIND=$kind REVISION=$revision ORIGIN=$origin LICENCE=$licence LABEL=$label \
  SOURCE=$source FROM=$path \
  python - <<'END'
import os
import yaml

with open("params.yaml", encoding="utf-8") as stream:
    params = yaml.safe_load(stream)
asked = ("date", "coverage", "kind", "revision", "origin", "licence", "label", "source")
params["snapshot"] |= {key: os.environ[key.upper()] for key in asked} | {"path": os.environ["FROM"]}
params["editions"] = []
with open("params.yaml", "w", encoding="utf-8") as stream:
    yaml.safe_dump(params, stream)
END
python -m dvc repro --quiet report
python -m pipeline record "$name" ${ON:+--on "$ON"}
rm -rf "${root:?}/published/$name"
cp -R "published/$name" "$root/published/$name"
