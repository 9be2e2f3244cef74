"""Client and exchange under random faults; the exchange's ledger against what was printed."""
