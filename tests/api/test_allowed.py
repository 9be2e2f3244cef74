"""The whole list of what may be sent, and that nothing in the client gets past it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from binfut_cli.api.allowed import ALLOWED, Way, check
from tests.test_architecture import CLIENT, imported, name, nodes, tree

# What can open a connection, and who may have it.
OPENING = {
    "http.client": {"api/transport/rest.py", "api/transport/answers.py"},  # the latter reads only
    "socket": {
        "api/transport/answers.py",
        "api/transport/dialling.py",
        "api/transport/rest.py",
        "api/transport/upgrade.py",
        "api/transport/ws.py",
        "commands/process/systemd.py",
        "commands/watch/metrics/serving.py",  # it listens
    },
    "wsgiref": {"commands/watch/metrics/serving.py"},
    "subprocess": {"commands/watch/alerting/program.py"},
}
NOBODYS = {
    "asyncio", "ftplib", "http.server", "httpx", "imaplib", "multiprocessing", "poplib", "requests",
    "smtplib", "socketserver", "urllib.request", "urllib3", "websocket",
    "websockets", "xmlrpc",
}  # fmt: skip


def test_what_may_be_sent_is_exactly_this() -> None:
    """Reading, and the listenKey: nothing that trades, moves money or changes a setting."""
    assert {
        Way.WS_API: {
            "time",
            "account.status",
            "account.balance",
            "account.position",
            "v2/account.status",
            "v2/account.balance",
            "v2/account.position",
            "userDataStream.start",
            "userDataStream.ping",
        },
        Way.STREAM: {"SUBSCRIBE", "LIST_SUBSCRIPTIONS"},
        Way.MARKET: {"SUBSCRIBE", "UNSUBSCRIBE"},
        Way.REST: {
            "GET /sapi/v1/account/apiRestrictions",
            "GET /fapi/v1/time",
            "GET /fapi/v1/accountConfig",
            "GET /fapi/v1/symbolConfig",
            "GET /fapi/v1/feeBurn",
            "GET /fapi/v1/openOrders",
            "GET /fapi/v1/openAlgoOrders",
            "GET /fapi/v1/premiumIndex",
            "GET /fapi/v1/leverageBracket",
            "GET /fapi/v1/income",
            "GET /fapi/v1/allOrders",
            "GET /fapi/v1/allAlgoOrders",
            "GET /fapi/v1/commissionRate",
            "GET /fapi/v1/userTrades",
            "POST /fapi/v1/listenKey",
            "PUT /fapi/v1/listenKey",
            "GET /dapi/v1/time",
            "GET /dapi/v1/positionSide/dual",
            "GET /dapi/v1/openOrders",
            "GET /dapi/v1/openAlgoOrders",
            "GET /dapi/v1/premiumIndex",
            "GET /dapi/v2/leverageBracket",
            "GET /dapi/v1/income",
            "GET /dapi/v1/allOrders",
            "GET /dapi/v1/allAlgoOrders",
            "GET /dapi/v1/commissionRate",
            "GET /dapi/v1/userTrades",
            "POST /dapi/v1/listenKey",
            "PUT /dapi/v1/listenKey",
        },
    } == ALLOWED


@pytest.mark.parametrize("way", list(Way))
@pytest.mark.parametrize(
    "request_",
    [
        "order.place",
        "algoOrder.place",
        "userDataStream.stop",
        "session.logon",
        "v2/order.place",
        "ACCOUNT.STATUS",
        "account.status ",
        "POST /fapi/v1/order",
        "DELETE /fapi/v1/listenKey",
        "POST /fapi/v1/time",
        "get /fapi/v1/time",
        "GET /fapi/v1/time?x",
        "",
    ],
)
def test_nothing_else_may(way: Way, request_: str) -> None:
    with pytest.raises(PermissionError, match="does not send"):
        check(way, request_)


def test_an_account_stream_is_never_unsubscribed() -> None:
    with pytest.raises(PermissionError):
        check(Way.STREAM, "UNSUBSCRIBE")


def test_what_may_go_one_way_may_not_go_another() -> None:
    both = {frozenset((Way.STREAM, Way.MARKET)): {"SUBSCRIBE"}}
    for way, other in ((a, b) for a in Way for b in Way if a is not b):
        theirs = ALLOWED[other] - both.get(frozenset((way, other)), set())
        for each in theirs:
            with pytest.raises(PermissionError):
                check(way, each)


# -- no way past it -------------------------------------------------------------------------


@cache
def calls(path: Path) -> tuple[tuple[str, str], ...]:
    """Each call in a file as (the function or method around it, what is called)."""
    return tuple(_calls(tree(path), ""))


def _calls(node: ast.AST, around: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        around = f"{around}.{node.name}".lstrip(".")
    if isinstance(node, ast.Call):
        yield around, dotted(node.func)
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, around)


def dotted(node: ast.expr) -> str:
    """A name with its dots; of what is no name, how it ends."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def callers(*called: str) -> set[str]:
    """Where any of them is called, in the whole client."""
    return {
        f"{name(path)}:{around}"
        for path in CLIENT
        for around, what in calls(path)
        if what in called or what.rpartition(".")[2] in called
    }


def test_nobody_else_can_open_a_connection() -> None:
    for path in CLIENT:
        modules = {module for found in imported(path) for module in prefixes(found)}
        assert not modules & NOBODYS, name(path)
        for module in modules & OPENING.keys():
            assert name(path) in OPENING[module], f"{name(path)} imports {module}"


def prefixes(module: str) -> Iterator[str]:
    parts = module.split(".")
    return (".".join(parts[: end + 1]) for end in range(len(parts)))


def test_only_what_the_user_names_is_run() -> None:
    program, listeners = (f"commands/watch/alerting/{each}.py" for each in ("program", "listeners"))
    runs = ("Popen", "os.system", "os.popen", "os.posix_spawn", "os.execv", "os.execve")
    assert callers(*runs) == {f"{program}:Program._run"}
    assert callers("Program") == {f"{listeners}:Listeners.__init__"}
    assert callers("Run") == {f"{listeners}:Listeners.tell"}


def test_every_connection_is_opened_in_one_place() -> None:
    assert callers("ws.connect") == {"api/transport/transport.py:Transport.open_ws"}
    assert callers("rest.send") == {"api/transport/transport.py:Transport.send_rest"}
    assert callers("Connection") == {"api/transport/ws.py:connect"}
    assert callers("Dialling") == {"api/transport/ws.py:connect", "api/transport/rest.py:send"}
    assert callers("upgraded") == {"api/transport/ws.py:connect.opened"}
    asking = callers("http.client.HTTPConnection", "connection.request")
    assert asking == {"api/transport/rest.py:_exchange"}
    assert callers("socket.socket", "socket.create_connection") == {
        "api/transport/dialling.py:_dialled",
        "commands/process/systemd.py:SystemdNotifier._send",
    }


def test_both_transports_look_at_the_list_before_they_send() -> None:
    looking = {"api/transport/ws.py:Connection.send", "api/transport/rest.py:send"}
    assert callers("allowed.check") == looking
    assert callers("frames.encode") == {
        "api/transport/ws.py:Connection._send",
        "api/transport/ws.py:Connection._say_goodbye",
    }
    texts = {
        f"{name(path)}:{call.lineno}"
        for path in CLIENT
        for call in nodes(path)
        if isinstance(call, ast.Call) and call.args and dotted(call.args[0]) == "frames.TEXT"
    }
    assert len(texts) == 1
    written = callers("self._sock.send", "sock.send", "sendall", "sendto", "sendmsg")
    assert written == {
        "api/transport/ws.py:_Duplex._written",  # what was made by `frames.encode`
        "api/transport/dialling.py:sent.some",  # a CONNECT and an upgrade, as below
        "commands/process/systemd.py:SystemdNotifier._send",  # to this machine only, as below
    }
    assert callers("sent") == {
        "api/transport/dialling.py:_tunnel",
        "api/transport/upgrade.py:upgraded",
    }
    assert callers("self._duplex.write") == callers("frames.encode")


def test_the_supervisors_socket_leads_to_this_machine_only() -> None:
    supervisor = next(path for path in CLIENT if name(path) == "commands/process/systemd.py")
    made = [
        ast.unparse(node)
        for node in nodes(supervisor)
        if isinstance(node, ast.Call) and dotted(node.func).startswith("socket.")
    ]
    assert made == ["socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)"]
