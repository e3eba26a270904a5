"""What counts as a derivative: definitions, pairs, evidence, credit, and the count itself."""
