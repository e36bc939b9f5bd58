"""Every door of the house for people: address, endpoint, permission."""

from __future__ import annotations

from nexus_admin.web.pages import health, home, lists, records, signing
from nexus_admin.web.visit import PUBLIC, SIGNED_IN, Door

ROW = "/s/{source}/{resource}/{key}"

DOORS = (
    Door("/healthz", health.healthz, PUBLIC),
    Door("/readyz", health.readyz, PUBLIC),
    Door("/sign-in", signing.show, PUBLIC),
    Door("/sign-in", signing.sign_in, PUBLIC, ("POST",)),
    Door("/sign-out", signing.sign_out, SIGNED_IN, ("POST",)),
    Door("/set-up/{token}", signing.show_setup, PUBLIC),
    Door("/set-up/{token}", signing.set_up, PUBLIC, ("POST",)),
    Door("/", home.home, SIGNED_IN),
    Door("/s/{source}", home.home, SIGNED_IN),
    Door("/s/{source}/~undo", records.undo, "change.undo", ("POST",)),
    Door("/s/{source}/{resource}", lists.show, "row.list"),
    Door("/s/{source}/{resource}/~count", lists.count, "row.list"),
    Door("/s/{source}/{resource}/~pick", lists.pick, "row.list"),
    Door("/s/{source}/{resource}/new", records.new, "row.create"),
    Door("/s/{source}/{resource}/new", records.create, "row.create", ("POST",)),
    Door(ROW, records.show, "row.read"),
    Door(f"{ROW}/edit", records.edit, "row.update"),
    Door(f"{ROW}/edit", records.update, "row.update", ("POST",)),
    Door(f"{ROW}/delete", records.confirm, "row.delete"),
    Door(f"{ROW}/delete", records.delete, "row.delete", ("POST",)),
)
