"""Which family feeds which, and whom a distillation counts for."""
