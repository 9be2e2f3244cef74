"""One process that watches many accounts: threads, memory, processor, and who delays whom."""
