"""The fonts of the site: beside the pages, and inside each drawing that leaves them.

`scripts/fonts.py` makes the files. A drawing in a page is set in the page's fonts; one that was downloaded has no page,
so it takes along those that it is set in.
"""

import base64
from collections.abc import Iterator
from pathlib import Path

FONTS = Path(__file__).with_name("fonts")


def files() -> Iterator[tuple[str, bytes]]:
    """Name and content of each font, and of each licence."""
    for path in sorted(FONTS.iterdir()):
        yield path.name, path.read_bytes()


def with_faces(drawing: bytes) -> bytes:
    """The SVG of a chart, with the fonts that it is set in."""
    faces = [("normal", "regular")]
    if b'font-weight="bold"' in drawing:
        faces.append(("bold", "bold"))
    style = "".join(_rule(weight, FONTS / f"report-sans-{name}.woff2") for weight, name in faces)
    return drawing.replace(b"</title>", f"</title><style>{style}</style>".encode("ascii"), 1)


def _rule(weight: str, font: Path) -> str:
    address = f"data:font/woff2;base64,{base64.b64encode(font.read_bytes()).decode('ascii')}"
    return f'@font-face{{font-family:"Report Sans";font-weight:{weight};src:url({address})}}'
