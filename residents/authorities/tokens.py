"""Reading an ID token: who signed it, for whom, for which round trip, until when (OpenID Connect Core 3.1.3.7)."""

from typing import Any

import jwt

from residents.authorities.port import Failed

# Asymmetric only: with "none" anybody signs, and with HS256 whoever knows the public key does.
ALGORITHMS = ("RS256", "PS256", "ES256")
LEEWAY_SECONDS = 30
LONGEST_SUBJECT = 255


class UnknownKey(Failed):
    """Signed with a key that is not in the set: perhaps the authority changed its keys a moment ago."""


def claims_of(token: str, keys: dict[str, Any], *, issuer: str, client_id: str, nonce: str) -> dict[str, Any]:
    """The claims of a token that holds; raises UnknownKey or Failed for any other."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _key(token, keys),
            algorithms=ALGORITHMS,
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise Failed(f"ID token: {type(error).__name__}") from None
    _check(claims, client_id, nonce)
    return claims


def _key(token: str, keys: dict[str, Any]) -> jwt.PyJWK:
    header = jwt.get_unverified_header(token)
    if header.get("alg") not in ALGORITHMS:
        raise Failed("ID token: an algorithm that is not allowed")
    usable = [key for key in jwt.PyJWKSet.from_dict(keys).keys if key.public_key_use in (None, "sig")]
    if "kid" not in header and len(usable) == 1:
        return usable[0]
    for key in usable:
        if key.key_id == header.get("kid"):
            return key
    raise UnknownKey("ID token: an unknown key")


def _check(claims: dict[str, Any], client_id: str, nonce: str) -> None:
    if claims.get("nonce") != nonce:
        raise Failed("ID token: made for another round trip")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise Failed("ID token: made for another party")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= LONGEST_SUBJECT:
        raise Failed("ID token: no subject")
