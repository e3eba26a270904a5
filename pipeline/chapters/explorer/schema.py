"""The contract of the explorer's summary."""

import dataframely as dy


class ExplorerSummary(dy.Schema):
    """What the site's explorer holds and leaves out, in counts."""

    measure = dy.String(primary_key=True, description="What was counted")
    value = dy.Int64(description="How many, or 1 and 0 for yes and no")
    meaning = dy.String(description="One line for the reader")
