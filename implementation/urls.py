from django.urls import path

from implementation import views

app_name = "implementation"

rollouts = [
    path("rollouts/", views.rollout_list, name="rollout_list"),
    path("rollouts/new/", views.rollout_create, name="rollout_create"),
    path("rollouts/<int:pk>/", views.rollout_detail, name="rollout_detail"),
    path("rollouts/<int:pk>/facts/<slug:field>/", views.rollout_fact, name="rollout_fact"),
    path("rollouts/<int:pk>/edit/", views.rollout_edit, name="rollout_edit"),
    path("rollouts/<int:pk>/move/", views.rollout_move, name="rollout_move"),
    path("rollouts/<int:pk>/waves/new/", views.wave_create, name="wave_create"),
    path("rollouts/<int:pk>/goals/new/", views.goal_create, name="goal_create"),
    path("rollouts/<int:pk>/plan/", views.rollout_plan, name="rollout_plan"),
    path("rollouts/<int:pk>/plan/data/", views.rollout_plan_data, name="rollout_plan_data"),
    path("rollouts/<int:pk>/milestones/new/", views.milestone_create, name="milestone_create"),
    path("rollouts/<int:pk>/team/", views.rollout_team, name="rollout_team"),
    path("rollouts/<int:pk>/team/new/", views.member_create, name="member_create"),
    path("rollouts/<int:pk>/register/", views.rollout_register, name="rollout_register"),
    path("rollouts/<int:pk>/register/matrix/", views.rollout_matrix, name="rollout_matrix"),
    path("rollouts/<int:pk>/register/new/", views.register_create, name="register_create"),
    path("rollouts/<int:pk>/activity/", views.rollout_activity, name="rollout_activity"),
    path("rollouts/<int:pk>/report/", views.rollout_report, name="rollout_report"),
]

parts = [
    path("goals/<int:pk>/edit/", views.goal_edit, name="goal_edit"),
    path("phases/<int:pk>/", views.phase_detail, name="phase_detail"),
    path("phases/<int:pk>/edit/", views.phase_edit, name="phase_edit"),
    path("phases/<int:pk>/start/", views.phase_start, name="phase_start"),
    path("milestones/<int:pk>/edit/", views.milestone_edit, name="milestone_edit"),
    path("milestones/<int:pk>/reach/", views.milestone_reach, name="milestone_reach"),
    path("members/<int:pk>/edit/", views.member_edit, name="member_edit"),
    path("members/<int:pk>/end/", views.member_end, name="member_end"),
    path("register/<int:pk>/edit/", views.register_edit, name="register_edit"),
    path("register/<int:pk>/start/", views.register_start, name="register_start"),
    path("register/<int:pk>/delete/", views.register_delete, name="register_delete"),
]

gates = [
    path("gates/<int:pk>/", views.gate_detail, name="gate_detail"),
    path("gates/<int:pk>/pass/", views.gate_pass, name="gate_pass"),
    path("gates/<int:pk>/reopen/", views.gate_reopen, name="gate_reopen"),
    path("gates/<int:pk>/criteria/new/", views.criterion_create, name="criterion_create"),
    path("passages/<int:pk>/", views.passage_detail, name="passage_detail"),
    path("criteria/<int:pk>/edit/", views.criterion_edit, name="criterion_edit"),
    path("criteria/<int:pk>/delete/", views.criterion_delete, name="criterion_delete"),
    path("criteria/<int:pk>/waive/", views.criterion_waive, name="criterion_waive"),
    path("criteria/<int:pk>/answer/", views.criterion_answer, name="criterion_answer"),
    path("waivers/<int:pk>/revoke/", views.waiver_revoke, name="waiver_revoke"),
]

urlpatterns = rollouts + parts + gates
