"""Stage `claims`: the essay's claims, each with a verdict that the machine computes."""

from pipeline.base import results
from pipeline.base.params import Params
from pipeline.base.paths import Paths
from pipeline.claims import counts, essay, evidence, facts, ledger
from pipeline.claims.schema import Claims


def run(paths: Paths, params: Params) -> None:
    """Count what the essay counts, judge every claim, and write the ledger with what may be quoted of it."""
    with results.writing(paths.out / "claims") as found:
        counts.make(paths, found)
        claims = essay.read(paths)
        judged = ledger.judge(claims, evidence.read(paths, params, found.tables))
        found.write_facts(facts.facts(found.write("claims", judged, Claims), claims))
