"""The register: curated facts as CSV and YAML, one file per table, each row with date and source.

Tables lie in one folder a topic, so that a changed rent rebuilds what counts with rents and nothing else. The code that
reads them is `lookup`, a folder too, so that a stage depends on it and on its topics alone. Nothing here is computed.
"""

from pipeline.register.lookup import load as load
from pipeline.register.lookup import tables as tables
