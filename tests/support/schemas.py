"""The schemas of records as validators that are not ours, each compiled once."""

from functools import cache

from jsonschema_rs import Draft202012Validator

from binfut_cli.render.json_schema import schema


@cache
def validator(name: str) -> Draft202012Validator:
    """The one of a kind of records, by its schema as it is declared."""
    return Draft202012Validator(schema(name))
