"""How Alembic runs here: on the connection, and in the transaction, that it is given; for extensions too."""

from alembic import context

from nexus_admin.state.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=context.config.attributes.get("version_table", "alembic_version"),
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
