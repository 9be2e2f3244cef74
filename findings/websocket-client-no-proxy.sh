#!/usr/bin/env bash
# websocket-client reads its option `http_no_proxy` only if `http_proxy_host` is given beside it.
#
# With a proxy that comes from the environment, the list of exceptions that the caller hands over is
# dropped without a word, and the connection to an excepted host goes to the proxy; the same list in
# the variable NO_PROXY works, and so does the option beside any `http_proxy_host`.
# Seen with websocket-client 1.9.2: "option alone: asked the proxy", "variable: went straight",
# "option beside a host: went straight".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet websocket-client==1.9.2
cat > "$folder/look.py" <<'PY'
import os
import socket
import threading

import websocket


def listening() -> tuple[socket.socket, list[bytes]]:
    """A server that keeps the first bytes of each connection, and closes it."""
    server, heard = socket.create_server(("127.0.0.1", 0)), []

    def serve() -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with peer:
                heard.append(peer.recv(4096).split(b" ")[0])

    threading.Thread(target=serve, daemon=True).start()
    return server, heard


def way(variables: dict[str, str], **options: object) -> str:
    proxy, at_proxy = listening()
    host, at_host = listening()
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        os.environ.pop(name, None)
    os.environ["http_proxy"] = f"http://127.0.0.1:{proxy.getsockname()[1]}"
    os.environ.update(variables)
    try:
        url = f"ws://localhost:{host.getsockname()[1]}/"
        websocket.create_connection(url, timeout=5, **options)
    except (OSError, websocket.WebSocketException):
        pass  # neither server speaks WebSocket
    assert len(at_proxy) + len(at_host) == 1
    return "asked the proxy" if at_proxy == [b"CONNECT"] else "went straight"


excepted = ["localhost"]
seen = {
    "option alone": way({}, http_no_proxy=excepted),
    "variable": way({"NO_PROXY": "localhost"}),
    "option beside a host": way({}, http_no_proxy=excepted, http_proxy_host="proxy.invalid",
                                http_proxy_port=1),
}
for name, what in seen.items():
    print(f"{name}: {what}")
assert list(seen.values()) == ["asked the proxy", "went straight", "went straight"]
PY
"$folder/env/bin/python" "$folder/look.py"
