"""The register: curated facts as CSV and YAML, one file per table, each row with date and source.

Each topic has a folder of tables, so that a changed rent rebuilds only what counts with rents. The code that reads them
has a folder of its own, `lookup`, so that a stage depends on it and on its topics alone.
"""

from pipeline.register.lookup import load as load
from pipeline.register.lookup import tables as tables
