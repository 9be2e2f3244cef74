"""What an answer must look like before anything is read from it."""

from typing import Any

from binfut_cli.errors import AnswerError
from binfut_cli.wire import Row


def mapping_of(answer: Any, what: str) -> Row:
    """The answer as an object; raise AnswerError for anything else."""
    if not isinstance(answer, dict):
        raise _misshapen(what, "an object")
    return answer


def rows_of(answer: Any, what: str) -> list[Row]:
    """The answer as a list of objects; raise AnswerError for anything else."""
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise _misshapen(what, "a list of objects")
    return answer


def _misshapen(what: str, expected: str) -> AnswerError:
    return AnswerError(
        f"The answer to {what} is not {expected}.",
        hint="Run again with --debug, and report it if it stays so; no figure was guessed.",
    )
