"""The policy that decides which addresses may be fetched."""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from headrace.dropin.core._security._exceptions import SSRFBlockedError

__all__ = [
    "DEFAULT_SSRF_POLICY",
    "SSRFPolicy",
    "resolve",
    "validate_resolved_ip",
    "validate_url_sync",
]

_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "host.docker.internal"})
_METADATA_NAMES = frozenset(
    {"metadata.google.internal", "metadata.amazonaws.com", "metadata", "instance-data"}
)
_METADATA_ADDRESSES = frozenset({"100.100.100.200", "fd00:ec2::254", "fd00:ec2::23"})
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


@dataclass(frozen=True)
class SSRFPolicy:
    """The rules for forbidden addresses.

    Attributes:
        allowed_schemes: The schemes that may be used.
        block_private_ips: Whether addresses that are not public are forbidden.
        block_localhost: Whether this machine is forbidden.
        block_cloud_metadata: Whether the metadata services of clouds are forbidden.
        block_k8s_internal: Whether the services of a Kubernetes cluster are forbidden.
        allowed_hosts: Names that are allowed regardless of their address.
        additional_blocked_cidrs: Networks that are forbidden too.
    """

    allowed_schemes: frozenset[str] = frozenset({"http", "https"})
    block_private_ips: bool = True
    block_localhost: bool = True
    block_cloud_metadata: bool = True
    block_k8s_internal: bool = True
    allowed_hosts: frozenset[str] = frozenset()
    additional_blocked_cidrs: tuple[Any, ...] = ()

    def allows(self, host: str) -> bool:
        """Return True if a name is allowed regardless of its address."""
        names = {name.lower() for name in self.allowed_hosts}
        if os.environ.get("LANGCHAIN_ENV", "").startswith("local"):
            names |= {"localhost", "testserver"}
        return host.lower() in names


DEFAULT_SSRF_POLICY = SSRFPolicy()


def _embedded(address: Any) -> Any:
    """Return the IPv4 address inside an IPv6 address, if there is one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if any(address in network for network in _NAT64) or 1 < int(address) < 1 << 32:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def validate_resolved_ip(ip_str: str, policy: SSRFPolicy) -> None:
    """Check an address.

    Args:
        ip_str: The address.
        policy: The rules for forbidden addresses.

    Raises:
        SSRFBlockedError: If the address is forbidden, or is not one.
    """
    try:
        address = _embedded(ipaddress.ip_address(ip_str.partition("%")[0]))
    except ValueError as error:
        raise SSRFBlockedError("invalid IP address") from error
    if policy.block_localhost and (address.is_loopback or address.is_unspecified):
        raise SSRFBlockedError("localhost address")
    if policy.block_cloud_metadata and (
        address.is_link_local or str(address) in _METADATA_ADDRESSES
    ):
        raise SSRFBlockedError("cloud metadata endpoint")
    if policy.block_private_ips and (not address.is_global or address.is_multicast):
        raise SSRFBlockedError("private IP range")
    for network in policy.additional_blocked_cidrs:
        if address.version == network.version and address in network:
            raise SSRFBlockedError("blocked CIDR")


def validate_url_sync(url: str, policy: SSRFPolicy = DEFAULT_SSRF_POLICY) -> None:
    """Check an address without looking its name up.

    Args:
        url: The address.
        policy: The rules for forbidden addresses.

    Raises:
        SSRFBlockedError: If it is forbidden.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower().rstrip(".")
    if parts.scheme.lower() not in policy.allowed_schemes:
        raise SSRFBlockedError(f"scheme {parts.scheme!r} not allowed")
    if not host:
        raise SSRFBlockedError("missing hostname")
    if policy.allows(host):
        return
    if policy.block_localhost and host in _LOCAL_NAMES:
        raise SSRFBlockedError("localhost address")
    if policy.block_cloud_metadata and host in _METADATA_NAMES:
        raise SSRFBlockedError("cloud metadata endpoint")
    if policy.block_k8s_internal and host.endswith(".svc.cluster.local"):
        raise SSRFBlockedError("Kubernetes internal DNS")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    validate_resolved_ip(host, policy)


def resolve(host: str, port: int, policy: SSRFPolicy) -> str:
    """Look a name up.

    Args:
        host: The name.
        port: The port to connect to.
        policy: The rules for forbidden addresses.

    Returns:
        One of its addresses.

    Raises:
        SSRFBlockedError: If one of them is forbidden, or the name has no address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise SSRFBlockedError("DNS resolution failed") from error
    if not found:
        raise SSRFBlockedError("DNS resolution returned no results")
    addresses = [str(one[4][0]) for one in found]
    for address in addresses:
        validate_resolved_ip(address, policy)
    return addresses[0]
