"""The kit's templates, which lie beside it: HTML with holes. What fills a hole is escaped unless it is `Markup`."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def template(name: str) -> Template:
    """A template of the kit by the name of its file, `table.html.j2`; parsed once a process."""
    return _ENVIRONMENT.get_template(name)
