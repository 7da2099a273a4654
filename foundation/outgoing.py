"""The one outgoing HTTP client: named hosts only, every address checked, the checked address used, no redirects, caps on all."""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from foundation.integrity import Refused

PORTS = frozenset({80, 443, 8080, 8443})
MAX_BYTES = 5 * 1024 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_SIX_TO_FOUR = ipaddress.ip_network("2002::/16")
_TEREDO = ipaddress.ip_network("2001::/32")
_FAILURES_TO_OPEN = 5
_OPEN_SECONDS = 60


class OutgoingRefused(Refused):
    """An address that the suite does not call."""

    status = 400


class OutgoingFailed(Refused):
    """A partner that did not answer as it should; worth another try later."""

    status = 502


@dataclass(frozen=True)
class Answer:
    """What the partner said; headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Breaker:
    """After five failures in a row a host is left alone for a minute, per process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[str, tuple[int, float]] = {}

    def check(self, host: str) -> None:
        with self._lock:
            count, since = self._failures.get(host, (0, 0.0))
        if count >= _FAILURES_TO_OPEN and time.monotonic() - since < _OPEN_SECONDS:
            raise OutgoingFailed(_("%(host)s did not answer several times. It is left alone for a minute.") % {"host": host})

    def failed(self, host: str) -> None:
        with self._lock:
            self._failures[host] = (self._failures.get(host, (0, 0.0))[0] + 1, time.monotonic())

    def worked(self, host: str) -> None:
        with self._lock:
            self._failures.pop(host, None)

    def reset(self) -> None:
        with self._lock:
            self._failures.clear()


breaker = _Breaker()


def fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 5.0,
    max_bytes: int = MAX_BYTES,
) -> Answer:
    """Ask a partner once; raise OutgoingRefused for what we never call and OutgoingFailed for what did not work.

    ``timeout`` covers connecting, sending and the whole answer. ``settings.OUTGOING_LOOPBACK`` opens http to loopback, for tests.
    """
    loopback = bool(getattr(settings, "OUTGOING_LOOPBACK", False))
    host, port, path, is_tls = _parts(url, loopback)
    sent = _clean_headers(headers or {})
    breaker.check(host)
    deadline = time.monotonic() + timeout
    address = _resolve(host, port, loopback)
    connection = _Pinned(host, port, address, deadline, is_tls)
    timer = threading.Timer(timeout, connection.cut)
    timer.daemon = True
    timer.start()
    try:
        connection.request(method, path, body=body, headers={"User-Agent": "rollout-suite", "Accept-Encoding": "identity", **sent})
        response = connection.getresponse()
        content = _read(response, connection, deadline, max_bytes)
    except (OSError, http.client.HTTPException) as error:
        breaker.failed(host)
        raise OutgoingFailed(_("%(host)s did not answer: %(error)s") % {"host": host, "error": type(error).__name__}) from error
    finally:
        timer.cancel()
        connection.close()
    if time.monotonic() > deadline:
        breaker.failed(host)
        raise OutgoingFailed(_("%(host)s did not answer: %(error)s") % {"host": host, "error": "TimeoutError"})
    if response.status >= 500:
        breaker.failed(host)
    else:
        breaker.worked(host)
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)


def _parts(url: str, loopback: bool) -> tuple[str, int, str, bool]:
    if any(ord(c) <= 32 or ord(c) == 127 for c in url) or "\\" in url:
        raise OutgoingRefused(_("The address holds characters that are not allowed."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise OutgoingRefused(_("The address cannot be read.")) from error
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        raise OutgoingRefused(_("Only https addresses are called."))
    if parts.username is not None or parts.password is not None or not parts.hostname:
        raise OutgoingRefused(_("The address must name a host and no user."))
    port = port or (443 if parts.scheme == "https" else 80)
    if port not in PORTS and not loopback:
        raise OutgoingRefused(_("Port %(port)s is not called.") % {"port": port})
    try:
        host = parts.hostname.encode("idna").decode("ascii") if not parts.hostname.isascii() else parts.hostname
    except UnicodeError as error:
        raise OutgoingRefused(_("The address cannot be read.")) from error
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise OutgoingRefused(_("The address holds characters that are not allowed."))
    return host, port, path, parts.scheme == "https"


def _clean_headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if any(c in f"{name}{value}" for c in "\r\n\x00") or name.lower() in {"host", "content-length", "transfer-encoding", "connection"}:
            raise OutgoingRefused(_("A header is not allowed: %(name)s") % {"name": name[:40]})
    return dict(headers)


def is_public(address: str) -> bool:
    """Whether an address is one of the open Internet, also inside the forms that carry an IPv4 address."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
        if ip in _NAT64 or ip in _NAT64_LOCAL or ip in _SIX_TO_FOUR or ip in _TEREDO or int(ip) < 2**32:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def _resolve(host: str, port: int, loopback: bool) -> tuple[int, str]:
    """Look the name up once; one address that is not public spoils the name, so that nobody mixes a good with a bad one."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutgoingFailed(_("The host %(host)s is not known.") % {"host": host}) from error
    addresses = [(family, str(place[0])) for family, _kind, _protocol, _name, place in found if family in (socket.AF_INET, socket.AF_INET6)]
    for _family, address in addresses:
        if not is_public(address) and not (loopback and ipaddress.ip_address(address.split("%")[0]).is_loopback):
            raise OutgoingRefused(_("%(host)s is not an address of the open Internet.") % {"host": host})
    if not addresses:
        raise OutgoingFailed(_("The host %(host)s is not known.") % {"host": host})
    return addresses[0]


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was checked, while certificate, SNI and Host are those of the name."""

    def __init__(self, host: str, port: int, address: tuple[int, str], deadline: float, is_tls: bool):
        super().__init__(host, port, timeout=_left(deadline))
        self.address, self.deadline, self.is_tls = address, deadline, is_tls
        self.default_port = 443 if is_tls else 80  # the port stands in Host only when it is unusual

    def connect(self) -> None:
        family, address = self.address
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.settimeout(_left(self.deadline))
        self.sock.connect((address, self.port))
        if self.is_tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def cut(self) -> None:
        """End what is under way: a partner that drips bytes would renew every single time-out."""
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _read(response: http.client.HTTPResponse, connection: _Pinned, deadline: float, max_bytes: int) -> bytes:
    """The body within size and time: each read gets only what is left of the time."""
    content = bytearray()
    while True:
        if connection.sock is not None:
            connection.sock.settimeout(_left(deadline))
        else:
            _left(deadline)
        chunk = response.read1(64 * 1024)
        if not chunk:
            return bytes(content)
        content += chunk
        if len(content) > max_bytes:
            raise OutgoingFailed(_("%(host)s answered with more than %(most)s bytes.") % {"host": connection.host, "most": max_bytes})
