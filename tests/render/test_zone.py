"""One zone for all that people read: its name, its summers, and texts that are put into it."""

from collections.abc import Iterator

import pytest

from binfut_cli.codec import LATEST_MS
from binfut_cli.errors import UsageError
from binfut_cli.render import zone

WINTER = 1_700_049_600_123  # 2023-11-15 12:00:00.123 UTC
SUMMER = 1_690_000_000_000  # 2023-07-22 04:26:40 UTC
BANNED = "Way too many requests; IP(1.2.3.4) banned until 1700049600123. Please use the stream."


@pytest.fixture(autouse=True)
def system_zone_afterwards() -> Iterator[None]:
    yield
    zone.use("local")


@pytest.mark.parametrize(
    ("name", "winter", "summer"),
    [
        ("UTC", "2023-11-15 12:00:00 UTC", "2023-07-22 04:26:40 UTC"),
        ("Europe/Berlin", "2023-11-15 13:00:00 CET", "2023-07-22 06:26:40 CEST"),
        ("America/Sao_Paulo", "2023-11-15 09:00:00 UTC-03:00", "2023-07-22 01:26:40 UTC-03:00"),
        ("Asia/Kolkata", "2023-11-15 17:30:00 IST", "2023-07-22 09:56:40 IST"),
    ],
)
def test_a_moment_is_told_in_the_zone_as_it_is_called_then(
    name: str, winter: str, summer: str
) -> None:
    zone.use(name)
    assert (zone.named(WINTER), zone.named(SUMMER)) == (winter, summer)
    assert zone.clock(WINTER) == f"{winter[11:19]}.123"
    assert (zone.stamp(WINTER), zone.day(WINTER)) == (winter[:19], winter[:10])


def test_a_zone_that_is_changed_is_changed_for_moments_that_were_told() -> None:
    zone.use("UTC")
    before = zone.clock(WINTER)
    zone.use("Asia/Tokyo")
    assert (before, zone.clock(WINTER)) == ("12:00:00.123", "21:00:00.123")


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("UTC", "Wednesday 2023-11-15, times in UTC"),
        ("Europe/Berlin", "Wednesday 2023-11-15, times in CET (UTC+01:00)"),
        ("America/Sao_Paulo", "Wednesday 2023-11-15, times in UTC-03:00"),
    ],
)
def test_a_heading_names_the_day_and_the_zone(name: str, heading: str) -> None:
    zone.use(name)
    assert zone.heading(WINTER) == heading


@pytest.mark.parametrize(
    ("name", "meant"),
    [("berlin", "Europe/Berlin"), ("Asia/Tokio", "Asia/Tokyo"), ("new york", "America/New_York")],
)
def test_who_misspells_a_zone_is_told_which_one_was_meant(name: str, meant: str) -> None:
    with pytest.raises(UsageError) as caught:
        zone.use(name)
    assert f"Did you mean {meant}?" in caught.value.hint


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "Europe", "\0", "/etc/localtime", "x" * 999]
)
def test_what_is_no_zone_is_refused_and_changes_nothing(name: str) -> None:
    zone.use("Europe/Berlin")
    with pytest.raises(UsageError, match="is not a time zone"):
        zone.use(name)
    assert zone.name(WINTER) == "CET"


def test_what_is_typed_is_meant_in_the_zone_that_was_chosen_and_else_in_utc() -> None:
    assert str(zone.typed()) == "UTC"
    zone.use("Europe/Berlin")
    assert str(zone.typed()) == "Europe/Berlin"


@pytest.mark.parametrize("name", ["Etc/GMT+12", "Etc/GMT-14", "UTC"])
@pytest.mark.parametrize("time_ms", [LATEST_MS, -1, 0])
def test_the_ends_of_the_calendar_are_told_in_every_zone(name: str, time_ms: int) -> None:
    zone.use(name)
    assert zone.named(time_ms)
    assert zone.clock(time_ms)


def test_moments_in_texts_are_put_into_the_zone() -> None:
    zone.use("Europe/Berlin")
    expired = "The listenKey expired at 2023-11-15 12:00:00 UTC."
    assert zone.localized(expired) == "The listenKey expired at 2023-11-15 13:00:00 CET."
    assert zone.localized(expired, WINTER) == "The listenKey expired at 13:00:00."
    assert "banned until 13:00:00. Please" in zone.localized(BANNED, WINTER)
    assert "banned until 2023-11-15 13:00:00 CET. " in zone.localized(BANNED, SUMMER)


@pytest.mark.parametrize(
    "text", ["", "2023-13-45 99:00:00 UTC", "until 123", "UTC until", "12:00 UTC"]
)
def test_what_is_no_moment_stays_as_it_is(text: str) -> None:
    assert zone.localized(text, WINTER) == text
