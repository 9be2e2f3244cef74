"""What is wrong with the set-up, and why: probes, judgements, and the order they are made in.

Nothing here prints. Judgements are pure functions; probes send what every other command sends.
"""
