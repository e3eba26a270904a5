"""Mixtures of experts: parameters, memory, machines, and their share."""
