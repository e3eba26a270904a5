"""MoE models: parameters, memory, machines, and their share."""
