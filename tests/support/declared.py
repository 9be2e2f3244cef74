"""The program's declarations of rows, for tests that speak of them by name or walk all."""

from binfut_cli.commands.account.app import app
from binfut_cli.resources.result.resource import Resource, declared, every

COMMANDS: dict[str, tuple[Resource, ...]] = {
    each.callback.__name__: declared(*each.callback.about)  # type: ignore[attr-defined]
    for each in app.registered_commands
    if each.callback
}
"""The commands of `binfut account`, and what each is about."""


def kinds(*names: str) -> tuple[Resource, ...]:
    """The declarations of kinds of rows, in the order of the names."""
    by_kind = {each.kind: each for each in every()}
    return tuple(by_kind[name] for name in names)


def kind(name: str) -> Resource:
    """The declaration of one kind of rows."""
    return kinds(name)[0]
