import socket
import threading
import time

import pytest

from foundation.outgoing import OutgoingFailed, OutgoingRefused, breaker, fetch, is_public


@pytest.fixture(autouse=True)
def _closed_breaker():
    breaker.reset()
    yield
    breaker.reset()


class Server:
    """A loopback partner that answers every connection with prepared bytes and remembers what it was asked."""

    def __init__(self, answer: bytes, drip: float = 0.0):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.answer, self.drip = answer, drip
        self.requests: list[bytes] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    @property
    def port(self):
        return self.socket.getsockname()[1]

    def run(self):
        while not self.stop.is_set():
            try:
                connection, _peer = self.socket.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(1)
                try:
                    self.requests.append(connection.recv(65536))
                    for byte in [self.answer] if not self.drip else [self.answer[i : i + 1] for i in range(len(self.answer))]:
                        connection.sendall(byte)
                        self.stop.wait(self.drip)
                        if self.stop.is_set():
                            break
                except OSError:
                    pass

    def close(self):
        self.stop.set()
        self.thread.join()
        self.socket.close()


@pytest.fixture
def server(request):
    servers = []

    def start(answer: bytes, drip: float = 0.0) -> Server:
        servers.append(Server(answer, drip))
        return servers[-1]

    yield start
    for each in servers:
        each.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\nConnection: close\r\n\r\nhi"


def test_fetch_works_on_loopback_when_a_test_allows_it(server, settings):
    partner = server(OK)
    settings.OUTGOING_LOOPBACK = True
    answer = fetch(f"http://127.0.0.1:{partner.port}/a?b=1", headers={"X-Mine": "1"}, body=b"x", method="POST")
    assert (answer.status, answer.body, answer.headers["x-a"]) == (200, b"hi", "b")
    assert partner.requests[0].startswith(b"POST /a?b=1 HTTP/1.1")


LOOPBACK_NAMES = [
    "127.0.0.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[::127.0.0.1]",
    "localhost",
]


@pytest.mark.parametrize("host", LOOPBACK_NAMES)
def test_fetch_never_reaches_loopback_under_any_name(server, host, monkeypatch):
    partner = server(OK)
    monkeypatch.setattr("foundation.outgoing.PORTS", {partner.port})
    with pytest.raises((OutgoingRefused, OutgoingFailed)):
        fetch(f"https://{host}:{partner.port}/")
    assert partner.requests == []


def test_fetch_negative_control_the_guard_is_what_stops_it(server, monkeypatch, settings):
    partner = server(OK)
    settings.OUTGOING_LOOPBACK = True
    fetch(f"http://2130706433:{partner.port}/")
    assert len(partner.requests) == 1


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"]
    + [
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "2001:db8::1",
    ],
)
def test_is_public_refuses_what_is_not_of_the_open_internet(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_is_public_takes_the_open_internet(address):
    assert is_public(address)


def test_fetch_one_bad_address_spoils_the_name_and_the_name_is_looked_up_once(server, monkeypatch):
    partner = server(OK)
    asked = []

    def lookup(host, port, **kwargs):
        asked.append(host)
        places = ["8.8.8.8", "127.0.0.1"] if len(asked) == 1 else ["127.0.0.1"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, partner.port)) for place in places]

    monkeypatch.setattr("foundation.outgoing.socket.getaddrinfo", lookup)
    with pytest.raises(OutgoingRefused):
        fetch("https://rebind.example.com/")
    assert asked == ["rebind.example.com"]
    assert partner.requests == []


def test_fetch_connects_to_the_checked_address_even_when_the_name_moves(monkeypatch):
    places = iter([["8.8.8.8"], ["127.0.0.1"], ["127.0.0.1"]])
    connected = []
    monkeypatch.setattr("foundation.outgoing.socket.getaddrinfo", lambda *a, **k: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (p, 443)) for p in next(places)])

    class NoSocket(socket.socket):
        def connect(self, place):
            connected.append(place)
            raise OSError("not in a test")

    monkeypatch.setattr("foundation.outgoing.socket.socket", NoSocket)
    with pytest.raises(OutgoingFailed):
        fetch("https://rebind.example.com/")
    assert connected == [("8.8.8.8", 443)]


def test_fetch_follows_no_redirect(server, settings):
    inner = server(OK)
    outer = server(f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inner.port}/secret\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    settings.OUTGOING_LOOPBACK = True
    assert fetch(f"http://127.0.0.1:{outer.port}/").status == 302
    assert inner.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "https://example.com:22/",
        "https://user:pass@example.com/",
        "https://example.com/\r\nX: y",
        "https://exa mple.com/",
        "https://example.com\\@127.0.0.1/",
        "https:///path",
        "https://[::1",
        "https://example.com:99999/",
        "",
        "javascript:alert(1)",
    ],
)
def test_fetch_refuses_odd_addresses(url, monkeypatch):
    monkeypatch.setattr("foundation.outgoing.socket.getaddrinfo", lambda *a, **k: pytest.fail("must not be looked up"))
    with pytest.raises(OutgoingRefused):
        fetch(url)


@pytest.mark.parametrize("headers", [{"X": "a\r\nHost: b"}, {"Host": "b"}, {"Content-Length": "1"}])
def test_fetch_refuses_headers_that_forge(headers):
    with pytest.raises(OutgoingRefused):
        fetch("https://example.com/", headers=headers)


def test_fetch_caps_size_and_time(server, settings):
    settings.OUTGOING_LOOPBACK = True
    big = server(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 100_000)
    with pytest.raises(OutgoingFailed, match="more than"):
        fetch(f"http://127.0.0.1:{big.port}/", max_bytes=1000)
    slow = server(OK, drip=0.1)
    begun = time.monotonic()
    with pytest.raises(OutgoingFailed):
        fetch(f"http://127.0.0.1:{slow.port}/", timeout=0.6)
    assert time.monotonic() - begun < 3


def test_fetch_breaker_leaves_a_dead_host_alone_for_a_while(settings):
    settings.OUTGOING_LOOPBACK = True
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    for _ in range(5):
        with pytest.raises(OutgoingFailed, match="did not answer: "):
            fetch(f"http://127.0.0.1:{port}/")
    with pytest.raises(OutgoingFailed, match="left alone"):
        fetch(f"http://127.0.0.1:{port}/")
