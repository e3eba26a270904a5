"""What a browser finds on a page: asked of the sample's site and of a census's alike."""

from typing import Any

import yaml
from axe_playwright_python.sync_playwright import Axe

from pipeline.base.paths import PROJECT

PAGES = list(yaml.safe_load((PROJECT / "params.yaml").read_text(encoding="utf-8"))["notebooks"])

SERIOUS = ("serious", "critical")
COLOURS = ("color-contrast", "link-in-text-block")
"""What can differ between light and dark: the rest of a page is the same."""
FAINTEST = 4.5
"""Contrast that small text needs."""
SMALLEST = 12
"""Size of the smallest label in px."""

# A label's background is the last mark drawn before it that holds its middle and is no mere dot under it.
_LABELS = """() => {
  const channels = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const over = (top, alpha, under) => top.slice(0, 3).map((c, i) => c * alpha + under[i] * (1 - alpha));
  const light = colour => {
    const [r, g, b] = colour.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const opacity = element => {
    let product = 1;
    for (let e = element; e && e.tagName !== 'svg'; e = e.parentElement) product *= Number(getComputedStyle(e).opacity);
    return product;
  };
  const page = channels(getComputedStyle(document.body).backgroundColor);
  const labels = [];
  for (const svg of document.querySelectorAll('.chart-view svg')) {
    if (!svg.getBoundingClientRect().width || svg.parentElement.closest('svg')) continue;
    const drawn = [...svg.querySelectorAll('path, rect, text')].map(element => {
      const style = getComputedStyle(element), colour = channels(style.fill);
      const solid = style.fill === 'none' ? 0 : colour.length > 3 ? colour[3] : 1;
      const alpha = solid * style.fillOpacity * opacity(element);
      return { element, style, colour, alpha, box: element.getBoundingClientRect() };
    });
    drawn.forEach((label, position) => {
      if (label.element.tagName !== 'text' || !label.element.textContent.trim() || !label.box.width) return;
      if (!label.alpha) return;
      const x = label.box.x + label.box.width / 2, y = label.box.y + label.box.height / 2;
      let background = page;
      for (const mark of drawn.slice(0, position)) {
        const { box } = mark;
        if (mark.element.tagName === 'text' || !mark.alpha || box.width < label.box.width / 2) continue;
        if (x < box.left || x > box.right || y < box.top || y > box.bottom) continue;
        const at = new DOMPoint(x, y).matrixTransform(mark.element.getScreenCTM().inverse());
        if (mark.element.isPointInFill(at)) background = over(mark.colour, mark.alpha, background);
      }
      const [low, high] = [light(over(label.colour, label.alpha, background)), light(background)].sort((a, b) => a - b);
      const matrix = label.element.getScreenCTM();
      labels.push({
        text: label.element.textContent,
        contrast: (high + 0.05) / (low + 0.05),
        size: parseFloat(label.style.fontSize) * Math.hypot(matrix.a, matrix.b),
      });
    });
  }
  return labels;
}"""

_FOCUSABLE = """() => [...document.querySelectorAll(
    'a[href], button, select, textarea, summary, input:not([type=radio]):not([type=hidden]), [tabindex="0"]')]
  .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({ visibilityProperty: true }))
  .map((e, i) => e.dataset.stop = `${i} ${e.tagName} ${e.textContent.trim().slice(0, 30)}`)"""

_WATCH = """() => {
  window.stops = []; window.ringless = [];
  document.addEventListener('focusin', event => {
    const isNote = event.target.matches('.note-toggle');
    const shown = isNote ? document.querySelector(`label[for="${event.target.id}"]`) : event.target;
    window.stops.push(event.target.dataset.stop || '');
    if (getComputedStyle(shown).outlineStyle === 'none') window.ringless.push(event.target.outerHTML.slice(0, 120));
  });
}"""


def serious(page: Any, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe finds that keeps a reader out, by all rules or by these; labels inside live charts are `faint`'s."""
    options: dict[str, Any] = {"preload": False, "resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = list(rules)
    return [
        f"{rule['id']}: {node['html'][:160]} ({node.get('failureSummary', '')[:200]})"
        for rule in Axe()
        .run(page, context={"exclude": [[".chart-live > div"]]}, options=options)
        .response["violations"]
        if rule["impact"] in SERIOUS
        for node in rule["nodes"][:3]
    ]


def faint(page: Any) -> list[tuple[str, float]]:
    """Labels of charts with too little contrast to what they stand on."""
    labels = {(label["text"], round(label["contrast"], 2)) for label in page.evaluate(_LABELS)}
    return sorted(label for label in labels if label[1] < FAINTEST)


def small(page: Any) -> list[tuple[str, float]]:
    """Labels of charts that are drawn too small."""
    labels = {(label["text"], round(label["size"], 1)) for label in page.evaluate(_LABELS)}
    return sorted(label for label in labels if label[1] < SMALLEST)


def wide(page: Any) -> int:
    """Width that the page takes."""
    return page.evaluate("document.documentElement.scrollWidth")


def focusable(page: Any) -> list[str]:
    """Everything that a pointer can use, by a name that is now written on it."""
    return page.evaluate(_FOCUSABLE)


def tab_stops(page: Any, stops: int) -> tuple[list[str], list[str]]:
    """What the Tab key comes to, and what of it shows no ring."""
    page.evaluate(_WATCH)
    for _ in range(stops + 8):
        page.keyboard.press("Tab")
    return page.evaluate("window.stops"), page.evaluate("window.ringless")
