"""What all other rooms use, without knowledge of the Hub: paths, params, errors, tables, words, facts, contracts."""
