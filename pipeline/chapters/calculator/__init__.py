"""The calculator of memory and speed: what it knows of models and machines."""
