"""Figures of the report: a frame in, a chart out, one theme for all."""
