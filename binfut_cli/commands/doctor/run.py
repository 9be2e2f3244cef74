"""Examine the set-up: every check in its order, each told before the next begins."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path

from binfut_cli.api.client import system_ms
from binfut_cli.auth import directories
from binfut_cli.auth.credentials import PRIVATE_KEY_FILE, Credentials
from binfut_cli.auth.private_files import read_private
from binfut_cli.auth.profiles import LOCK
from binfut_cli.codec import dumps, indented
from binfut_cli.commands import key_check
from binfut_cli.commands.open_accounts import OpenedAccounts, Target, opened
from binfut_cli.commands.process.context import Context
from binfut_cli.doctor import computer, keys, printing, proxy_variables
from binfut_cli.doctor.findings import (
    Check,
    Finding,
    Judged,
    Verdict,
    examine,
    exit_status,
)
from binfut_cli.doctor.market import Examination
from binfut_cli.doctor.report import Report
from binfut_cli.endpoints import (
    Endpoints,
    Env,
    Overrides,
    Scope,
    endpoints,
    overridden,
)
from binfut_cli.render.output import Output


def visit(context: Context, target: Target, report: Path | None) -> int:
    """Make every check, tell each, and return the exit status of the first failure."""
    return exit_status(_shown(context, DoctorRun(target, context, dict(os.environ)), report))


class DoctorRun:
    """One run of all checks: the computer's, then each market's."""

    def __init__(self, target: Target, context: Context, environ: Mapping[str, str]) -> None:
        self.scope = Scope(target.env, target.profile)
        self._target = target
        self._context = context
        self._environ = environ  # as it was before the key was taken out of it
        self._opened: OpenedAccounts | None = None

    def findings(self) -> Iterator[Finding]:
        """Make the checks one by one; each is told before the next begins."""
        with ExitStack() as stack:
            broken = set()
            for found in examine(self._own_checks(stack), None):
                broken |= {found.name} if found.verdict is Verdict.FAIL else set()
                yield found
            for each in self._examinations():
                yield from examine(each.checks(), each.market, broken)

    def _own_checks(self, stack: ExitStack) -> list[Check]:
        environ, out = self._environ, self._context.out
        looks: dict[str, Callable[[], Judged]] = {
            "python": computer.interpreter,
            "libraries": computer.libraries,
            "terminal": lambda: computer.terminal(out, computer.encoding(), environ.get("TERM")),
            "files": lambda: keys.files(self._files(), read_private),
            "certificates": lambda: computer.certificates(environ),
            "proxy": lambda: proxy_variables.judged(environ),
            "key": lambda: self._open(stack),
        }
        return [Check(name, look, timed=False) for name, look in looks.items()]

    def _files(self) -> list[Path]:
        """Every file that may hold a key; none for the embedded sandbox, which has its own."""
        if self._target.env is Env.SANDBOX and self._target.overrides == Overrides():
            return []
        named = [self._environ[PRIVATE_KEY_FILE]] if self._environ.get(PRIVATE_KEY_FILE) else []
        return [Path(".env"), *map(directories.expanded, named), *self._kept()]

    def _kept(self) -> list[Path]:
        """The configuration and the stored keys."""
        try:
            place = directories.config_dir(self._environ)
        except directories.NoHome:
            return []
        kept = (Path(top, name) for top, _, names in os.walk(place) for name in names)
        return sorted(path for path in kept if path.name != LOCK)

    def _open(self, stack: ExitStack) -> Judged:
        asked, self._context.key_check = self._context.key_check, False  # that comes later
        try:
            self._opened = stack.enter_context(opened(self._target, self._context))
        finally:
            self._context.key_check = asked
        self.scope = self._opened.scope
        for account, _ in self._opened.lanes:
            stack.enter_context(account)
        found = _credentials(self._opened)
        return keys.described(found.signer.kind, found.source)

    def _examinations(self) -> Iterator[Examination]:
        """Every market; without a key, at the addresses that can be known without one."""
        target, environ = self._target, self._environ
        timeout_s = target.timeout_s
        if self._opened is not None:
            powers = self._powers()
            for account, place in self._opened.lanes:
                market = account.market
                of_key = powers, self._context.redactor.learn
                yield Examination(target.env, market, place, account, timeout_s, environ, *of_key)
                powers = None  # one key serves both markets
        elif target.env is not Env.SANDBOX:
            for market in target.markets:
                place = overridden(endpoints(target.env, market), market, target.overrides)
                yield Examination(target.env, market, place, None, timeout_s, environ)

    def _powers(self) -> Callable[[], Judged] | None:
        """What asks for the key's powers, where it may and can be asked."""
        opened, run = self._opened, self._context
        if opened is None or not run.key_check or self._target.env is not Env.PROD:
            return None
        account, place = opened.lanes[0]
        base = key_check.address(Env.PROD, _given(place, endpoints(Env.PROD, account.market)))
        if base is None:
            return None

        def look() -> Judged:
            said: list[str] = []
            how = key_check.KeyCheck(said.append, run.withdrawal_is_known, self._target.timeout_s)
            key_check.check(_credentials(opened), key_check.at(place, base), how)
            return keys.powers([text.removeprefix("binfut: ") for text in said])

        return look


def _given(place: Endpoints, table: Endpoints) -> Overrides:
    """What stands in place of the table's addresses, by the command line or by a profile."""
    return Overrides(
        place.rest if place.rest != table.rest else None,
        place.ws_api if place.ws_api != table.ws_api else None,
        place.stream if place.stream != table.stream else None,
    )


def _credentials(found: OpenedAccounts) -> Credentials:
    account, _ = found.lanes[0]
    return account.credentials


def _shown(context: Context, visit: DoctorRun, path: Path | None) -> list[Finding]:
    """Make the visit, tell it as it goes, and write the report last."""
    with ExitStack() as stack:
        report = stack.enter_context(closing(Report(path))) if path else None
        found: list[Finding] = []
        for each in visit.findings():
            found.append(each)
            if not context.as_json:
                _tell(context.prose, found, visit.scope)
        if context.as_json:
            encode = indented if context.out.is_terminal else dumps
            document = printing.document(found, visit.scope, system_ms())
            context.prose.write(encode(document) + b"\n")
        else:
            context.say(printing.summary(found))
        if report is not None:
            text = printing.whole(found, visit.scope).encode("utf-8", "backslashreplace")
            report.write(context.redactor.scrub(text))
            context.say(f"Read {path} before you send it.")
    return found


def _tell(out: Output, found: list[Finding], scope: Scope) -> None:
    """Write the newest finding, under a heading if it is the first of its kind."""
    paint, latest = out.palette, found[-1]
    first = len(found) == 1 or found[-2].market != latest.market
    head = printing.heading(latest.market, scope, paint) if first else ""
    text = head + printing.line(latest, paint, out.width)
    out.write(text.encode("utf-8", "backslashreplace"))
