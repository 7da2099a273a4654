"""Where a request comes from: the client's address behind trusted proxies, and the network it belongs to."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _trusted(address: Address) -> bool:
    return any(address in ip_network(text, strict=False) for text in settings.TRUSTED_PROXIES)


def client_address(request: HttpRequest) -> Address | None:
    """The peer, or, when the peer is a trusted proxy, the nearest forwarded address that is none; None when unknown."""
    address = _parsed(request.META.get("REMOTE_ADDR", ""))
    if address is None or not _trusted(address):
        return address
    for text in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        forwarded = _parsed(text)
        if forwarded is None:
            return address
        address = forwarded
        if not _trusted(address):
            return address
    return address


def network_of(address: Address) -> str:
    """The /24 or /64 around an address, as its first address: one household or office counts as one."""
    prefix = 24 if address.version == 4 else 64
    return str(ip_network(f"{address}/{prefix}", strict=False).network_address)
