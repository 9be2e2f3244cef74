"""Imports point down, each library has one home, and nothing in the client can trade."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import ascii_letters

import pytest

from binfut_cli.api.allowed import ALLOWED, Way
from binfut_cli.stream import events

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "binfut_cli"
TOOLS = ROOT / "tools"
FILES = sorted(PACKAGE.rglob("*.py"))
SANDBOX = PACKAGE / "sandbox"
CLIENT = [path for path in FILES if SANDBOX not in path.parents]
EVERY = [*FILES, *sorted(TOOLS.rglob("*.py"))]
FOLDERS = [path.parent for path in EVERY if path.name == "__init__.py" and path.parent != PACKAGE]
GUIDE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

# From below to above: what a folder may import is of its own layer or of one below.
LAYERS = (
    "errors", "codec", "endpoints", "auth", "api", "resources", "stream", "recording", "render",
    "doctor", "sandbox", "commands", "__main__", "tools",
)  # fmt: skip
# What stands beside the folders, and what it may import.
BESIDE = {
    "errors": set(),
    "codec": {"errors"},
    "endpoints": {"errors"},
    "__main__": {"commands", "commands.process"},
}
IN_EVERY_FOLDER = {"__init__.py", "__main__.py", "__pycache__"}
WIDEST = 12  # entries of a folder that one can know
MOST_METHODS, MOST_ATTRIBUTES = 15, 12  # of a class, unless its head says "that is why"

# The one home of each library: a file, or a folder.
HOMES = {
    "cryptography": ("auth/signing.py", "sandbox/"),
    "dotenv": ("auth/environment.py",),
    "greenlet": ("api/transport/waiting/turns.py",),
    "keyring": ("auth/",),
    "msgspec": (
        "codec.py",
        "endpoints.py",  # from here to `commands/`, values on the way of every answer
        "api/",
        "auth/",
        "commands/",
        "render/account/ages.py",
        "render/account/tables.py",
        "render/choice.py",
        "render/output.py",
        "render/palette.py",
        "render/zone.py",
        "render/watch/events/",  # lines, of which a flood makes thousands a second
        "recording/",
        "resources/",
        "render/json_schema.py",
        "sandbox/",
        "stream/events.py",
        "stream/fold/outcome.py",
        "stream/records.py",
    ),
    "platformdirs": ("auth/",),
    "prometheus_client": ("commands/watch/metrics/serving.py",),
    "plotly": ("render/recording/page.py",),
    "redis": ("recording/broker/",),
    "rich": ("render/account/tables.py", "render/account/picture.py", "render/watch/live/"),
    "textual": ("render/watch/live/", "bench/dashboard/"),
    "typer": ("commands/", "tools/manual/"),
    "click": ("commands/", "tools/manual/"),
    "websockets": ("sandbox/server/",),
}
PURE = (
    "api/allowed.py", "api/clock.py", "api/envelope.py", "api/error_codes.py", "auth/signing.py",
    "codec.py", "endpoints.py", "errors.py", "resources/figures/derived.py",
    "resources/figures/models.py", "resources/figures/order_prices.py",
    "resources/result/column.py",
    "stream/events.py", "stream/fold/", "stream/live/", "stream/records.py", "stream/state.py",
)  # fmt: skip
SURROUNDINGS = {
    "asyncio", "io", "os", "pathlib", "queue", "random", "select", "shutil", "socket", "ssl",
    "subprocess", "sys", "threading", "time", "urllib.request", "http",
}  # fmt: skip


def name(path: Path) -> str:
    return path.relative_to(PACKAGE if PACKAGE in path.parents else ROOT).as_posix()


def module(path: Path) -> str:
    """A file's name to import it by; of the package's modules without the package's own."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removeprefix("binfut_cli.").removesuffix(".__init__")


def folder(found: str) -> str:
    """The folder a module is of: its own name if it is one; beside the folders, the module."""
    return found if found in MAY_IMPORT else found.rpartition(".")[0] or found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree(path)))


def docstring(path: Path) -> str:
    return " ".join((ast.get_docstring(tree(path)) or "").split())


def may_import(path: Path) -> set[str]:
    """What a folder may import besides itself: the last sentence of its docstring."""
    named = re.search(r"Imports ([\w., ]+)\.$", docstring(path / "__init__.py"))
    assert named, f"{path} does not say what it imports"
    return set(named[1].split(", ")) - {"nothing"}


MAY_IMPORT: dict[str, set[str]] = {module(path): may_import(path) for path in FOLDERS} | BESIDE
MODULES = {module(path): path for path in EVERY}


def imports(path: Path) -> set[str]:
    """The project's modules that a file imports, wherever in it."""
    named = {each.removeprefix("binfut_cli.") for each in imported(path)}
    found = {each if each in MODULES else each.rpartition(".")[0] for each in named}
    return found & MODULES.keys() - {module(path)}


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Every module a file imports, also where only a type checker or a function does."""
    return tuple(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in nodes(path):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module)):
                assert node.level == 0, f"{name(path)} has a relative import"
                yield from (f"{module}.{alias.name}" for alias in node.names)


def test_the_files_are_found() -> None:
    """Without this, every test below could pass by looking at nothing."""
    assert {"codec.py", "commands/app.py", "sandbox/exchange/ledger.py"} <= set(map(name, FILES))
    assert "binfut_cli.errors.AnswerError" in set(imported(PACKAGE / "codec.py"))
    assert {"errors", "auth.signing", "api.ws_api"} <= imports(PACKAGE / "api" / "client.py")
    assert "commands.account.run" in imports(PACKAGE / "commands" / "account" / "declare.py")
    assert {"stream.fold", "tools.manual"} <= MAY_IMPORT.keys()


def test_every_file_imports_what_its_folder_says() -> None:
    for path in EVERY:
        own = folder(module(path))
        found = {folder(each) for each in imports(path)} - {own}
        assert found <= MAY_IMPORT.get(own, set()), f"{module(path)}: {found - MAY_IMPORT[own]}"


def test_every_model_is_ready_before_threads_use_it() -> None:
    models = {
        node.name: {ast.unparse(each) for each in node.decorator_list}
        for path in CLIENT
        if path.is_relative_to(PACKAGE / "resources")
        for node in nodes(path)
        if isinstance(node, ast.ClassDef) and any(each.arg == "rename" for each in node.keywords)
    }
    assert len(models) > 10
    assert {name for name, decorators in models.items() if "ready" not in decorators} == set()


def test_imports_point_down() -> None:
    layers = {each: LAYERS.index(each.split(".")[0]) for each in MAY_IMPORT}
    for own, below in MAY_IMPORT.items():
        assert below <= MAY_IMPORT.keys(), f"{own} names {below - MAY_IMPORT.keys()}"
        assert not [each for each in below if layers[each] > layers[own]], own
    client = {each for each in MAY_IMPORT if each.split(".")[0] not in ("sandbox", "commands")}
    assert not [each for each in client if "sandbox" in MAY_IMPORT[each]], (
        "only a command starts one"
    )
    assert not [each for each, path in MODULES.items() if "tools" in imports(path)]


def test_the_sandbox_shares_no_code_with_the_client() -> None:
    for own, below in MAY_IMPORT.items():
        if own.split(".")[0] == "sandbox":
            assert all(each.split(".")[0] == "sandbox" for each in below), own


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Not in a function either, nor for a type checker only."""
    left = {each: imports(path) for each, path in MODULES.items()}
    while left:
        free = {each for each, below in left.items() if not below & left.keys()}
        assert free, f"a circle among {sorted(left)}"
        left = {each: below for each, below in left.items() if each not in free}


def test_no_folder_is_too_wide_to_know() -> None:
    for path in [PACKAGE, *FOLDERS]:
        entries = {each.name for each in path.iterdir()} - IN_EVERY_FOLDER
        assert len(entries) <= WIDEST, f"{path.relative_to(ROOT)}: {sorted(entries)}"


def methods(found: ast.ClassDef) -> int:
    return sum(isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) for each in found.body)


def attributes(found: ast.ClassDef) -> int:
    """What a class declares, and what its methods set of themselves."""
    declared = {
        each.target.id
        for each in found.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    }
    stored = {
        each.attr
        for each in ast.walk(found)
        if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store)
        and isinstance(each.value, ast.Name) and each.value.id == "self"
    }  # fmt: skip
    return len(declared | stored)


def is_frozen(found: ast.ClassDef) -> bool:
    """A value has as many fields as what it is of: a row of the exchange's, or options."""
    heads = [ast.unparse(each) for each in [*found.decorator_list, *found.keywords]]
    return any("frozen=True" in each for each in heads)


def is_large(found: ast.ClassDef) -> bool:
    """Whether a class is larger than one keeps in mind."""
    has_many = attributes(found) > MOST_ATTRIBUTES and not is_frozen(found)
    return has_many or methods(found) > MOST_METHODS


def test_a_large_class_says_why_at_its_head() -> None:
    classes = [each for path in EVERY for each in nodes(path) if isinstance(each, ast.ClassDef)]
    large = {each.name: ast.get_docstring(each) or "" for each in classes if is_large(each)}
    assert "Reducer" in large
    assert not [name for name, head in large.items() if "that is why" not in head]


def test_the_guide_lists_every_folder_as_it_says_of_itself() -> None:
    rows = re.findall(r"^\| `([\w./]+)/` \| .+ \| ([\w./, ]+) \|$", GUIDE, re.MULTILINE)
    listed = {
        where.replace("/", "."): set(below.split(", ")) - {"nothing"} for where, below in rows
    }
    assert listed == {own: MAY_IMPORT[own] for own in MAY_IMPORT.keys() - BESIDE.keys()}


@pytest.mark.parametrize("whole", ["stream", "recording"])
def test_the_guide_names_every_file_of_what_it_explains_file_by_file(whole: str) -> None:
    named = set(re.findall(r"`([\w/]+)`", GUIDE))
    paths = [path.relative_to(PACKAGE / whole) for path in (PACKAGE / whole).rglob("[!_]*.py")]
    told = {path: {path.stem, *(f"{part}/" for part in path.parents)} for path in paths}
    assert not [
        path for path, names in told.items() if not named & {*names, str(path.with_suffix(""))}
    ]


def test_each_library_has_one_home() -> None:
    for path in EVERY:
        tops = {module.split(".")[0] for module in imported(path)}
        for library in tops - set(sys.stdlib_module_names) - {"binfut_cli", "tools"}:
            assert name(path).startswith(HOMES[library]), f"{name(path)} imports {library}"


@pytest.mark.parametrize("path", [path for path in CLIENT if name(path).startswith(PURE)], ids=name)
def test_the_pure_parts_know_no_clock_file_or_socket(path: Path) -> None:
    for module in imported(path):
        assert not {module, module.split(".")[0], module.rpartition(".")[0]} & SURROUNDINGS


def looked_up(node: ast.AST) -> object:
    """The key that is looked for in a mapping, if that is written there."""
    match node:
        case (
            ast.Subscript(slice=ast.Constant(value=key))
            | ast.Compare(left=ast.Constant(value=key), ops=[ast.In() | ast.NotIn()])
            | ast.Call(func=ast.Attribute(attr="get" | "pop"), args=[ast.Constant(value=key), *_])
        ):
            return key
    return None


def test_only_events_reads_the_short_keys_of_the_exchange() -> None:
    tables = [getattr(events, each) for each in vars(events) if each.isupper()]
    short = {key for table in tables if isinstance(table, dict) for key in table if len(key) < 5}
    short |= set(ascii_letters) - {"v"}  # the version of a record is ours
    found = {name(path) for path in CLIENT for node in nodes(path) if looked_up(node) in short}
    assert found == {"stream/events.py"}


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
    heavy = {"cryptography", "rich", "websockets", "pydantic"}
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
