"""Stage `claims`: the essay's claims, each with a verdict that the machine computes."""

from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.claims import counts, essay, facts, ledger
from pipeline.claims.rules.evidence import Evidence


def run(paths: Paths, params: Params) -> None:
    """Count what the essay counts, judge every claim, and write the ledger with its totals as facts."""
    with results.writing(paths.out / "claims") as found:
        counts.make(paths, found)
        evidence = Evidence(facts.quote(paths, params, found.tables))
        found.write("claims", ledger.judge(essay.read(paths), evidence), ledger.Claims)
        found.facts(ledger.totals(found.tables["claims"]))
