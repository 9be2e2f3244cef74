"""Show, remove and choose profiles. A secret is read by none of these."""

import os

from binfut_cli.auth import directories, profiles, stores
from binfut_cli.auth.profiles import Profile, Profiles
from binfut_cli.codec import Row, dumps
from binfut_cli.commands.process.context import Context
from binfut_cli.errors import ConfigError
from binfut_cli.render.escape import plain

VERSION = 1
ABOVE = {"env": "BINFUT_ENV", "market": "BINFUT_MARKET", "output": "BINFUT_OUTPUT"}
BUILT_IN = {"market": "usdm", "output": "table"}


def show_all(context: Context) -> None:
    """Print every profile on a line, or all of them as one document."""
    known = profiles.load(directories.config_dir(os.environ))
    if context.as_json:
        listed = [_row(name, known) for name in known.named]
        context.prose.write(dumps({"v": VERSION, "type": "profiles", "profiles": listed}) + b"\n")
        return
    if not known.named:
        context.say("There are no profiles yet; binfut profile add NAME makes one.")
    width = max(map(len, known.named), default=0)
    for name, profile in known.named.items():
        star = "*" if name == known.default else " "
        about = f"{profile.env:<7}  {profile.key_type:<7}  {plain(profile.api_key)}"
        context.prose.line(f"{star} {plain(name):<{width}}  {about}".rstrip())


def show_one(context: Context, name: str | None) -> None:
    """Print one profile, value by value, with where each comes from."""
    directory = directories.config_dir(os.environ)
    known = profiles.load(directory)
    name = name or known.default
    if not name:
        raise ConfigError(
            "There is no default profile.", hint="Name one, or make one: binfut profile add NAME."
        )
    profile = known.get(name)
    if context.as_json:
        row = {"v": VERSION, "type": "profile", **_row(name, known)}
        context.prose.write(dumps(row) + b"\n")
        return
    where = stores.store(profile.store, directory).where(name)
    context.prose.line(plain(name) + (" (default)" if name == known.default else ""))
    for label, value, source in _lines(profile, where):
        context.prose.line(f"  {label:<12}  {plain(value):<14}  {plain(source)}".rstrip())


def remove(context: Context, name: str) -> None:
    """Forget a profile and what the store holds of it."""
    directory = directories.config_dir(os.environ)
    profiles.load(directory).get(name)
    with profiles.changing(directory):
        known = profiles.load(directory)
        profile = known.get(name)
        stores.store(profile.store, directory).drop(name)
        profiles.save(directory, known.without(name))
    stays = f" {profile.private_key_file} stays." if profile.private_key_file else ""
    context.say(f"Profile {name} and its stored key are gone.{stays}")


def set_default(context: Context, name: str) -> None:
    """Choose the profile that is used when none is named."""
    directory = directories.config_dir(os.environ)
    profiles.load(directory).get(name)
    with profiles.changing(directory):
        profiles.save(directory, profiles.load(directory).with_default(name))
    context.say(f"Profile {name} is used when none is named.")


def _row(name: str, known: Profiles) -> Row:
    profile = known.named[name]
    return {
        "name": name,
        "default": name == known.default,
        "env": profile.env,
        "keyType": profile.key_type,
        "apiKey": profile.api_key,
        "store": profile.store,
        "privateKeyFile": profile.private_key_file or None,
        "market": profile.market or None,
        "output": profile.output or None,
        "restUrl": profile.rest_url or None,
        "wsApiUrl": profile.ws_api_url or None,
        "streamUrl": profile.stream_url or None,
    }


def _lines(profile: Profile, where: str) -> list[tuple[str, str, str]]:
    """Label, value and source of everything a run would use."""
    secret = profile.private_key_file or "***"
    lines = [_preference(profile, option) for option in ABOVE]
    lines += [
        ("key type", profile.key_type, "found by itself"),
        ("API key", profile.api_key, where),
        ("signs with", secret, profiles.FILE if profile.private_key_file else where),
    ]
    addresses = ("rest_url", "ws_api_url", "stream_url")
    for option in addresses:
        given = getattr(profile, option)
        label = "--" + option.replace("_", "-")
        lines.append((label, given or "-", profiles.FILE if given else "built in"))
    return lines


def _preference(profile: Profile, option: str) -> tuple[str, str, str]:
    """A preference as a run would take it: the environment goes before the profile."""
    if above := os.environ.get(ABOVE[option]):
        return option, above, ABOVE[option]
    if mine := getattr(profile, option):
        return option, mine, profiles.FILE
    return option, BUILT_IN[option], "built in"
