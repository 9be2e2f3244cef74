"""The small changes of a module: mutmut's operators, everywhere, and results that are lost.

mutmut's own runner leaves out whatever is decorated, so each property and class method, and copies
the tree; only its operators are used.
"""

import ast
from dataclasses import dataclass
from difflib import SequenceMatcher

import libcst as cst
from libcst import matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider, WhitespaceInclusivePositionProvider
from mutmut.mutation.mutators import mutation_operators

UNREAD = (cst.Annotation, cst.Import, cst.ImportFrom, cst.Decorator)
"""What decides nothing while the program runs, or stops it at once."""
DOCSTRING = m.SimpleStatementLine(body=[m.Expr(m.SimpleString() | m.ConcatenatedString())])
_WRITTEN, _VARIABLE = (
    m.Subscript(value=m.Name("Literal") | m.Name("Sequence") | m.Name("dict") | m.Name("tuple")),
    m.Call(func=m.Name("TypeVar")),
)
_UNION = m.BinaryOperation(operator=m.BitOr())
TYPES = m.SimpleStatementLine(body=[m.Assign(value=_WRITTEN | _VARIABLE | _UNION)])
"""Aliases of types: the type checker's matter."""


@dataclass(frozen=True)
class Mutant:
    """A module with one change."""

    source: str
    lines: range
    """Those of the changed statement, in the unchanged module."""
    before: str
    after: str
    """The changed words, with the rest of their line."""

    @property
    def change(self) -> str:
        """What stood there and what stands there."""
        return f"{self.before} → {self.after}"


def mutants(source: str) -> list[Mutant]:
    """Every changed module that means something else, each once."""
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    visitor = _Changes(wrapper.module, source)
    wrapper.visit(visitor)
    seen, found = {_meaning(source)}, []
    for mutant in visitor.found:
        if (meaning := _meaning(mutant.source)) and meaning not in seen:
            seen.add(meaning)
            found.append(mutant)
    return found


class _Changes(cst.CSTVisitor):  # type: ignore[misc,unused-ignore]
    METADATA_DEPENDENCIES = (PositionProvider, WhitespaceInclusivePositionProvider)

    def __init__(self, module: cst.Module, source: str) -> None:
        super().__init__()
        self.found: list[Mutant] = []
        self._module, self._text = module, source.splitlines(keepends=True)
        self._statements = [range(1)]

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, UNREAD) or m.matches(node, DOCSTRING) or m.matches(node, TYPES):
            return False
        if isinstance(node, cst.BaseStatement):
            place = self.get_metadata(PositionProvider, node)
            self._statements.append(range(place.start.line, place.end.line + 1))
        self.found.extend(self._changed(node, code) for code in self._replacements(node))
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, cst.BaseStatement) and len(self._statements) > 1:
            self._statements.pop()

    def _replacements(self, node: cst.CSTNode) -> list[str]:
        return [
            self._module.code_for_node(new)
            for kind, operator in [*mutation_operators, (cst.Return, _lost)]
            if isinstance(node, kind)
            for new in operator(node)  # type: ignore[arg-type,unused-ignore]
        ]

    def _changed(self, node: cst.CSTNode, code: str) -> Mutant:
        place = self.get_metadata(WhitespaceInclusivePositionProvider, node)
        first, last = place.start, place.end
        head = "".join(self._text[: first.line - 1]) + self._text[first.line - 1][: first.column]
        tail = "".join(self._text[last.line - 1 :])[last.column :]
        changed = head + code + tail
        return Mutant(changed, self._statements[-1], *_words("".join(self._text), changed))


def _lost(node: cst.Return) -> list[cst.Return]:
    kept = node.value is None or m.matches(node.value, m.Name("None"))
    return [] if kept else [node.with_changes(value=cst.Name("None"))]


def _meaning(source: str) -> str:
    try:
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return ""


def _words(before: str, after: str) -> tuple[str, str]:
    """The first lines that differ, and what they became."""
    old, new = before.splitlines(), after.splitlines()
    for kind, *(a, b, c, d) in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            return _joined(old[a:b]), _joined(new[c:d])
    return "", ""


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)
