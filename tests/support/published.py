"""The exchange's own addresses, led to a sandbox by a proxy that speaks TLS in their name.

So the program can be run as it is for the real exchange, with no address given.
"""

import contextlib
import datetime
import select
import socket
import ssl
import threading
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

NAMES = ("*.binance.com", "*.binancefuture.com")


class Published:
    """Takes a CONNECT to any of the exchange's hosts, and leads what follows to an address here.

    `env` is what a program needs to be led; `asked` are the hosts that it asked for.
    """

    def __init__(self, address: str, folder: Path) -> None:
        self.asked: list[str] = []
        self._inner = ("127.0.0.1", urlsplit(address).port)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate(folder / "exchange.pem"))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        proxy = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.env = {"https_proxy": proxy, "HTTPS_PROXY": proxy, "no_proxy": "", "NO_PROXY": ""}
        self.env["SSL_CERT_FILE"] = str(folder / "exchange.pem")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for each in (self._listener, *self._open):
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the end
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                self._threads.append(threading.Thread(target=self._lead, args=(client,)))
                self._threads[-1].start()

    def _lead(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):  # either side may go at any moment
            head = client.recv(4096)
            host = head.split()[1].removesuffix(b":443")
            self.asked.append(host.decode())
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with (
                self._context.wrap_socket(client, server_side=True) as outer,
                socket.create_connection(self._inner) as inner,
            ):
                self._open += [outer, inner]
                _pump(outer, inner, b"Host: " + host)


def _pump(outer: ssl.SSLSocket, inner: socket.socket, named: bytes) -> None:
    """Hand all on; a sandbox is asked in its own name, for it answers to no other."""
    while True:
        ready = [outer] if outer.pending() else select.select([outer, inner], [], [])[0]
        for each in ready:
            if not (data := each.recv(65536)):
                return
            if each is outer:
                inner.sendall(data.replace(named, b"Host: localhost", 1))
            else:
                outer.sendall(data)


def certificate(path: Path) -> Path:
    """A certificate of the exchange's names that nobody signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "the exchange, in a test")])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, NAMES))), critical=False)
        .sign(key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.touch(mode=0o600)
    path.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return path
