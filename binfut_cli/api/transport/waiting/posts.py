"""Where a thread waits for sockets, for which another may wait too."""

import contextlib
import select
import selectors
from typing import Generic, TypeVar

from binfut_cli.api.transport.waiting.bell import Alarm

T = TypeVar("T")


class Post(Generic[T]):
    """Sockets, each with what it stands for, and an alarm that ends the wait.

    What was not read to its end is told again. If it `wakes_one`, what comes wakes only the first
    of the threads that wait for it, in the order in which they began to listen.
    """

    def __init__(self) -> None:
        self.alarm = Alarm()
        self._alarm_fd = self.alarm.heard.fileno()
        self._sockets: dict[int, T] = {}
        self._waiting: select.epoll | _Selected
        try:
            self._events = select.EPOLLIN | select.EPOLLEXCLUSIVE
            self._waiting = select.epoll()
            self._waiting.register(self._alarm_fd, self._events)
        except (AttributeError, OSError):  # not Linux, or before 4.5
            self._events, self._waiting = 0, _Selected()
            self._waiting.register(self._alarm_fd, 0)
        self.wakes_one = not isinstance(self._waiting, _Selected)

    def ready(self, wait_s: float) -> list[T]:
        """Wait no longer than that; nobody if the alarm rings, or none comes in time.

        Raise OSError for sockets that were closed, where that is select(2)'s.
        """
        found = []
        for descriptor, _ in self._waiting.poll(wait_s):
            if descriptor == self._alarm_fd:
                self.alarm.quiet()
            elif (socket := self._sockets.get(descriptor)) is not None:
                found.append(socket)
        return found

    def listen(self, descriptor: int, socket: T) -> None:
        """Listen to a socket; raise OSError or ValueError if it was closed.

        Another's that was closed may have had the same number.
        """
        self._unregister(descriptor)
        self._waiting.register(descriptor, self._events)
        self._sockets[descriptor] = socket

    def ignore(self, descriptor: int, socket: T) -> None:
        """Listen to it no longer, if it is still this that has the number."""
        if self._sockets.get(descriptor) is socket:
            del self._sockets[descriptor]
            self._unregister(descriptor)

    def close(self) -> None:
        """Give back what it waits with."""
        self._waiting.close()
        self.alarm.close()

    def _unregister(self, descriptor: int) -> None:
        with contextlib.suppress(OSError, KeyError, ValueError):  # it was closed, or never there
            self._waiting.unregister(descriptor)


class _Selected:
    """What `select.epoll` does, by what this system has."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.unregister, self.close = self._selector.unregister, self._selector.close

    def register(self, descriptor: int, _: int) -> None:
        self._selector.register(descriptor, selectors.EVENT_READ)

    def poll(self, wait_s: float) -> list[tuple[int, int]]:
        return [(key.fd, events) for key, events in self._selector.select(wait_s)]
