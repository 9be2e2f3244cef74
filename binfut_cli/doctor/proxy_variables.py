"""The variables that name a proxy, judged; whether it works is seen when it is used. Pure."""

from collections.abc import Mapping

from binfut_cli.api.transport.proxies import FOR_ALL, proxy_for, value
from binfut_cli.doctor.findings import Judged


def judged(environ: Mapping[str, str]) -> Judged:
    """Judge the variables themselves; raise ConfigError for one that cannot be read."""
    given = {name: value(name, environ) for name in ("https_proxy", FOR_ALL)}
    found = proxy_for("any.invalid", True, given)
    return Judged("none" if found is None else f"{found.shown}, from {found.variable}")
