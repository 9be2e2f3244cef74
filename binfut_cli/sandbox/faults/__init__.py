"""Faults on demand: which are armed, when they strike, what they make of an output.

Knows outputs as steps, and not what they mean.

Imports sandbox.account, sandbox.wire.
"""
