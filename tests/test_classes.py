"""What a class of the client has, one reads at its beginning."""

import ast
from collections.abc import Iterator

import pytest

from tests.test_architecture import CLIENT, name, nodes

BIRTH = ("__init__", "__post_init__")


def functions(found: ast.ClassDef) -> list[ast.FunctionDef]:
    return [each for each in found.body if isinstance(each, ast.FunctionDef)]


def declared(found: ast.ClassDef) -> set[str]:
    """The attributes that a class body names."""
    named = [each.target for each in found.body if isinstance(each, ast.AnnAssign)]
    given = [to for each in found.body if isinstance(each, ast.Assign) for to in each.targets]
    return {each.id for each in [*named, *given] if isinstance(each, ast.Name)}


def assigned(function: ast.FunctionDef) -> Iterator[str]:
    """The attributes that a method gives to its own object."""
    own = function.args.args[0].arg if function.args.args else ""
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), ctx=ast.Store()) if owner == own:
                yield node.attr


def born_late(found: ast.ClassDef) -> set[str]:
    born = declared(found)
    for function in functions(found):
        born.update(assigned(function) if function.name in BIRTH else ())
    return {each for function in functions(found) for each in assigned(function)} - born


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for path in CLIENT:
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                yield f"{name(path)}: {node.name}", node


def test_no_attribute_is_born_after_its_object() -> None:
    late = {where: born_late(found) for where, found in classes()}
    assert len(late) > 100
    assert not {where: names for where, names in late.items() if names}


@pytest.mark.parametrize(
    ("body", "late"),
    [
        ("def __init__(self): self.a = 1", set()),
        ("a: int = 0\n def begin(self): self.a = 1", set()),
        ("def begin(self): self.a = 1", {"a"}),
        ("def begin(it):\n  it.a, other.b = 1, 2\n  with x as it.c: it.d += 1", {"a", "c", "d"}),
    ],
)
def test_one_that_is_born_late_is_found(body: str, late: set[str]) -> None:
    (found,) = ast.parse(f"class A:\n {body}").body
    assert isinstance(found, ast.ClassDef)
    assert born_late(found) == late
