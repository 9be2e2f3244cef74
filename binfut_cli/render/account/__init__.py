"""Answers for people: titles, columns, tables, charts.

Knows which columns a resource has; rich is at home in `tables`.

Imports render, resources, resources.history, resources.result, codec, endpoints, errors.
"""
