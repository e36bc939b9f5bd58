"""Keys in a file: found when another process adds one, never half there, never for others' eyes."""

import os
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from nexus_admin.domain.errors import SettingError
from nexus_admin.state.key_file import KeyFile
from nexus_admin.state.schema import metadata
from nexus_admin.state.sealed import SEALED
from nexus_admin.state.vault import SealBroken, Vault


def vault_of(path: Path) -> Vault:
    file = KeyFile(path)
    return Vault(file.keys(), file)


def test_a_vault_finds_a_key_that_another_process_added(tmp_path: Path) -> None:
    path = tmp_path / "state.key"
    server, command = vault_of(path), vault_of(path)
    sealed, signature = server.seal(b"secret", "here"), server.sign(b"head")
    before = server.key_id
    assert command.renew()
    assert command.key_id != before
    assert command.unseal(sealed, "here") == b"secret"
    assert command.verify(b"head", signature)
    assert not command.is_newest(sealed)
    anew = command.seal(b"secret", "here")
    assert server.unseal(anew, "here") == b"secret"
    assert server.key_id == command.key_id
    assert server.is_newest(server.seal(b"another", "here"))
    assert server.verify(b"head", command.sign(b"head"))
    assert server.verify(b"head", signature)


def test_what_names_no_key_of_ours_is_refused_and_the_file_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = vault_of(tmp_path / "state.key")
    read = []
    monkeypatch.setattr(KeyFile, "read", lambda file: read.append(file) or [])
    forged = b"nx1" + bytes(4) + bytes(40)
    for _ in range(100):
        assert not vault.verify(b"head", bytes(36))
        with pytest.raises(SealBroken):
            vault.unseal(forged, "here")
    assert read == []


@pytest.mark.parametrize("text", ["", "short\n"])
def test_a_file_that_was_spoiled_takes_nothing_from_a_vault_that_works(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.key"
    vault = vault_of(path)
    sealed = vault.seal(b"secret", "here")
    path.write_text(text)
    assert not vault.knows(bytes(36))
    assert vault.unseal(sealed, "here") == b"secret"
    path.unlink()
    assert not vault.knows(bytes(36))
    assert vault.unseal(sealed, "here") == b"secret"
    assert not path.exists()


@pytest.mark.skipif(os.name != "posix", reason="Modes of files are POSIX's.")
def test_the_file_stays_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "state.key"
    vault = vault_of(path)
    vault.renew()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().splitlines()) == 2
    assert [one.name for one in tmp_path.iterdir()] == ["state.key"]
    path.chmod(0o640)
    with pytest.raises(SettingError, match="chmod 600"):
        vault.renew()


def test_every_column_that_holds_sealed_bytes_is_sealed_anew() -> None:
    blobs = {
        str(column)
        for table in metadata.tables.values()
        for column in table.c
        if isinstance(column.type, sa.LargeBinary)
    }
    given = {  # as whoever gave it has it
        "house_entry.data",
        "house_entry.key",
        "projection_row.key",
        "queue_job.data",
        "store_entry.data",
        "store_entry.key",
        "stream_event.data",
        "topic_message.data",
    }
    assert blobs - given == {str(one.column) for one in SEALED}
