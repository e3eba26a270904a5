"""Faults: names, values and graphs that nobody expects, and builds that end in the middle.

Those that stand between this machine and the Hub are in `tests.snapshot.faults`.
"""
