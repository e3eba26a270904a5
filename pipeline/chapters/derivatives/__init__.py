"""Who builds on whom: under every definition, base by base, at older days, and undeclared."""
