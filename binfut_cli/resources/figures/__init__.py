"""An account's document, made of its replies, and the figures that are derived from it.

Knows the models that figures are made of, and what each reply alone tells.

Imports resources.result, api, codec, endpoints, errors.
"""
