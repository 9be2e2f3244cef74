"""Commands: declare, ask, show. The only part that knows Typer.

Knows how a command is found and loaded, and what exit status a failure leaves.

Imports commands.options, commands.process, sandbox, render, api, api.transport, auth, codec,
endpoints, errors.
"""
