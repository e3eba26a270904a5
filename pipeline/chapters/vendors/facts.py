"""What the chapter on makers may quote: numbers and sentences of the tables of stage `vendors`.

Every direction word is computed. Where the snapshot lacks a kind of tag, the sentence says so.
"""

from pipeline.base import words
from pipeline.base.facts import Facts, fact
from pipeline.base.params import Params
from pipeline.base.results import Tables
from pipeline.chapters.vendors.facts_activity import activity_facts, gap_facts, task_facts
from pipeline.chapters.vendors.facts_downloads import download_facts
from pipeline.chapters.vendors.facts_formats import format_facts
from pipeline.chapters.vendors.facts_hubs import hub_facts
from pipeline.chapters.vendors.facts_licences import licence_facts, move_facts, pair_facts
from pipeline.chapters.vendors.facts_tags import language_facts, paper_facts, region_facts


def facts(out: Tables, params: Params) -> Facts:
    """Every fact of the chapter."""
    coverage = out.snapshot["coverage"]
    settings = params.vendors
    months = f"{words.word(settings.stopped_months)} months"
    first = f"{words.word(settings.started_months)} months"
    facts: Facts = {
        "vendors.stopped_months": fact(settings.stopped_months, months, "params.yaml", "months"),
        "vendors.started_months": fact(settings.started_months, first, "params.yaml", "months"),
        "vendors.formats_days": fact(
            settings.formats_days, f"{words.word(settings.formats_days)} days", "params.yaml", "days"
        ),
    }
    facts |= licence_facts(out["vendor_licences"]) | move_facts(out["vendor_licence_moves"])
    facts |= format_facts(out["vendor_formats"], coverage) | paper_facts(out["vendor_tags"])
    facts |= language_facts(out["vendor_languages"], out["vendor_tags"]) | region_facts(out["vendor_tags"])
    facts |= task_facts(out["vendor_tasks"]) | activity_facts(out["vendor_activity"], months, first)
    facts |= gap_facts(out["vendor_gaps"], likes_known=out.completeness.has("likes"))
    facts |= pair_facts(out["vendor_licences"], out["register/families"], params.report)
    facts |= hub_facts(out["vendor_hubs"], out["register/modelscope"], params.report)
    return facts | download_facts(out["vendor_downloads"], out["relations"], params, coverage)
