"""Several watches that share accounts, while they and their engine are in trouble; and a judge."""
