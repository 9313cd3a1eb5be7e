"""Sealing: it opens in its own place only, with either cipher, and nothing else opens it."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from foundation.crypto import CannotOpen, blind_index, seal, unseal

PLACE = b"table.column.row"


@given(st.binary(max_size=300), st.sampled_from(["t1", "t2"]))
def test_what_was_sealed_opens_with_either_cipher(plain: bytes, key_id: str) -> None:
    assert unseal(seal(plain, PLACE, key_id), PLACE) == plain


def test_a_value_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(CannotOpen):
        unseal(seal(b"640199", PLACE), b"table.column.other-row")


@given(st.data())
def test_one_changed_byte_does_not_open(data: st.DataObject) -> None:
    sealed = bytearray(seal(b"640199195702130125", PLACE))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CannotOpen):
        unseal(bytes(sealed), PLACE)


@given(st.binary(max_size=60))
def test_rubbish_does_not_open(rubbish: bytes) -> None:
    with pytest.raises(CannotOpen):
        unseal(rubbish, PLACE)


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert seal(b"640199", PLACE) != seal(b"640199", PLACE)


def test_sm4_gcm_passes_the_vector_of_rfc_8998() -> None:
    key, nonce = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), bytes.fromhex("00001234567800000000ABCD")
    plain = bytes.fromhex("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD")
    plain += bytes.fromhex("EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA")
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2"))
    encryptor.update(plain)
    encryptor.finalize()
    assert encryptor.tag == bytes.fromhex("83DE3541E4C2B58177E065A9BF7B62EC")


def test_indexes_of_different_purposes_cannot_be_joined() -> None:
    assert blind_index("identifier.passport", "G123") != blind_index("identifier.health_record", "G123")
