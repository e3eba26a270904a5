"""The page of claims: filters kept in the address, a claim found by its number, everything there without a script."""

from typing import Any

SHOWN = ".ledger .claim:not([hidden])"


def counted(page: Any) -> tuple[int, int]:
    """How many claims are seen, and how many there are."""
    return page.locator(SHOWN).count(), page.locator(".ledger .claim").count()


def test_a_filter_is_announced_kept_in_the_address_and_undone_by_back(visit: Any) -> None:
    window = visit()
    page = window.open("claims")
    _, every = counted(page)
    page.get_by_label("Verdict").select_option("depends_on_definition")
    shown, _ = counted(page)
    assert 0 < shown < every
    assert page.get_by_role("status").inner_text() == f"Showing {shown} of {every} claims"
    assert page.url.endswith("#verdict=depends_on_definition")
    page.get_by_label("Topic").select_option("cost")
    assert page.url.endswith("#verdict=depends_on_definition&topic=cost")
    assert 0 < counted(page)[0] < shown
    assert page.locator(".ledger .claims-of:not([hidden])").count() == 1, "headings without claims are gone"
    page.go_back()
    assert counted(page)[0] == shown
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function("!location.hash")
    assert counted(page) == (every, every)
    assert not window.errors


def test_a_shared_address_opens_filtered(visit: Any) -> None:
    page = visit().open("claims", "#basis=register&verdict=fails")
    assert (
        page.locator(SHOWN).evaluate_all("all => all.map(one => one.dataset.verdict + one.dataset.basis)")
        == ["failsregister"] * counted(page)[0]
    )
    assert page.get_by_label("Verdict").input_value() == "fails"


def test_a_claims_number_leads_to_it_and_lights_it(visit: Any) -> None:
    page = visit(width=360).open("claims", "#claim-012")
    card = page.locator("#claim-012")
    assert card.evaluate("one => one.matches(':target') && one.getBoundingClientRect().top < innerHeight")
    assert card.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    assert counted(page)[0] == counted(page)[1]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_an_unknown_filter_shows_everything(visit: Any) -> None:
    page = visit().open("claims", "#verdict=splendid")
    assert counted(page)[0] == counted(page)[1]


def test_without_a_script_every_claim_is_there_and_no_form(visit: Any) -> None:
    page = visit(scripts=False).open("claims")
    assert counted(page)[0] == counted(page)[1] > 0
    assert not page.locator(".ledger-form").is_visible()
    assert page.locator(".claim-interval svg").first.is_visible()
