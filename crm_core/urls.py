from django.urls import path

from crm_core import views

app_name = "crm_core"

accounts = [
    path("accounts/", views.account_list, name="account_list"),
    path("accounts/mine/", views.account_list, {"tab": "mine"}, name="account_mine"),
    path("accounts/team/", views.account_list, {"tab": "team"}, name="account_team"),
    path("accounts/pool/", views.account_list, {"tab": "pool"}, name="account_pool"),
    path("accounts/new/", views.account_create, name="account_create"),
    path("accounts/similar/", views.account_similar, name="account_similar"),
    path("accounts/bulk/transfer/", views.account_bulk_transfer, name="account_bulk_transfer"),
    path("accounts/bulk/tag/", views.account_tag, name="account_tag"),
    path("accounts/<int:pk>/", views.account_detail, name="account_detail"),
    path("accounts/<int:pk>/edit/", views.account_edit, name="account_edit"),
    path("accounts/<int:pk>/facts/<slug:field>/", views.account_fact, name="account_fact"),
    path("accounts/<int:pk>/claim/", views.account_claim, name="account_claim"),
    path("accounts/<int:pk>/transfer/", views.account_transfer, name="account_transfer"),
    path("accounts/<int:pk>/return/", views.account_return, name="account_return"),
    path("accounts/<int:pk>/share/", views.account_share, name="account_share"),
    path("accounts/<int:pk>/unshare/<int:person>/", views.account_unshare, name="account_unshare"),
    path("accounts/<int:pk>/discard/", views.account_discard, name="account_discard"),
    path("accounts/<int:pk>/restore/", views.account_restore, name="account_restore"),
    path("accounts/choices/", views.account_choices, name="account_choices"),
    path("accounts/<int:pk>/group/", views.account_group, name="account_group"),
    path("accounts/<int:pk>/relations/new/", views.relation_create, name="relation_create"),
    path("accounts/relations/<int:pk>/end/", views.relation_end, name="relation_end"),
    path("accounts/<int:pk>/billing/new/", views.billing_create, name="billing_create"),
    path("accounts/billing/<int:pk>/edit/", views.billing_edit, name="billing_edit"),
    path("accounts/billing/<int:pk>/retire/", views.billing_retire, name="billing_retire"),
    path("accounts/<int:pk>/log/", views.activity_log, name="activity_log"),
]
contacts = [
    path("contacts/", views.contact_list, name="contact_list"),
    path("contacts/new/", views.contact_create, name="contact_create"),
    path("contacts/<int:pk>/", views.contact_detail, name="contact_detail"),
    path("contacts/<int:pk>/edit/", views.contact_edit, name="contact_edit"),
    path("contacts/<int:pk>/facts/<slug:field>/", views.contact_fact, name="contact_fact"),
    path("contacts/choices/", views.contact_choices, name="contact_choices"),
    path("contacts/links/<int:pk>/edit/", views.contact_role, name="contact_role"),
    path("contacts/<int:pk>/link/", views.contact_link, name="contact_link"),
    path("contacts/links/<int:pk>/end/", views.contact_unlink, name="contact_unlink"),
    path("contacts/<int:pk>/discard/", views.contact_discard, name="contact_discard"),
    path("contacts/<int:pk>/restore/", views.contact_restore, name="contact_restore"),
]
work = [
    path("my-day/", views.my_day, name="my_day"),
    path("activities/", views.activity_list, name="activity_list"),
    path("activities/new/", views.activity_create, name="activity_create"),
    path("activities/<int:pk>/edit/", views.activity_edit, name="activity_edit"),
    path("tasks/", views.task_list, name="task_list"),
    path("tasks/new/", views.task_create, name="task_create"),
    path("tasks/<int:pk>/edit/", views.task_edit, name="task_edit"),
    path("tasks/<int:pk>/done/", views.task_done, name="task_done"),
    path("tasks/<int:pk>/snooze/", views.task_snooze, name="task_snooze"),
]
opportunities = [
    path("opportunities/", views.opportunity_list, name="opportunity_list"),
    path("opportunities/board/", views.opportunity_board, name="opportunity_board"),
    path("opportunities/forecast/", views.opportunity_forecast, name="opportunity_forecast"),
    path("opportunities/forecast/data/", views.opportunity_forecast_data, name="opportunity_forecast_data"),
    path("opportunities/new/", views.opportunity_create, name="opportunity_create"),
    path("opportunities/<int:pk>/", views.opportunity_detail, name="opportunity_detail"),
    path("opportunities/<int:pk>/edit/", views.opportunity_edit, name="opportunity_edit"),
    path("opportunities/<int:pk>/facts/<slug:field>/", views.opportunity_fact, name="opportunity_fact"),
    path("opportunities/choices/", views.opportunity_choices, name="opportunity_choices"),
    path("opportunities/<int:pk>/move/", views.opportunity_move, name="opportunity_move"),
    path("opportunities/<int:pk>/discard/", views.opportunity_discard, name="opportunity_discard"),
    path("opportunities/<int:pk>/restore/", views.opportunity_restore, name="opportunity_restore"),
]
duplicates = [
    path("duplicates/known/", views.duplicate_known, name="duplicate_known"),
    path("duplicates/rules/", views.duplicate_rules, name="duplicate_rules"),
    path("duplicates/rules/bench/", views.duplicate_bench, name="duplicate_bench"),
    path("duplicates/checks/", views.duplicate_checks, name="duplicate_checks"),
]
imports = [
    path("imports/", views.import_list, name="import_list"),
    path("imports/new/", views.import_create, name="import_create"),
    path("imports/<int:pk>/", views.import_detail, name="import_detail"),
    path("imports/<int:pk>/columns/", views.import_map, name="import_map"),
    path("imports/<int:pk>/apply/", views.import_apply, name="import_apply"),
    path("imports/<int:pk>/undo/", views.import_undo, name="import_undo"),
    path("imports/<int:pk>/refused/", views.import_refused, name="import_refused"),
]
settings = [
    path("settings/dictionaries/words/<slug:key>/", views.dictionary_words, name="dictionary_words"),
]
urlpatterns = [
    path("", views.crm_start, name="crm_start"),
    *accounts,
    *contacts,
    *work,
    *opportunities,
    *duplicates,
    *imports,
    *settings,
    path("bin/", views.bin_list, name="bin_list"),
    path("desk/", views.desk, name="desk"),
    path("settings/", views.crm_settings, name="crm_settings"),
]
