from django.urls import path

from feedback.views import backlog, fact, metric, ticket

app_name = "feedback"
urlpatterns = [
    path("tickets/", ticket.ticket_list, name="ticket_list"),
    path("tickets/new/", ticket.ticket_create, name="ticket_create"),
    path("tickets/<int:pk>/", ticket.ticket_detail, name="ticket_detail"),
    path("tickets/<int:pk>/facts/<slug:field>/", fact.ticket_fact, name="ticket_fact"),
    path("tickets/<int:pk>/screenshot/", ticket.ticket_screenshot, name="ticket_screenshot"),
    path("tickets/<int:pk>/answer/", ticket.ticket_answer, name="ticket_answer"),
    path("tickets/<int:pk>/return/", ticket.ticket_return, name="ticket_return"),
    path("tickets/<int:pk>/reply/", ticket.ticket_reply, name="ticket_reply"),
    path("tickets/<int:pk>/note/", ticket.ticket_note, name="ticket_note"),
    path("tickets/<int:pk>/merge/", ticket.ticket_merge, name="ticket_merge"),
    path("tickets/<int:pk>/forward/", ticket.ticket_forward, name="ticket_forward"),
    path("tickets/<int:pk>/take/", ticket.ticket_take, name="ticket_take"),
    path("tickets/<int:pk>/fix/", ticket.ticket_fix, name="ticket_fix"),
    path("tickets/<int:pk>/tell/", ticket.ticket_tell, name="ticket_tell"),
    path("tickets/<int:pk>/close/", ticket.ticket_close, name="ticket_close"),
    path("liaison-desk/", ticket.liaison_desk, name="liaison_desk"),
    path("team-desk/", ticket.team_desk, name="team_desk"),
    path("adoption/", metric.adoption, name="adoption"),
    path("adoption/chart/<slug:metric_key>.json", metric.metric_chart, name="metric_chart"),
    path("backlog/", backlog.backlog_list, name="backlog_list"),
    path("backlog/<int:pk>/", backlog.backlog_detail, name="backlog_detail"),
    path("backlog/<int:pk>/accept/", backlog.backlog_accept, name="backlog_accept"),
    path("backlog/<int:pk>/decline/", backlog.backlog_decline, name="backlog_decline"),
    path("backlog/<int:pk>/finish/", backlog.backlog_finish, name="backlog_finish"),
    path("backlog/<int:pk>/reopen/", backlog.backlog_reopen, name="backlog_reopen"),
]
