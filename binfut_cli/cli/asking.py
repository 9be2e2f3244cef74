"""Ask every market at once, while this thread loads what will show the answers."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from binfut_cli.account import Account
from binfut_cli.cli.opening import Reached
from binfut_cli.errors import BinfutError
from binfut_cli.transport.parallel import in_parallel

T = TypeVar("T")


def gather(
    lanes: Sequence[Reached], question: Callable[[Account], T], meanwhile: Callable[[], object]
) -> list[T | BinfutError]:
    """Put a question to every account; answers or refusals in the lanes' order.

    A refusal of one market leaves the other's answer standing.
    """
    return in_parallel([partial(_asked, account, question) for account, _ in lanes], meanwhile)


def _asked(account: Account, question: Callable[[Account], T]) -> T | BinfutError:
    try:
        with account:
            return question(account)
    except BinfutError as exc:
        return exc
