"""Answers for people: titles, columns, tables, charts.

Knows how each form of a column looks; rich is at home in `tables`.

Imports render, resources, resources.result, codec, endpoints.
"""
