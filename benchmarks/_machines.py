"""Machines made of network namespaces: each has an address on two networks, which can be cut.

The database and whatever else is started without a namespace is on this machine, which has the
first address of both networks. Needs root and Linux' `ip`; nothing else of the machine is touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

INNER, OUTER = "10.213.7", "10.213.8"
NETWORKS = {"cnd-inner": INNER, "cnd-outer": OUTER}


@dataclass(frozen=True, slots=True)
class Machine:
    """A namespace with an address on the inner network and one on the outer."""

    name: str
    number: int

    @property
    def address(self) -> str:
        """Where it listens, on the inner network."""
        return f"{INNER}.{self.number}"

    @property
    def through(self) -> list[str]:
        """The command that starts another one on it."""
        return ["ip", "netns", "exec", self.name]

    def cut(self, networks: list[str]) -> None:
        """Have the switches pass on nothing that comes from it or goes to it, without a word."""
        for network in networks:
            _ip("link", "set", self._port(network), "nomaster")

    def heal(self) -> None:
        """Have them pass it on again."""
        for network in NETWORKS:
            _ip("link", "set", self._port(network), "master", network)

    def plug_in(self) -> None:
        """Make it, and connect it to both networks."""
        _ip("netns", "add", self.name)
        self._in("link", "set", "lo", "up")
        for network, net in NETWORKS.items():
            port, card = self._port(network), network.removeprefix("cnd-")
            _ip("link", "add", port, "type", "veth", "peer", "name", card, "netns", self.name)
            _ip("link", "set", port, "master", network, "up")
            self._in("address", "add", f"{net}.{self.number}/24", "dev", card)
            self._in("link", "set", card, "up")

    def unplug(self) -> None:
        """Take it away, with its connections."""
        _ip("netns", "delete", self.name)

    def _port(self, network: str) -> str:
        return f"{network}-{self.number}"

    def _in(self, *words: str) -> None:
        _ip("-netns", self.name, *words)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def hindrance() -> str:
    """Return why there can be no machines here; "" where there can."""
    if shutil.which("ip") is None:
        return "the program ip (iproute2) is not installed"
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    probe = f"cnd-probe-{os.getpid()}"
    try:
        _ip("netns", "add", probe)
        _ip("netns", "delete", probe)
        _ip("link", "add", "cnd-probe", "type", "bridge")
        _ip("link", "delete", "cnd-probe")
    except OSError as error:
        return f"network namespaces may not be used here: {error}"
    return ""


@contextmanager
def machines(*names: str) -> Iterator[list[Machine]]:
    """Make so many machines, and the networks between them, for as long as it lasts."""
    with ExitStack() as stack:
        for network, net in NETWORKS.items():
            _ip("link", "add", network, "type", "bridge")
            stack.callback(_ip, "link", "delete", network)
            _ip("address", "add", f"{net}.1/24", "dev", network)
            _ip("link", "set", network, "up")
        made = []
        for number, name in enumerate(names, 11):
            machine = Machine(f"cnd-{name}", number)
            machine.plug_in()
            stack.callback(machine.unplug)
            made.append(machine)
        yield made
