"""What redis-py raises, as failures of ours: one sentence, and one that says what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from redis import exceptions as theirs
from redis.sentinel import MasterNotFoundError

from binfut_cli.auth.environment import ENGINE_PASSWORD as PASSWORD
from binfut_cli.auth.environment import ENGINE_PASSWORD_FILE as PASSWORD_FILE
from binfut_cli.errors import AuthError, BinfutError, ConfigError, NetworkError, OutputError

NOT_ABOVE = "equal or smaller than the target stream top item"
"""What an engine says of an entry whose id is not above the last."""
_NOT_YET = ("LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY ")
_HUNG_UP = "Connection closed"
_OLD = ("unknown command", "wrong number of arguments", "syntax error")
_NO_MULTI = "EXEC without MULTI"
"""What it says in the end to who may not begin a transaction."""
_CONNECTING = re.compile(r"^Error -?\d+ connecting to \S+ ")
_PIPELINED = re.compile(r"^Command # \d+ \(.*?\) of pipeline caused error: ")
"""What redis-py sets before an engine's words."""
OTHER = "Name another database with /db, or another engine."


class StrangeStream(ConfigError):
    """Something of another program stands under a stream's name."""


class Away(NetworkError):
    """Its computer says that there is no engine, or the engine that it takes no commands yet.

    Also who stands before it, by hanging up. Of silence nobody knows whether it is the engine or
    the way there: others may still reach it.
    """


@contextmanager
def translated(where: object, name: str = "") -> Iterator[None]:
    """Raise what goes wrong in the block as a failure of ours; `where` is the engine's address.

    If all of it is about one key, that has a `name`.
    """
    try:
        yield
    except (theirs.RedisError, theirs.RedisClusterException, OSError, ValueError) as exc:
        found = failure(exc, where)
        is_strange_key = name and isinstance(found, StrangeStream)
        raise (strange(name, where) if is_strange_key else found) from exc


def failure(exc: Exception, where: object) -> BinfutError:
    """The same of one that was raised, or that stands in the place of an answer."""
    text = _PIPELINED.sub("", " ".join(str(exc).split()))
    match exc:
        case theirs.AuthenticationError() | theirs.AuthenticationWrongNumberOfArgsError():
            return _password(where)
        case theirs.NoPermissionError() | theirs.AuthorizationError():
            return _permission(text, where)
        case theirs.OutOfMemoryError():
            return OutputError(
                f"{where} has no memory left for records.",
                hint="Raise its maxmemory, or keep fewer with --maxlen.",
            )
        case theirs.ReadOnlyError():
            return ConfigError(
                f"{where} is a replica, which takes no records.",
                hint="Give the primary's address, or redis+sentinel:// to have it found.",
            )
        case theirs.InvalidResponse():
            return _stranger(where)
        case theirs.BusyLoadingError() | theirs.ClusterDownError() | theirs.TryAgainError():
            return _not_yet(text, where)
        case theirs.MovedError() | theirs.AskError():
            return ConfigError(
                f"{where} is one node of a Cluster.", hint="Write redis+cluster:// for all of it."
            )
        case theirs.ResponseError():
            return _response(text, where)
    return _network(exc, text, where)


def _response(text: str, where: object) -> BinfutError:
    if text.startswith(("NOAUTH", "WRONGPASS")) or "invalid username-password" in text:
        return _password(where)
    if "NOPERM" in text:
        return _permission(text.rpartition("NOPERM ")[2], where)
    if text == _NO_MULTI:
        return _permission("this user has no permissions to run the 'multi' command", where)
    if "user executing the script" in text:
        return _permission(text.partition(" script:")[0], where)
    if is_strange(text):
        return StrangeStream(f"{where} has something else under a stream's name.", hint=OTHER)
    if text.startswith("MISCONF"):
        return OutputError(
            f"{where} takes no records: it cannot save to its disk.",
            hint="Look at that computer's disk, and at the engine's log.",
        )
    if text.startswith(_NOT_YET) or "NOREPLICAS" in text:
        return _not_yet(text, where)
    if "unknown command" in text and "SENTINEL" in text:
        return ConfigError(
            f"{where} is no Sentinel.", hint="Write redis:// for the address of the engine itself."
        )
    if any(each in text for each in _OLD):
        return too_old(where, text)
    return ConfigError(
        f"{where} refused it: {_quoted(text)}.", hint="Look at the address, and at the engine."
    )


def _not_yet(text: str, where: object) -> Away:
    return Away(f"{where} does not answer yet: {_quoted(text)}.", hint="Try again in a moment.")


def is_strange(text: str) -> bool:
    """Whether an engine says that what has a name is no stream."""
    return text.startswith("WRONGTYPE") or "wrong kind of value" in text


def strange(name: str, where: object) -> StrangeStream:
    """What is said of what is no stream, though it has the name of one."""
    return StrangeStream(f"Something of another program is called {name!r} in {where}.", hint=OTHER)


def too_old(where: object, what: str) -> ConfigError:
    """An engine that lacks what is asked of it."""
    return ConfigError(
        f"{where} is too old: {_quoted(what)}.", hint="Use Redis 6.2 or later, or Valkey."
    )


def _password(where: object) -> AuthError:
    return AuthError(
        f"{where} refused the user or the password.",
        hint=f"Set {PASSWORD} or {PASSWORD_FILE}; a user other than the default one stands before "
        "the host in the address, with an @ between.",
    )


def _permission(text: str, where: object) -> AuthError:
    return AuthError(
        f"{where} does not permit it: {_quoted(text)}.",
        hint="Give its user the commands and keys that docs/redis.md lists.",
    )


def _stranger(where: object) -> ConfigError:
    return ConfigError(
        f"{where} does not answer as a Redis.",
        hint="Look at host and port; with TLS write rediss://.",
    )


def _network(exc: Exception, text: str, where: object) -> BinfutError:
    if isinstance(exc, theirs.TimeoutError | TimeoutError):
        text = "no answer in time"
    text = _CONNECTING.sub("", text)
    if "Protocol Error" in text:  # of a parser that has no class for it
        return _stranger(where)
    if "CERTIFICATE" in text.upper():
        return NetworkError(
            f"{where}: its certificate cannot be verified: {_quoted(text)}.",
            hint="Set SSL_CERT_FILE to the certificate of who signed it.",
        )
    if "Cluster mode is not enabled" in text:
        return ConfigError(f"{where} is no Cluster.", hint="Write redis:// for a single server.")
    kind = Away if _is_away(exc, text) else NetworkError
    return kind(f"{where} cannot be reached: {_quoted(text)}.", hint=_look_at(exc, where))


def _look_at(exc: Exception, where: object) -> str:
    if isinstance(exc, MasterNotFoundError):
        return "Look at the name of the service, and whether its primary runs."
    if str(where).startswith("rediss"):
        return "Look whether it runs, at the address, and whether it speaks TLS there."
    if str(exc).startswith(_HUNG_UP):
        return "Look whether it runs, and whether it is a Redis; with TLS write rediss://."
    return "Look whether it runs, and at the address."


def _is_away(exc: Exception, text: str) -> bool:
    """Whether somebody there has answered: by refusing, by hanging up, or a Sentinel by its word.

    redis-py says so in words alone.
    """
    if isinstance(exc, MasterNotFoundError):
        return " : " not in text  # behind which those stand that did not answer
    told = (exc, exc.__cause__, exc.__context__)
    if any(isinstance(each, ConnectionRefusedError | ConnectionResetError) for each in told):
        return True
    return text.startswith(_HUNG_UP)


def _quoted(text: str) -> str:
    """What an engine says, not at length."""
    return (text[:200] or "it failed").rstrip(".")
