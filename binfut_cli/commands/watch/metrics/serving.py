"""The server that Prometheus asks: read only, one question at a time, and in nobody's way."""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from wsgiref.handlers import BaseHandler
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.metrics import figures
from binfut_cli.commands.watch.metrics.address import OPTION, Address
from binfut_cli.commands.watch.metrics.observing import Leases, Observed, Observer
from binfut_cli.endpoints import bracketed, is_loopback
from binfut_cli.errors import ConfigError
from binfut_cli.render.escape import plain
from binfut_cli.stream.engine import Engine, Setup
from binfut_cli.stream.records import Record

BaseHandler.os_environ = {}  # wsgiref keeps a copy of the environment, and so of a key, for scripts
WAIT_S = 2.0
"""How long a client may leave a request unfinished, or an answer untaken: others wait for it."""
LOOK_S = 0.1
"""How often the server sees that it is to end: nobody shall wait for that."""
REFUSED = b"binfut serves this computer alone, by its own address: the Host header names another.\n"


class Exposition(Collector):
    """What is served: the figures that were last observed."""

    def __init__(self, clean: Callable[[str], str]) -> None:
        self._clean = clean
        self._seen: Observed | None = None
        self._leases: Leases = dict

    def sharing(self, leases: Leases) -> None:
        """Serve besides who has the accounts of a share; to be called before it looks at any."""
        self._leases = leases

    def looking_at(self, engine: Engine, setup: Setup) -> Callable[[list[Record]], object]:
        """Look at the accounts of a watch from now on."""
        return Observer(engine, setup.backlog, self.show, self._leases)

    def show(self, seen: Observed) -> None:
        """Serve this from now on."""
        self._seen = seen

    def collect(self) -> Iterator[Metric]:
        """The figures, by metric; nothing before the watch has begun."""
        if (seen := self._seen) is None:
            return
        families = {each: _family(each) for each in figures.METRICS}
        for figure in figures.figures(seen, time.monotonic(), self._clean):
            families[figure.metric].add_metric(figure.labels, figure.number)
        yield from (family for family in families.values() if family.samples)

    def describe(self) -> Iterable[Metric]:
        """Nothing: who registers it shall not ask it for its figures."""
        return ()


def _family(metric: figures.Metric) -> GaugeMetricFamily | CounterMetricFamily:
    kind = CounterMetricFamily if metric.is_counter else GaugeMetricFamily
    return kind(metric.name, metric.help, labels=metric.labels)


@contextmanager
def served(context: Context, at: Address) -> Iterator[Exposition]:
    """Serve while in the block; raise ConfigError if the address cannot be had."""

    def clean(text: str) -> str:
        return context.redactor.scrub(plain(text).encode()).decode()

    exposition, registry = Exposition(clean), CollectorRegistry()
    registry.register(exposition)
    server = _server(at, _admitted(_told(make_wsgi_app(registry)), at))
    context.say(f"binfut: metrics are at http://{bracketed(at.host)}:{server.server_port}/metrics")
    thread = threading.Thread(
        target=server.serve_forever, args=(LOOK_S,), name="binfut metrics", daemon=True
    )
    thread.start()
    try:
        yield exposition
    finally:
        server.shutdown()
        server.server_close()


def _server(at: Address, app: WSGIApplication) -> WSGIServer:
    kind = _ServerV6 if ":" in at.host else _Server
    try:
        return make_server(at.host, at.port, app, server_class=kind, handler_class=_Handler)
    except OSError as exc:
        where = f"{bracketed(at.host)}:{at.port}"
        raise ConfigError(
            f"{OPTION}: {where} cannot be listened on: {exc.strerror or exc}.",
            hint="End what has it, or choose another port.",
        ) from exc


def _told(app: WSGIApplication) -> WSGIApplication:
    """The same, but a bug is told as on any other thread, where its text loses what is secret."""

    def told(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        try:
            return app(environ, start)
        except Exception as exc:
            said = type(exc), exc, exc.__traceback__, threading.current_thread()
            threading.excepthook(threading.ExceptHookArgs(said))
            start("500 Internal Server Error", [])
            return []

    return told


def _admitted(app: WSGIApplication, at: Address) -> WSGIApplication:
    """The same, to who names this computer: a web page that had a name of its own lead here is not.

    Where others may read, names of this computer are not known, and all are taken.
    """

    def admitted(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if at.is_own and not _is_named_so(environ.get("HTTP_HOST", "")):
            start("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
            return [REFUSED]
        return app(environ, start)

    return admitted


def _is_named_so(host: str) -> bool:
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False


class _Server(WSGIServer):
    """Answers one after the other, so that no crowd of clients takes threads from the watch."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up, or was too slow, is its own fault."""


class _ServerV6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = WAIT_S

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: standard error is for what went wrong."""
