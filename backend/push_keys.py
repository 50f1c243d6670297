"""The pair of keys by which browsers know who may push to them (Web Push, VAPID: a P-256 key). Made once, then kept.

With another key every browser would have to subscribe anew. The private key is never shown and never logged.
"""

from __future__ import annotations

import base64
import os
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backend.variables import SettingsError


def make_push_key(path: Path) -> bool:
    """Make the private key at `path`, readable by its owner only; False when there is one already, which stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written whole under another name first: whoever sees the file sees all of it.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(_new_key())
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def public_key(path: Path) -> str:
    """The public half in base64url without padding, as browsers take it. Raises SettingsError: no key."""
    return _public_key(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _public_key(path: Path, _changed: int) -> str:
    point = load_push_key(path).public_key()
    raw = point.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def load_push_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The private key. Raises SettingsError for a file that is no P-256 key."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SettingsError(
            f"NIGHTSHEET_WEB_PUSH_KEY: {path} is no P-256 key; make one with: nightsheet channels push-keys"
        )
    return key


def _new_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
