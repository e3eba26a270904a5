"""What every other room stands on and nothing of the Hub: paths, errors, tables, wording, facts, contracts."""
