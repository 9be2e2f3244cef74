"""Everything printed as JSON: one document an answer, one line a record.

Every record begins with `v`, `type`, `market`, `env`, `profile` and `time`. A stream's records
also have `run` and a contiguous `seq`, so that a reader can prove that it has them all.
"""

from dataclasses import dataclass

from binfut_cli.account import Snapshot
from binfut_cli.errors import BinfutError
from binfut_cli.markets import Env
from binfut_cli.watch.records import Record
from binfut_cli.wire import Row, beside, dumps

VERSION = 1


@dataclass(frozen=True, slots=True)
class Scope:
    """What every record of a run says of where it comes from."""

    env: Env
    profile: str | None


def account_status(snapshot: Snapshot, scope: Scope) -> Row:
    """The answer to `account status`: the exchange's result, our keys in front, ours behind."""
    head: Row = {
        "v": VERSION,
        "type": "accountStatus",
        "market": snapshot.market,
        "env": scope.env,
        "profile": scope.profile,
        "time": snapshot.time_ms,
    }
    return beside(head, snapshot.document)


class Lines:
    """Records as NDJSON, numbered without a hole from 1."""

    def __init__(self, scope: Scope, run: str) -> None:
        self._scope = scope
        self._run = run
        self._seq = 0

    def line(self, record: Record) -> bytes:
        """One record as one line."""
        self._seq += 1
        head: Row = {
            "v": VERSION,
            "type": record.type,
            "market": record.market,
            "env": self._scope.env,
            "profile": self._scope.profile,
            "time": record.time_ms,
            "run": self._run,
            "seq": self._seq,
            "source": record.source,
        }
        return dumps(beside(head, record.body)) + b"\n"


def error(exc: BinfutError) -> bytes:
    """An error as one JSON object."""
    body: Row = {
        "kind": exc.kind,
        "message": exc.message,
        "hint": exc.hint,
        "retryable": exc.retryable,
        "exchangeCode": exc.exchange_code,
        "exit": int(exc.exit_status),
    }
    return dumps({"error": body}) + b"\n"
