"""Commands: declare, ask, show. The only part that knows Typer."""
