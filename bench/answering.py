"""The replies that a client's proofs of life need: pongs, and what it subscribes to."""

import json
import socket
import threading

TEXT, PING, PONG = 0x1, 0x9, 0xA


def answer(client: socket.socket, key: str, sending: threading.Lock) -> None:
    """Answer pings and LIST_SUBSCRIPTIONS until the client leaves (RFC 6455, section 5.2)."""
    data = b""
    while received := client.recv(65536):
        data += received
        while (frame := _frame(data)) is not None:
            opcode, payload, data = frame
            if opcode == PING:
                _send(client, PONG, payload, sending)
            elif opcode == TEXT:
                reply = {"result": [key], "id": json.loads(payload)["id"]}
                _send(client, TEXT, json.dumps(reply).encode(), sending)


def _frame(data: bytes) -> tuple[int, bytes, bytes] | None:
    """The first whole, masked and short frame: its opcode, its payload, and what follows."""
    if len(data) < 6 or len(data) < 6 + (data[1] & 0x7F):
        return None
    end = 6 + (data[1] & 0x7F)
    mask = data[2:6]
    payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data[6:end]))
    return data[0] & 0x0F, payload, data[end:]


def _send(client: socket.socket, opcode: int, payload: bytes, sending: threading.Lock) -> None:
    with sending:
        client.sendall(bytes([0x80 | opcode, len(payload)]) + payload)
