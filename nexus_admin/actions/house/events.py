"""What the house itself tells of: one class for each type of event."""

from __future__ import annotations

from nexus_admin.domain.event import EventModel


class RowCreated(EventModel, name="row.created"):
    """A row was added."""

    key: str


class RowUpdated(EventModel, name="row.updated"):
    """Fields of a row were changed."""

    key: str
    fields: list[str]


class RowDeleted(EventModel, name="row.deleted"):
    """A row was deleted, and with it what hung on it: so many rows in all."""

    key: str
    rows: int


class RowsUpdated(EventModel, name="rows.updated"):
    """Many rows were changed at once."""

    rows: int


class RowsDeleted(EventModel, name="rows.deleted"):
    """Many rows were deleted at once."""

    rows: int


class ChangeUndone(EventModel, name="change.undone"):
    """What an entry of the ledger did was taken back."""

    entry: str


class DashboardSaved(EventModel, name="dashboard.saved"):
    """A dashboard was made or changed."""

    dashboard: str


class DashboardDeleted(EventModel, name="dashboard.deleted"):
    """A dashboard was deleted."""

    dashboard: str


class SettingsChanged(EventModel, name="settings.changed"):
    """A setting was changed, or given back to the files."""

    key: str


class KeysRotated(EventModel, name="keys.rotated"):
    """The master key was changed."""

    key: str


class UserSignedIn(EventModel, name="user.signed_in"):
    """Somebody came in: with their password, and their second factor where they have one."""

    user: str


class UserRegistered(EventModel, name="user.registered"):
    """Somebody has an account from now on."""

    user: str
    email: str


class SourceRenamed(EventModel, name="source.renamed"):
    """A data source has another name."""

    source: str
    was: str


class SourceConnected(EventModel, name="source.connected"):
    """A data source was connected by clicks."""

    source: str


class SourceRemoved(EventModel, name="source.removed"):
    """A data source was taken away."""

    source: str


class SourceSwitched(EventModel, name="source.switched"):
    """What may be done with a data source was changed."""

    source: str


class SourceRefreshed(EventModel, name="source.refreshed"):
    """The schema of a data source was read anew."""

    source: str


class SourceAccepted(EventModel, name="source.accepted"):
    """A changed schema of a data source was accepted."""

    source: str


class SourceChanged(EventModel, name="source.changed"):
    """The address of a data source, or how it is used, was changed."""

    source: str


class SourceAnswered(EventModel, name="source.answered"):
    """A guess about a data source was answered."""

    source: str


class SourcePurged(EventModel, name="source.purged"):
    """Copies that we keep of a data source were deleted."""

    source: str


class SourceBoxed(EventModel, name="source.boxed"):
    """A data source has an outbox, or has none any more."""

    source: str


EVENTS = (
    RowCreated, RowUpdated, RowDeleted, RowsUpdated, RowsDeleted, ChangeUndone, DashboardSaved, DashboardDeleted,
    SettingsChanged, KeysRotated, UserSignedIn, UserRegistered, SourceRenamed, SourceConnected, SourceRemoved,
    SourceSwitched, SourceRefreshed, SourceAccepted, SourceChanged, SourceAnswered, SourcePurged, SourceBoxed,
)  # fmt: skip
