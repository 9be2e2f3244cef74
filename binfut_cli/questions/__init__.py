"""The questions that can be put to an account: which requests make each answer, and of what shape.

One file a question; none of them prints, and each asks for as little as its answer needs.
"""
