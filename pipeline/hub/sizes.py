"""Classes of size by which bases and releases are compared."""

SIZE_CLASSES = ((1e9, "under 1B"), (4e9, "1B to 4B"), (10e9, "4B to 10B"), (40e9, "10B to 40B"), (150e9, "40B to 150B"))
"""Each with the number of parameters that it ends below."""
LARGEST = "150B and more"
