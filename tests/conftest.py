"""A sandbox for every test that asks for one, on a port of its own."""

import tests.support.bytecode  # noqa: F401

# isort: split
import gc
import signal
from collections.abc import Iterator

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings

from binfut_cli.sandbox import Sandbox
from tests.support.redis_server import RedisServer, served

# Each property is tried with ten examples, always the same: CONTRIBUTING says how with more.
# To make a failing course of the watch shorter takes minutes: that is left to "many".
AT_ONCE = (Phase.explicit, Phase.generate)
settings.register_profile("few", derandomize=True, deadline=None, max_examples=10, phases=AT_ONCE)
settings.register_profile("some", settings.get_profile("few"), max_examples=150)
settings.register_profile("many", deadline=None, max_examples=2000)
settings.load_profile("few")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts a job in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what is started here shall not

gc.disable()  # what is collected lives to the end, and need not be looked through meanwhile


def pytest_collection_finish() -> None:
    """Look from here on for what the tests leave, and never at what was there before them."""
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    gc.enable()


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """A worker tells how each test ended, and nothing of what went well around it.

    What is told is a message that both processes pay for: of five a test, three say nothing.
    """
    if not hasattr(item.config, "workerinput"):
        return None
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start() as running:
        yield running


@pytest.fixture(scope="session")
def _one_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with served(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(_one_redis: RedisServer) -> RedisServer:
    """The server of all tests, with nothing in it; one may set what is put back here."""
    with _one_redis.client() as client:
        client.flushall()
        client.config_set("maxmemory", 0)
    return _one_redis
