"""The ledger: the essay’s claims, the rules that judge them, and what they are judged by."""
