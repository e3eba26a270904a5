"""Stage `edition_list`: the names of the published editions that params.yaml names.

Later stages depend on the folder data/editions; what an earlier build left there is read no more once its name is gone
from this list.
"""

from pipeline.base import tables
from pipeline.base.editions import LIST
from pipeline.base.params import Params
from pipeline.base.paths import Paths


def run(paths: Paths, params: Params) -> None:
    """Write the list."""
    tables.write_json(sorted(params.editions), paths.editions / LIST)
