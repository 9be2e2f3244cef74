"""Ask every market at once, while this thread loads what will show the answers."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from binfut_cli.account import Account
from binfut_cli.cli.opening import Lane
from binfut_cli.errors import BinfutError

T = TypeVar("T")

_WAKE_S = 0.2


def gather(
    lanes: Sequence[Lane], question: Callable[[Account], T], meanwhile: Callable[[], object]
) -> list[T | BinfutError]:
    """Put a question to every account, each on a thread of its own; answers in the lanes' order.

    A refusal of one market leaves the other's answer standing.
    """
    found: dict[int, T | BaseException] = {}

    def ask(index: int, account: Account) -> None:
        try:
            with account:
                found[index] = question(account)
        except BaseException as exc:  # handed over whole to the thread that waits
            found[index] = exc

    threads = [
        threading.Thread(target=ask, args=(index, account), daemon=True)
        for index, (account, _) in enumerate(lanes)
    ]
    for thread in threads:
        thread.start()
    meanwhile()
    for thread in threads:
        while thread.is_alive():
            thread.join(_WAKE_S)
    return [_answer(found[index]) for index in range(len(lanes))]


def _answer(found: T | BaseException) -> T | BinfutError:
    if isinstance(found, BaseException) and not isinstance(found, BinfutError):
        raise found
    return found
