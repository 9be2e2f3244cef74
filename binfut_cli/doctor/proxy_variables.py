"""The variables that name a proxy, judged; whether it works is seen when it is used. Pure."""

from collections.abc import Mapping

from binfut_cli.api.transport.proxies import proxy_for, value
from binfut_cli.doctor.findings import Judged, Verdict


def judged(environ: Mapping[str, str]) -> Judged:
    """Judge the variables themselves; raise ConfigError for one that cannot be read."""
    given = value("https_proxy", environ)
    if not given:
        return _without(bool(value("all_proxy", environ)))
    found = proxy_for("any.invalid", True, {"https_proxy": given})
    return Judged("none" if found is None else f"{found.shown}, from https_proxy")


def _without(everything: bool) -> Judged:
    if everything:
        return Judged(
            "all_proxy is set, which binfut does not read",
            Verdict.WARN,
            "Set https_proxy instead.",
        )
    return Judged("none")
