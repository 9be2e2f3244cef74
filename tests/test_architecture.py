"""Imports point down, each library has one home, and nothing in the client can trade."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from binfut_cli.api.allowed import ALLOWED, Way

PACKAGE = Path(__file__).parent.parent / "binfut_cli"
FILES = sorted(PACKAGE.rglob("*.py"))
SANDBOX = PACKAGE / "sandbox"
CLIENT = [path for path in FILES if SANDBOX not in path.parents]

# What each part may import besides itself. A new part needs a row here.
READ = {"errors", "markets", "models", "protocol", "wire"}
BELOW: dict[str, set[str]] = {
    "errors": set(),
    "signing": set(),
    "redaction": set(),
    "allowed": set(),
    "wire": {"errors"},
    "markets": {"errors"},
    "models": {"wire"},
    "events": {"markets", "wire"},
    "state": {"events", "models", "wire"},
    "derived": {"markets", "models", "wire"},
    "order_prices": {"derived", "wire"},
    "refusals": {"errors", "markets", "wire"},
    "protocol": {"errors", "markets", "refusals", "wire"},
    "keys.files": {"errors"},
    "keys.toml": set(),
    "credentials": {"errors", "keys.files", "signing"},
    "config": {"credentials", "errors", "keys.files"},
    "profiles": {"errors", "keys.files", "keys.toml", "markets", "signing"},
    "keys": {"config", "credentials", "errors", "keys.files", "keys.toml", "markets", "profiles"},
    "permissions": {"errors", "keys.files", "wire"},
    "transport": {"allowed", "errors", "wire"},
    "transport.transport": {"allowed", "errors", "markets", "refusals", "transport"},
    "shapes": {"errors", "wire"},
    "clock": {"errors", "protocol", "shapes"},
    "ws_api": {
        "allowed", "errors", "markets", "protocol", "signing", "transport", "transport.transport",
    },
    "account": {
        *READ, "allowed", "clock", "credentials", "shapes", "signing", "transport",
        "transport.transport", "ws_api",
    },
    "questions": {*READ, "account", "derived", "order_prices", "shapes", "signing"},
    "watch": {
        *READ, "account", "allowed", "clock", "events", "questions", "redaction", "state",
        "transport", "transport.transport",
    },
    "render": {*READ, "account", "derived", "order_prices", "questions", "state", "watch"},
    "doctor": {
        *READ, "account", "allowed", "clock", "credentials", "events", "keys", "keys.files",
        "questions", "redaction", "render", "signing", "transport", "transport.transport",
        "ws_api",
    },
    "schema": {*READ, "events", "questions"},
    "sandbox": set(),  # a second reading of the protocol: it shares no code with the client
    "__main__": {"cli"},
    "__init__": set(),
}  # fmt: skip
TOP = {"cli", "manual"}  # these may import everything

# The one home of each library: a file, or a folder.
HOMES = {
    "cryptography": ("signing.py", "sandbox/"),
    "dotenv": ("config.py",),
    "keyring": ("keys/",),
    "msgspec": ("wire.py", "models.py", "protocol.py", "questions/", "schema.py"),
    "platformdirs": ("keys/",),
    "requests": ("transport/rest.py",),
    "rich": ("render/tables.py", "render/live.py"),
    "typer": ("cli/", "manual/"),
    "click": ("cli/", "manual/"),
    "websocket": ("transport/ws.py",),
    "websockets": ("sandbox/",),
}
PURE = {
    "allowed", "derived", "errors", "events", "markets", "models", "order_prices", "protocol",
    "refusals", "signing", "state", "wire",
}  # fmt: skip
SURROUNDINGS = {
    "asyncio", "io", "os", "pathlib", "queue", "random", "select", "shutil", "socket", "ssl",
    "subprocess", "sys", "threading", "time", "urllib.request", "http",
}  # fmt: skip


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def part(path: Path) -> str:
    return layer(path.relative_to(PACKAGE).with_suffix("").parts)


def layer(module: Sequence[str]) -> str:
    """The row of the table that a module belongs to: its folder's, or one of its own."""
    own = ".".join(module[:2])
    return own if own in BELOW else module[0]


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, also where only a type checker or a function does."""
    for node in nodes(path):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module)):
                assert node.level == 0, f"{name(path)} has a relative import"
                yield from (f"{module}.{alias.name}" for alias in node.names)


def test_the_files_are_found() -> None:
    """Without this, every test below could pass by looking at nothing."""
    assert {"wire.py", "cli/app.py", "sandbox/exchange.py"} <= {name(path) for path in FILES}
    assert "binfut_cli.errors.AnswerError" in set(imported(PACKAGE / "wire.py"))


def test_imports_point_down() -> None:
    for path in FILES:
        own = part(path)
        allowed = BELOW.get(own, set()) | {own, "__version__"}
        modules = [module for module in imported(path) if module.startswith("binfut_cli.")]
        found = {layer(module.split(".")[1:]) for module in modules}
        assert own in TOP or found <= allowed, f"{name(path)} imports {found - allowed}"


def test_the_order_of_the_layers_has_no_circle() -> None:
    left = dict(BELOW)
    while left:
        free = {own for own, below in left.items() if not below & left.keys()}
        assert free, f"a circle among {sorted(left)}"
        left = {own: below for own, below in left.items() if own not in free}


def test_each_library_has_one_home() -> None:
    for path in FILES:
        tops = {module.split(".")[0] for module in imported(path)}
        for library in tops - set(sys.stdlib_module_names) - {"binfut_cli"}:
            assert name(path).startswith(HOMES[library]), f"{name(path)} imports {library}"


@pytest.mark.parametrize("path", [path for path in CLIENT if part(path) in PURE], ids=name)
def test_the_pure_parts_know_no_clock_file_or_socket(path: Path) -> None:
    for module in imported(path):
        assert not {module, module.split(".")[0], module.rpartition(".")[0]} & SURROUNDINGS


def test_only_the_top_starts_a_sandbox() -> None:
    for path in CLIENT:
        if any(module.startswith("binfut_cli.sandbox") for module in imported(path)):
            assert part(path) in TOP, name(path)


def test_the_tests_use_nothing_of_the_benchmarks() -> None:
    """What both need is support of the tests; what measures is tested beside it, in `bench`."""
    importing = re.compile(r"^\s*(import|from) bench\b", re.MULTILINE)
    for path in Path(__file__).parent.rglob("*.py"):
        assert not importing.search(path.read_text(encoding="utf-8")), path
    assert importing.search((PACKAGE.parent / "bench" / "test_chaos.py").read_text("utf-8"))


def test_the_root_command_loads_nothing_heavy() -> None:
    code = "import sys; import binfut_cli.commands.app; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "typer" in loaded
    heavy = {"cryptography", "msgspec", "requests", "rich", "websocket", "websockets", "pydantic"}
    assert not heavy & loaded


# -- what the client cannot do --------------------------------------------------------------

WORDS = re.compile(
    r"order\.(place|modify|cancel|test)|algoOrder\.|session\.log|userDataStream\.stop"
    r"|/(order|batchOrders|allOpenOrders|algoOrder|countdownCancelAll|leverage|marginType"
    r"|positionMargin|transfer|withdraw)\b"
)
DEEDS = re.compile(
    r"^_?((place|new|create|cancel|amend|modify|replace|submit)_.*orders?|buy|sell|trade_in"
    r"|transfer|withdraw|borrow|repay|(set|change)_(leverage|margin\w*|position_mode|multi_assets)"
    r"|(close|delete|stop)_(listen_key|positions?))$"
)


def constants(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def functions(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def test_no_file_of_the_client_names_a_way_to_trade() -> None:
    for path in CLIENT:
        assert not [text for text in constants(path) if WORDS.search(text)], name(path)
        assert not [found for found in functions(path) if DEEDS.search(found)], name(path)
        assert "DELETE" not in constants(path), name(path)


def test_every_address_in_the_client_is_an_allowed_one() -> None:
    allowed = {request.split()[1] for request in ALLOWED[Way.REST]}
    for path in CLIENT:
        found = {text for text in constants(path) if re.fullmatch(r"/[a-z]api/\S+", text)}
        assert found <= allowed, name(path)


def test_only_the_listen_key_is_ever_written() -> None:
    requests = [request.split() for request in ALLOWED[Way.REST]]
    assert {method for method, _ in requests} == {"GET", "POST", "PUT"}
    written = {path for method, path in requests if method != "GET"}
    assert written == {"/fapi/v1/listenKey", "/dapi/v1/listenKey"}
    assert not [method for method in ALLOWED[Way.WS_API] if WORDS.search(method)]


@pytest.mark.parametrize(
    "text", ["order.place", "/fapi/v1/order", "/dapi/v1/leverage", "userDataStream.stop"]
)
def test_the_words_looked_for_are_found(text: str) -> None:
    assert WORDS.search(text)
    assert not WORDS.search("/fapi/v1/openOrders")


@pytest.mark.parametrize("deed", ["place_order", "cancel_all_orders", "set_leverage", "transfer"])
def test_the_deeds_looked_for_are_found(deed: str) -> None:
    assert DEEDS.search(deed)
    assert not DEEDS.search("open_orders")
