from feedback.models.backlog import BacklogItem, BacklogKind, BacklogState
from feedback.models.metric import Cause, Diagnosis, MetricKey, MetricValue
from feedback.models.ticket import OPEN_STATES, TEAM_STATES, HopKind, MessageKind, Severity, Ticket, TicketHop, TicketKind, TicketMessage, TicketState

__all__ = [
    "OPEN_STATES",
    "TEAM_STATES",
    "BacklogItem",
    "BacklogKind",
    "BacklogState",
    "Cause",
    "Diagnosis",
    "HopKind",
    "MessageKind",
    "MetricKey",
    "MetricValue",
    "Severity",
    "Ticket",
    "TicketHop",
    "TicketKind",
    "TicketMessage",
    "TicketState",
]
