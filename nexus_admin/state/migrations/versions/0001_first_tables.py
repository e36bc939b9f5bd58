"""The first tables: the ledger, sources, settings, dashboards, preferences, accounts and roles."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "user_token",
    "user_session",
    "second_factor",
    "recovery_code",
    "access_member",
    "user_account",
    "source",
    "setup_token",
    "setting",
    "preference",
    "dashboard",
    "audit_head",
    "audit_entry",
    "audit_change",
    "access_version",
    "access_role_version",
    "access_role",
)


def _access_role() -> None:
    op.create_table(
        "access_role",
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="Order in lists."),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False, comment="The Role as JSON, without its name."),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_access_role")),
    )


def _access_role_version() -> None:
    op.create_table(
        "access_role_version",
        sa.Column("role", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("spec", sa.JSON(), comment="As in access_role; null where the role was deleted."),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("role", "version", name=op.f("pk_access_role_version")),
    )


def _access_version() -> None:
    op.create_table(
        "access_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "version", sa.BigInteger(), nullable=False, comment="Rises with any change of rights, in any process."
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_version")),
    )


def _audit_change() -> None:
    op.create_table(
        "audit_change",
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False, comment="audit_entry.no"),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="Its place among all changes of the outermost call."),
        sa.Column("before", sa.Text(), comment="JSON of the whole row; null for a new one."),
        sa.Column("after", sa.Text(), comment="JSON of the whole row; null for a deleted one."),
        sa.PrimaryKeyConstraint("entry", "n", name=op.f("pk_audit_change")),
    )
    op.create_index("ix_audit_change_row", "audit_change", ["source", "resource", "key", "entry"], unique=False)


def _audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text()),
        sa.Column("key", sa.Text()),
        sa.Column("data", sa.Text(), nullable=False, comment="JSON: the input, redacted."),
        sa.Column("intent", sa.Text(), nullable=False, comment="JSON: the changes that were about to be made."),
        sa.Column("parent", sa.String(length=26)),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("reason", sa.Text()),
        sa.Column("opening", sa.Text(), nullable=False, comment="Keyed hash of all the columns above, in hex."),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("detail", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("undoes", sa.String(length=26)),
        sa.Column("change_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seq", sa.BigInteger(), comment="Place in the chain, without gaps; null while it is open."),
        sa.Column("hash", sa.Text(), comment="SHA-256 of the link before and of this entry with its changes, in hex."),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("id", name=op.f("uq_audit_entry_id")),
    )
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor", "no"], unique=False)
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"], unique=False)
    op.create_index("ix_audit_entry_parent", "audit_entry", ["parent"], unique=False)
    op.create_index("ix_audit_entry_target", "audit_entry", ["source", "resource", "key", "no"], unique=False)
    op.create_index("ix_audit_entry_undoes", "audit_entry", ["undoes"], unique=False)
    op.create_index("uq_audit_entry_seq", "audit_entry", ["seq"], unique=True)


def _audit_head() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False, comment="How many entries were ever opened."),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False, comment="Keyed hash of the columns above, in hex."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )


def _dashboard() -> None:
    op.create_table(
        "dashboard",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="When it was saved last."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dashboard")),
        sa.UniqueConstraint("name", name=op.f("uq_dashboard_name")),
    )


def _preference() -> None:
    op.create_table(
        "preference",
        sa.Column("user_id", sa.Text(), nullable=False, comment="The actor's id, e.g. user:<ulid>."),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_preference")),
    )


def _setting() -> None:
    op.create_table(
        "setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON()),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )


def _setup_token() -> None:
    op.create_table(
        "setup_token",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setup_token")),
    )


def _source() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("url", sa.LargeBinary(), nullable=False, comment="Sealed with the context source:<id>."),
        sa.Column("read_only", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("options", sa.JSON(), server_default="{}", nullable=False),
        sa.Column(
            "overrides", sa.JSON(), server_default="{}", nullable=False, comment="What clicks changed, by resource."
        ),
        sa.Column("schema", sa.JSON(), comment="The last introspection; null before the first."),
        sa.Column("schema_at", sa.DateTime(timezone=True), comment="When `schema` was fetched."),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("name", name=op.f("uq_source_name")),
    )


def _user_account() -> None:
    op.create_table(
        "user_account",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("email", sa.Text(), nullable=False, comment="As it was given; mail goes here."),
        sa.Column("email_folded", sa.Text(), nullable=False, comment="NFKC and casefold; compared with."),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("password_hash", sa.Text(), comment="Argon2id; null for who never signs in by password."),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column(
            "session_version", sa.Integer(), nullable=False, comment="Rises with password, roles, rights, active."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email_folded", name=op.f("uq_user_account_email_folded")),
    )


def _access_member() -> None:
    op.create_table(
        "access_member",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("role", sa.String(length=63), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="The order in which the roles were given."),
        sa.ForeignKeyConstraint(["role"], ["access_role.name"], name=op.f("fk_access_member_role"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_access_member_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_access_member")),
    )
    op.create_index("ix_access_member_role", "access_member", ["role"], unique=False)


def _recovery_code() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_recovery_code_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("pk_recovery_code")),
    )


def _second_factor() -> None:
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False, comment="Sealed by the vault."),
        sa.Column(
            "last_step", sa.BigInteger(), nullable=False, comment="Newest time step that was used up; -1 for none."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "confirmed_at",
            sa.DateTime(timezone=True),
            comment="Null until the first code was right; it binds from then on.",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_second_factor_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )


def _user_session() -> None:
    op.create_table(
        "user_session",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("session_version", sa.Integer(), nullable=False),
        sa.Column("renew", sa.Boolean(), nullable=False, comment="Rights have changed: a new cookie is due."),
        sa.Column("via", sa.Text(), nullable=False, comment="password, or the identity provider's name."),
        sa.Column(
            "second_factor_at",
            sa.DateTime(timezone=True),
            comment="When the second factor was passed; null while it was not.",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    op.create_index(op.f("ix_user_session_expires_at"), "user_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)


def _user_token() -> None:
    op.create_table(
        "user_token",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), comment="Action patterns; null for all that the roles give."),
        sa.Column("roles", sa.JSON(), comment="Role names that it is narrowed to; null for all of its owner's."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_user_token_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_token_token_hash")),
    )
    op.create_index(op.f("ix_user_token_user_id"), "user_token", ["user_id"], unique=False)


def upgrade() -> None:
    """Make them."""
    _access_role()
    _access_role_version()
    _access_version()
    _audit_change()
    _audit_entry()
    _audit_head()
    _dashboard()
    _preference()
    _setting()
    _setup_token()
    _source()
    _user_account()
    _access_member()
    _recovery_code()
    _second_factor()
    _user_session()
    _user_token()


def downgrade() -> None:
    """Drop them, children first."""
    for name in TABLES:
        op.drop_table(name)
