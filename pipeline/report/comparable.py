"""Which parts of two editions can be compared, and what a reader must know before reading a comparison.

1. Derivatives are subtracted by a rule that both editions support and that has the same choice on every axis. Where
   the rule of the headline changed, the rules that both have are compared instead.
2. Counts are subtracted between snapshots of one kind alone: that a slice has fewer repositories than a sample says
   nothing of the Hub. Ratios, shares and ranks by one rule are compared between kinds too, with a warning.
"""

from pipeline.report.editions import Edition, Number


def same_kind(old: Edition, new: Edition) -> bool:
    """Whether counts of the two snapshots can be subtracted: same coverage and source, or two censuses."""
    if old.snapshot.coverage != new.snapshot.coverage:
        return False
    return old.snapshot.source == new.snapshot.source or new.snapshot.coverage == "census"


def same_pair(old: Edition, new: Edition) -> bool:
    """Whether both are about the same subject and reference."""
    return (old.subject, old.reference, old.grouping) == (new.subject, new.reference, new.grouping)


def shared_rules(old: Edition, new: Edition) -> list[str]:
    """Rules that both support and that mean the same in both; the newer headline first, then the older one."""
    both = [key for key in new.rules if key in old.rules and old.rules[key].choices == new.rules[key].choices]
    return sorted(both, key=lambda key: (key != new.headline, key != old.headline, key))


def ranking_rule(old: Edition, new: Edition) -> str | None:
    """The rule by which ranks are compared, if there is one."""
    both = shared_rules(old, new)
    return both[0] if both and old.grouping == new.grouping else None


def can_subtract(old: Edition, new: Edition, number: Number) -> bool:
    """Whether what a key number needs (`editions.Needs`) is the same in both editions."""
    if number.needs == "snapshot":
        return number.kind != "count" or same_kind(old, new)
    if number.needs == "pair":
        return same_pair(old, new)
    if number.needs == "rules":
        return same_pair(old, new) and old.rules_sha256 == new.rules_sha256
    return True


def warnings(old: Edition, new: Edition) -> list[str]:
    """What a reader must know before reading on, each one sentence or two."""
    found = []
    if old.snapshot.sha256 == new.snapshot.sha256:
        found.append(
            "Both are built from the same snapshot: what moves, moves by the register, the rules or the parameters."
        )
    elif not same_kind(old, new):
        kinds = " and ".join(f"a {edition.snapshot.coverage} ({edition.snapshot.source})" for edition in (old, new))
        found.append(
            f"The snapshots are of different kinds, {kinds}. What moves between them is mostly what each one holds, "
            "not the Hub: counts are not subtracted, and ratios, shares and ranks are to be read with that in mind."
        )
    if new.snapshot.date < old.snapshot.date:
        found.append("The report called new shows an earlier day than the one called old.")
    if not same_pair(old, new):
        found.append(
            f"The reports are about different groups: {old.subject} against {old.reference} by {old.grouping}, then "
            f"{new.subject} against {new.reference} by {new.grouping}. Their ratios are not compared."
        )
    if old.headline != new.headline:
        found.append(
            f"The headline is counted by another rule: {_headline_rule(old)}, then {_headline_rule(new)}. No "
            "difference of the two headlines is given; the rules that both reports support are compared instead."
        )
    altered = sorted(key for key in old.rules if key in new.rules and old.rules[key].choices != new.rules[key].choices)
    if altered:
        found.append(
            f"These rules changed their meaning under the same name and are not compared: {', '.join(altered)}."
        )
    if old.rules_sha256 != new.rules_sha256:
        found.append("The two support different sets of rules, so ranges over all rules are shown and not subtracted.")
    if old.register_sha256 != new.register_sha256:
        found.append("The register changed too, so a number may have moved because a curated fact did.")
    if old.version != new.version:
        found.append(f"The project's version changed from {old.version} to {new.version}: see the changelog.")
    return found


def _headline_rule(edition: Edition) -> str:
    return f"“{edition.rules[edition.headline].label}”" if edition.headline else "no rule, as none was supported"
