"""Writes what the README quotes: the finding of a build, its figure, what a census costs and the pipeline's graph.

    .venv/bin/python scripts/readme.py          after `make site`
    .venv/bin/python scripts/readme.py --check  exits with 1 where the README says something else

The README is the one page that the build does not render, so its numbers are put between marks
(`<!-- finding -->`) by this script and checked by the tests.
"""

import re
import subprocess
import sys
from pathlib import Path

import networkx as nx
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pipeline.base import files  # noqa: E402
from pipeline.base.errors import PipelineError, reporting  # noqa: E402
from pipeline.charts.kit import load  # noqa: E402
from pipeline.report import key_figure  # noqa: E402

README, FIGURE = ROOT / "README.md", ROOT / "book" / "finding.svg"


def finding() -> str:
    """The finding in two sentences, with the snapshot that it is from."""
    facts = load.facts("claims", "derivatives")
    text = {key: facts[key]["text"] for key in facts}
    return (
        f"**{text['opening.sentence']} {text['opening.but']}** "
        f"({text['snapshot.label']}: {text['snapshot.rows']} repositories, a {text['snapshot.coverage']}.) "
        f"{text['claims.sentence']}\n\n"
        f"![{text['derivatives.lead.title']}. Scatter plot of the ratio by date.](book/finding.svg)"
    )


def figure() -> str:
    """The key figure as a file of its own."""
    drawn = key_figure.svg(load.paths(), load.params())
    if drawn is None:
        raise PipelineError("no dated count compares the two, so the README has no figure")
    return drawn


def graph() -> str:
    """The pipeline as Mermaid: the days of a history as one node, and no link that a longer path implies."""
    command = [sys.executable, "-m", "dvc", "dag", "--mermaid"]
    drawn = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if drawn.returncode:
        raise PipelineError("DVC draws no graph", next_step=drawn.stderr)
    names = {node: name.split("@")[0] for node, name in re.findall(r'(node\d+)\["([^"]+)"\]', drawn.stdout)}
    links = {(names[above], names[below]) for above, below in re.findall(r"(node\d+)-->(node\d+)", drawn.stdout)}
    reduced = nx.transitive_reduction(nx.DiGraph(sorted(link for link in links if link[0] != link[1])))
    lines = [f"    {above} --> {below}" for above, below in sorted(reduced.edges)]
    return "```mermaid\nflowchart LR\n" + "\n".join(lines) + "\n```"


def cost() -> str:
    """What a census costs, by the builds that `make bench ARGS=--site` has measured."""
    measured = pl.read_csv(ROOT / "tests" / "benchmarks" / "site.csv").filter(stage="everything")
    builds = " and ".join(
        f"one of {row['rows']:,} repositories in {row['wall_seconds']:.0f} s with {row['peak_bytes'] / 1e9:.1f} GB"
        for row in measured.sort("rows", descending=True).iter_rows(named=True)
    )
    return f"On two processors a census goes from its file to the site: {builds} of memory (`make bench ARGS=--site`)."


def marked(document: str, name: str, content: str) -> str:
    """The document with what stands between the marks of `name` replaced."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
    if not pattern.search(document):
        raise PipelineError(f"no <!-- {name} --> mark", where="README.md", next_step="restore it from the repository")
    return pattern.sub(lambda match: match.group(1) + content + match.group(2), document)


def main() -> None:
    """Write, or compare with --check."""
    document = README.read_text(encoding="utf-8")
    for name, content in (("finding", finding()), ("cost", cost()), ("graph", graph())):
        document = marked(document, name, content)
    wanted = {README: document, FIGURE: figure() + "\n"}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        sys.exit(f"{stale[0].name} is not of this build: run `.venv/bin/python scripts/readme.py`" if stale else 0)
    for path, text in wanted.items():
        files.write_text(text, path)


if __name__ == "__main__":
    with reporting("readme"):
        main()
