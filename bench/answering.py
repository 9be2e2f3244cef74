"""The replies that a client's proofs of life need: pongs, and what it subscribes to."""

import json
import socket
import threading

TEXT, PING, PONG = 0x1, 0x9, 0xA
EXTENDED = 126  # the length is in the next two bytes


def answer(client: socket.socket, key: str, sending: threading.Lock) -> None:
    """Answer pings and questions until the client leaves (RFC 6455, section 5.2)."""
    data = b""
    while received := client.recv(65536):
        data += received
        while (frame := _frame(data)) is not None:
            opcode, payload, data = frame
            if opcode == PING:
                _send(client, PONG, payload, sending)
            elif opcode == TEXT:
                asked = json.loads(payload)
                listed = [key] if asked["method"] == "LIST_SUBSCRIPTIONS" else None
                reply = {"result": listed, "id": asked["id"]}
                _send(client, TEXT, json.dumps(reply).encode(), sending)


def _frame(data: bytes) -> tuple[int, bytes, bytes] | None:
    """The first whole, masked frame of up to 64 KiB: its opcode, its payload, and what follows."""
    if len(data) < 4:
        return None
    size, start = data[1] & 0x7F, 2
    if size == EXTENDED:
        size, start = int.from_bytes(data[2:4]), 4
    end = start + 4 + size
    if len(data) < end:
        return None
    mask = data[start : start + 4]
    payload = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data[start + 4 : end]))
    return data[0] & 0x0F, payload, data[end:]


def _send(client: socket.socket, opcode: int, payload: bytes, sending: threading.Lock) -> None:
    with sending:
        client.sendall(bytes([0x80 | opcode, len(payload)]) + payload)
