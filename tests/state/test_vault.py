"""The vault: what is sealed for one place opens in that place only, and with our keys only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_admin.domain.errors import SettingError
from nexus_admin.state.vault import SealBroken, Vault, checked_key, keys_of_environment
from tests.state.conftest import KEY

OTHER = b"Zq8-pW3nXt5Ly7Ra1Hc9Je2Uk6Pd4GbMs"


@given(st.binary(max_size=300), st.text(max_size=30).filter(lambda text: text.isprintable()))
def test_what_was_sealed_comes_back(plain: bytes, context: str) -> None:
    vault = Vault([KEY])
    assert vault.unseal(vault.seal(plain, context), context) == plain


def test_the_same_secret_never_looks_the_same_twice() -> None:
    vault = Vault([KEY])
    assert len({vault.seal(b"secret", "here") for _ in range(50)}) == 50


def test_a_sealed_value_moved_to_another_place_does_not_open() -> None:
    vault = Vault([KEY])
    with pytest.raises(SealBroken, match="moved from another place"):
        vault.unseal(vault.seal(b"secret", "source:1"), "source:2")


def test_every_changed_byte_is_noticed() -> None:
    vault = Vault([KEY])
    sealed = vault.seal(b"secret", "here")
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(SealBroken):
            vault.unseal(bytes(changed), "here")
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            vault.unseal(sealed[:length], "here")


def test_a_key_is_changed_by_giving_the_new_one_before_the_old() -> None:
    sealed, signature = Vault([OTHER]).seal(b"secret", "here"), Vault([OTHER]).sign(b"head")
    both = Vault([KEY, OTHER])
    assert both.unseal(sealed, "here") == b"secret"
    assert both.verify(b"head", signature)
    assert both.key_id == Vault([KEY]).key_id
    with pytest.raises(SealBroken, match=r"Give the old key too, after the new one and a comma, in NEXUS_SECRET_KEY"):
        Vault([KEY]).unseal(sealed, "here")
    assert not Vault([KEY]).verify(b"head", signature)


def test_a_signature_holds_for_its_own_text_only() -> None:
    vault = Vault([KEY])
    assert vault.verify(b"head", vault.sign(b"head"))
    assert not vault.verify(b"heaD", vault.sign(b"head"))
    assert not vault.verify(b"head", b"")


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"short",
        b"x" * 31,
        b"x" * 64,
        b"abcabcabcabcabcabcabcabcabcabcabcabcabc",
        b"0123456789abcdef0123456789abcdef",
        b"0123456789ABCDEF0123456789ABCDEF",
        b"change-me-change-me-change-me-qwertyuiop",
        b"your_secret_key_goes_here_1234567890abc",
        b"this-is-an-example-key-of-forty-letters!",
        b"  k3Vq-9sWm2Zt7Lx0Rb5Yc8Ne1       ",
    ],
)
def test_a_short_default_or_example_key_is_refused_and_never_repeated(key: bytes) -> None:
    with pytest.raises(SettingError) as caught:
        checked_key(key)
    assert "NEXUS_SECRET_KEY" in str(caught.value)
    assert not key.strip() or key.strip().decode() not in str(caught.value)


def test_a_vault_without_a_key_is_refused() -> None:
    with pytest.raises(SettingError, match="has no key"):
        Vault([])


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_SECRET_KEY", f"{KEY.decode()}, {OTHER.decode()},")
    assert [checked_key(key) for key in keys_of_environment()] == [KEY, OTHER]
