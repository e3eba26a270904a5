"""Errors a user can act on: one line that says what, where and what to do next."""

BUILD = "run `make site`, which builds it first"
"""The next step where a stage lacks what an earlier one makes; it can be typed as it stands, in a fresh clone too."""


class PipelineError(Exception):
    """Anything the user can fix. `python -m pipeline` prints it as one line and exits with 1."""

    def __init__(self, what: str, *, where: object = None, next_step: str | None = None) -> None:
        parts = [what]
        if where is not None:
            parts.append(f"in {where}")
        line = " ".join(parts)
        if next_step:
            line = f"{line}: {next_step}"
        super().__init__(" ".join(line.split()))


class ParamsError(PipelineError):
    """params.yaml holds an unknown key or a value out of its range."""


class SnapshotError(PipelineError):
    """A snapshot cannot be found, read or trusted."""


class RegisterError(PipelineError):
    """A register table breaks its contract."""


class TableError(PipelineError):
    """A table of the pipeline breaks its contract or is missing."""


class ArchitectureError(PipelineError):
    """A config.json is malformed, or describes a part whose parameters are not understood."""


class FactError(PipelineError):
    """A claim or a sentence names a fact that does not exist."""


class SiteError(PipelineError):
    """The book cannot be executed or rendered."""
