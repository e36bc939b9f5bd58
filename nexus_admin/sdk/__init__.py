"""What an extension sees: the nouns, the markers, the declarations. Import from here and nowhere else."""

from nexus_admin.domain.action import Action, Call, Event, Nothing
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.audit import AuditEntry, Change
from nexus_admin.domain.decision import Decision, denied
from nexus_admin.domain.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NexusError,
    NotFound,
    Refused,
)
from nexus_admin.domain.event import EventModel, UnreadableEvent
from nexus_admin.domain.expression import And, Comparison, Count, Expression, Not, Or, Quantified, Search, Variable
from nexus_admin.domain.field_kind import FieldKind, Locale
from nexus_admin.domain.job import Cancelled, GiveUp, Job, JobFailed, RetryLater, Schedule
from nexus_admin.domain.kinds import family, is_numeric
from nexus_admin.domain.page import Page, PageAnswer, PageRequest, Slot, SlotContext
from nexus_admin.domain.projection import Folding, Projected, Projection
from nexus_admin.domain.query import (
    Asked,
    Dimension,
    Entry,
    EntryForm,
    FunctionCall,
    Listing,
    Measure,
    Others,
    Query,
    Result,
    ResultColumn,
    Stretch,
)
from nexus_admin.domain.resource import Field, Relation, Resource, Schema
from nexus_admin.domain.row import ListRequest, Masked, Row, RowPage, Unreadable
from nexus_admin.domain.setting import Setting
from nexus_admin.domain.target import Target
from nexus_admin.domain.widget import Dashboard, Drawing, NoOptions, Placement, SharedFilter, Widget
from nexus_admin.sdk.declarations import AsgiApp, Check, Engine, Exporter, Listener, Middleware, Policy, SourceDriver
from nexus_admin.sdk.events import Envelope, Heard, envelope, envelopes, on
from nexus_admin.sdk.figures import bucket, compact, figure, number, signs
from nexus_admin.sdk.jobs import JobContext, job
from nexus_admin.sdk.lines import line_paths
from nexus_admin.sdk.markers import hookimpl, hookwrapper
from nexus_admin.sdk.options import Grain, Period, ResourceOptions, TimedOptions
from nexus_admin.sdk.paths import field_at, path_of, path_text, path_title, stream_followed, topic_followed
from nexus_admin.sdk.periods import before, before_title, grain_for, moved_on, period_title, within
from nexus_admin.sdk.pictures import Picture, picture
from nexus_admin.sdk.server import server
from nexus_admin.sdk.status import pill
from nexus_admin.sdk.steps import filled, step_after

__all__ = [
    "Action", "Actor", "And", "AsgiApp", "Asked", "AuditEntry", "BadRequest", "Call", "Cancelled", "Change", "Check",
    "Comparison", "Conflict", "Count", "Dashboard", "Decision", "Dimension", "Drawing", "Engine", "Entry", "EntryForm",
    "Envelope", "Event", "EventModel", "Exporter", "Expression", "Field", "FieldKind", "Folding", "Forbidden",
    "FunctionCall", "GiveUp", "Grain", "Heard", "Invalid", "Job", "JobContext", "JobFailed", "ListRequest", "Listener",
    "Listing", "Locale", "Masked", "Measure", "Middleware", "NexusError", "NoOptions", "Not", "NotFound", "Nothing",
    "Or", "Others", "Page", "PageAnswer", "PageRequest", "Period", "Picture", "Placement", "Policy", "Projected",
    "Projection", "Quantified", "Query", "Refused", "Relation", "Resource", "ResourceOptions", "Result", "ResultColumn",
    "RetryLater", "Row", "RowPage", "Schedule", "Schema", "Search", "Setting", "SharedFilter", "Slot", "SlotContext",
    "SourceDriver", "Stretch", "Target", "TimedOptions", "Unreadable", "UnreadableEvent", "Variable", "Widget",
    "before", "before_title", "bucket", "compact", "denied", "envelope", "envelopes", "family", "field_at", "figure",
    "filled", "grain_for", "hookimpl", "hookwrapper", "is_numeric", "job", "line_paths", "moved_on", "number", "on",
    "path_of", "path_text", "path_title", "period_title", "picture", "pill", "server", "signs", "step_after",
    "stream_followed", "topic_followed", "within",
]  # fmt: skip
