"""Bytes that nobody meant, for everything that reads what comes from outside."""
