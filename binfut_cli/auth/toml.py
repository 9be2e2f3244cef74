"""The little TOML that binfut writes itself: tables of texts. Reading is tomllib's.

https://toml.io/en/v1.0.0#string: a basic string escapes quotes, backslashes and controls.
"""

import re
from collections.abc import Mapping

Table = Mapping[str, str]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED = re.compile(r'[\x00-\x1f"\\\x7f-\x9f]')


def document(head: Table, tables: Mapping[str, Table]) -> str:
    """A document: texts at the top, then tables by their dotted names."""
    parts = ["".join(_lines(head))]
    parts += [f"[{_dotted(name)}]\n" + "".join(_lines(table)) for name, table in tables.items()]
    return "\n".join(filter(None, parts))


def _lines(table: Table) -> list[str]:
    return [f'{_key(name)} = "{_text(value)}"\n' for name, value in table.items()]


def _dotted(name: str) -> str:
    return ".".join(map(_key, name.split(".")))


def _key(name: str) -> str:
    if not _BARE.fullmatch(name):
        raise ValueError(f"{name!r} is no bare key")
    return name


def _text(value: str) -> str:
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04X}", value)
