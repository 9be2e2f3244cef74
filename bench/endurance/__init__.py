"""How long, how often and at what cost the watch keeps what it promises: each figure by itself."""
