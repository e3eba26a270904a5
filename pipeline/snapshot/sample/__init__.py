"""The embedded snapshot: real facts of some 17,000 Hub models, small enough to ship with the code."""
