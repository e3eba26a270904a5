"""Makes the report's fonts from those of Adobe, with the letters that pages use and no others.

Prose is set in Source Serif 4, all else in Source Sans 3, whose figures are all equally wide. Pages load WOFF2 files
from `book/theme/fonts/`; charts are drawn with the TTF files in `pipeline/charts/kit/fonts/`, since vl-convert reads no
WOFF2, and are measured by `advances.json` beside them. All come from the same two packages, so they agree.

The licence (OFL, beside the files) reserves the name Source for the originals: with fewer letters a font needs another
name, hence Report Sans and Report Serif. A letter that they lack is drawn with a font of the reader's machine; a test
names each one that pages have. To make the files anew, to the same bytes, in an environment of its own:

    python -m venv fonts && fonts/bin/pip install fonttools==4.68.0 brotli==1.2.1
    fonts/bin/python scripts/fonts.py
"""
# pyright: reportMissingImports=false
# What this script imports is in no list of the project's packages: it runs once in years.

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "book" / "theme" / "fonts"
CHARTS = ROOT / "pipeline" / "charts" / "kit" / "fonts"

PACKAGES = {"Sans": "fontpkg-source-sans-3==3.52", "Serif": "fontpkg-source-serif-4==4.4"}

LETTERS = [*map(chr, range(0x20, 0x7F)), *map(chr, range(0xA0, 0x100)), *"ıŁłŒœŠšŸŽž"]
PUNCTUATION = "\u200b‑–—‘’‚“”„†•…‰′″‹›⁄€™←↑→↓−√∞≈≠≤≥⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"
SHAPES = "■□▲△▶▷▼▽◆◇○●✓✗"
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "liga", "tnum", "lnum", "pnum"]


@dataclass(frozen=True)
class Face:
    """One file: a family's variable font at one weight. size: what it is drawn for, in points, if the font asks."""

    family: str
    style: str
    source: str
    weight: int
    size: int | None = None

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return f"report-{self.family}-{self.style}".lower()


FACES = (
    Face("Sans", "Regular", "SourceSans3[wght].ttf", 400),
    Face("Sans", "Bold", "SourceSans3[wght].ttf", 700),
    Face("Sans", "Italic", "SourceSans3-Italic[wght].ttf", 400),
    Face("Serif", "Regular", "SourceSerif4[opsz,wght].ttf", 400, size=14),
    Face("Serif", "Bold", "SourceSerif4[opsz,wght].ttf", 700, size=14),
    Face("Serif", "Italic", "SourceSerif4-Italic[opsz,wght].ttf", 400, size=14),
)
IN_CHARTS = ("Regular", "Bold")


def main() -> None:
    """Write all files and say how large they are."""
    for folder in (PAGES, CHARTS):
        folder.mkdir(parents=True, exist_ok=True)
    advances: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        packages = {family: unpacked(package, Path(scratch)) for family, package in PACKAGES.items()}
        for face in FACES:
            font = made(packages[face.family] / "files" / face.source, face)
            font.flavor = "woff2"
            font.save(PAGES / f"{face.name}.woff2")
            if face.family == "Sans" and face.style in IN_CHARTS:
                font.flavor = None
                font.save(CHARTS / f"{face.name}.ttf")
                advances[face.style.lower()] = dict(widths(font))
        for family, folders in (("Sans", (PAGES, CHARTS)), ("Serif", (PAGES,))):
            for folder in folders:
                licence = (packages[family] / "LICENSE").read_text(encoding="utf-8")
                (folder / f"report-{family}-OFL.txt".lower()).write_text(licence, encoding="utf-8")
    text = json.dumps(advances, ensure_ascii=False, indent=0, sort_keys=True)
    (CHARTS / "advances.json").write_text(f"{text}\n", encoding="utf-8")
    sizes = {path.name: path.stat().st_size for path in sorted(PAGES.glob("*.woff2"))}
    print(f"{sum(sizes.values())} bytes for pages: {sizes}")


def unpacked(package: str, scratch: Path) -> Path:
    """The folder of a package's fonts, downloaded from the package index."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(scratch), package]
    subprocess.run(command, check=True)
    name = package.partition("==")[0].replace("-", "_")
    (wheel,) = scratch.glob(f"{name}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(scratch)
    return scratch / name


def made(source: Path, face: Face) -> TTFont:
    """The font at one weight, with the letters of the report, under its own name."""
    variable = TTFont(source, recalcTimestamp=False)
    place = {"wght": face.weight, **({"opsz": face.size} if face.size else {})}
    font = instancer.instantiateVariableFont(variable, place)
    options = subset.Options(
        layout_features=FEATURES,
        name_IDs=["*"],
        hinting=False,
        notdef_outline=True,
        drop_tables=[*subset.Options().drop_tables, "STAT", "MVAR", "DSIG"],
    )
    chosen = subset.Subsetter(options)
    chosen.populate(text="".join([*LETTERS, PUNCTUATION, *(SHAPES if face.family == "Sans" else ())]))
    chosen.subset(font)
    rename(font, face)
    return font


def rename(font: Any, face: Face) -> None:
    """Give the font its name, weight and style; who made it and under which licence stays."""
    family = f"Report {face.family}"
    whole = f"{family} {face.style}"
    old = {record.nameID: record.toUnicode() for record in font["name"].names}
    names = {
        0: old[0],
        1: family,
        2: face.style,
        3: f"{whole}; from {old[4]} {old[5]}",
        4: whole,
        5: old[5],
        6: whole.replace(" ", ""),
        13: old[13],
        14: old[14],
    }
    font["name"].names = []
    for number, text in names.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    is_bold, is_italic = face.style == "Bold", face.style == "Italic"
    font["OS/2"].usWeightClass = face.weight
    font["OS/2"].fsSelection = 0x20 * is_bold | 0x01 * is_italic | 0x40 * (not is_bold and not is_italic) | 0x80
    font["head"].macStyle = 0x01 * is_bold | 0x02 * is_italic


def widths(font: TTFont) -> Iterator[tuple[str, int]]:
    """Each letter, and its advance width in thousandths of the font's size."""
    units, advances = font["head"].unitsPerEm, font["hmtx"]  # type: ignore[attr-defined]
    for code, glyph in sorted((font.getBestCmap() or {}).items()):
        yield chr(code), round(advances[glyph][0] * 1000 / units)


if __name__ == "__main__":
    main()
