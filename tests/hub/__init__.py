"""The sources of snapshots against a local server that speaks the Hub's protocol."""
