"""The settings that come with the house."""

from __future__ import annotations

from functools import partial

from nexus_admin.domain.setting import Setting
from nexus_admin.kernel.brokers.amounts import read_days, read_events, read_sizes
from nexus_admin.kernel.brokers.limits import MOST_OF
from nexus_admin.kernel.brokers.retention import BYTES, DAYS, EVENTS, read_said

HOUSE_SETTINGS = (
    Setting("project.name", "str", "Nexus Admin", "What the sidebar calls this installation.", runtime=True),
    Setting(
        "project.environment", "str", "", "A short word beside the name, such as `Prod` or `Staging`.", runtime=True
    ),
    Setting("server.host", "str", "127.0.0.1", "The address to listen on."),
    Setting("server.port", "int", 8000, "The port to listen on; 0 takes a free one."),
    Setting("server.base_url", "str", "", "How people reach it from outside, e.g. `https://admin.example.com`."),
    Setting("server.trusted_proxies", "list", [], "Addresses whose X-Forwarded-For is believed."),
    Setting("server.max_body_bytes", "int", 10_000_000, "The largest request body."),
    Setting("server.threads", "int", 32, "How many requests may work in the core at once."),
    Setting("server.cors_origins", "list", [], "Origins that may call the API from a browser; none by default."),
    Setting("server.development", "bool", False, "Reload templates, themes and extensions when their files change."),
    Setting(
        "state.url", "str", "nexus.db", "Where our own state lives: a SQLite file or a postgresql:// URL.", secret=True
    ),
    Setting("state.anchor", "str", "", "A file on another volume that keeps signed heads of the audit chain."),
    Setting("store.durable", "bool", False, "Keep the shared store in our state, so that it outlives a restart."),
    Setting("sources.timeout_seconds", "float", 15.0, "The longest that a statement may run in a data source."),
    Setting("sources.pool_size", "int", 10, "Connections kept to each data source."),
    Setting("sources.folders", "list", [], "Where SQLite files that people connect may lie; the project's if empty."),
    Setting("sources.hosts", "list", [], "Hosts that people may connect to, e.g. `*.db.internal`; any if empty."),
    Setting("sources.sample", "bool", True, "Look at a few rows of each table to guess its kinds of value."),
    Setting("sessions.idle_hours", "float", 12.0, "How long a session lives without a request."),
    Setting("sessions.days", "float", 14.0, "How long a session lives at most."),
    Setting(
        "api.requests_per_minute", "int", 1000, "How many API requests one actor may make in a minute.", runtime=True
    ),
    Setting(
        "api.route_limits",
        "list",
        ["rows.export=60", "query.run=600", "POST /sign-in=300"],
        "Requests a minute that one asker may send to a route, by what it needs or by its method and address.",
    ),
    Setting(
        "api.require_if_match",
        "bool",
        False,
        "Refuse changes over the API that do not say which version they saw.",
        runtime=True,
    ),
    Setting("lists.page_size", "int", 50, "Rows on a page of a list.", runtime=True),
    Setting(
        "dashboards.max_age_seconds",
        "float",
        60.0,
        "How old an answer on a dashboard may be; a write through Nexus drops it at once. 0 asks every time.",
        runtime=True,
    ),
    Setting(
        "queues.most_bytes",
        "int",
        1_048_576,
        "How many bytes the payload of a job may have; 1,024 fit in any case.",
        runtime=True,
    ),
    Setting(
        "queues.most_bytes_of",
        "list",
        [],
        "The same for some queues, e.g. `video.*=10MB`, `mail=64KB`.",
        runtime=True,
        check=partial(read_sizes, MOST_OF),
    ),
    Setting(
        "streams.keep_days",
        "list",
        [],
        "How many days streams keep events, e.g. `orders.events=30`, `app.*=7`; longer while a group needs them.",
        runtime=True,
        check=partial(read_days, DAYS),
    ),
    Setting(
        "streams.keep_bytes",
        "list",
        [],
        "How much streams keep, e.g. `orders.events=500MB`: the newest whose payloads have so many bytes together.",
        runtime=True,
        check=partial(read_sizes, BYTES),
    ),
    Setting(
        "streams.keep_events",
        "list",
        [],
        "How many events streams keep, e.g. `orders.events=1000000`; more while a group needs them.",
        runtime=True,
        check=partial(read_events, EVENTS),
    ),
    Setting(
        "streams.archive",
        "list",
        [],
        "Streams whose events are written to Parquet files before they are forgotten, e.g. `orders.*`.",
        runtime=True,
    ),
    Setting(
        "streams.archive_folder",
        "str",
        "",
        "Where those files lie; without a word in `stream-archive` beside our state, or beside nexus.toml.",
    ),
    Setting(
        "streams.kept",
        "list",
        [],
        "What operators say on pages of streams; it comes before the lists.",
        runtime=True,
        check=lambda said: [read_said(one) for one in said],
    ),
    Setting("jobs.threads", "int", 8, "How many jobs run in threads at once."),
    Setting("jobs.processes", "int", 2, "How many jobs run in processes of their own at once."),
    Setting("jobs.async", "int", 32, "How many jobs run on the loop of jobs at once."),
    Setting("jobs.lease_seconds", "float", 30.0, "After how long a job of a worker that died goes to another one."),
    Setting("jobs.grace_seconds", "float", 20.0, "How long jobs may finish when Nexus is told to stop."),
    Setting(
        "jobs.background_rows",
        "int",
        1000,
        "From how many rows on an edit or delete of many runs in the background; 0 for never.",
        runtime=True,
    ),
    Setting(
        "exports.background_rows",
        "int",
        10_000,
        "From how many rows on, as estimated, an export from a list is written in the background; 0 for never.",
        runtime=True,
    ),
    Setting(
        "exports.keep_hours",
        "float",
        24.0,
        "How long the file of an export in the background is kept in our state.",
        runtime=True,
    ),
    Setting(
        "exports.most_megabytes",
        "int",
        500,
        "How large the file of an export in the background may become.",
        runtime=True,
    ),
    Setting(
        "dashboards.stale_seconds",
        "float",
        0.0,
        "How much older an answer may be that is shown at once while it is asked anew behind it; 0 for never.",
        runtime=True,
    ),
    Setting(
        "appearance.theme", "str", "", "The theme of those who chose none; empty for the house's own.", runtime=True
    ),
    Setting(
        "extensions.slow_ms",
        "float",
        250.0,
        "What a listener, a slot or a wrapper of an extension may take; one that takes longer is named.",
        runtime=True,
    ),
    Setting("extensions.start_ms", "float", 2000.0, "What its import, and each of its hooks, may take at the start."),
    Setting(
        "extensions.stuck_seconds",
        "float",
        5.0,
        "How long a page waits for a listener or a slot; then it goes on without it.",
        runtime=True,
    ),
    Setting(
        "extensions.slow_off",
        "bool",
        False,
        "Switch off an extension that takes longer than it may three times within a minute.",
        runtime=True,
    ),
    Setting("extensions.on", "list", [], "Extensions that come switched off and are wanted.", runtime=True),
    Setting("extensions.off", "list", [], "Extensions that are not loaded, e.g. `plugins/refunds`.", runtime=True),
)
