from django.urls import path

from foundation.people.views import connector, department, imports, me, person, role

app_name = "people"
urlpatterns = [
    path("", person.person_list, name="person_list"),
    path("create/", person.person_create, name="person_create"),
    path("<int:pk>/", person.person_detail, name="person_detail"),
    path("<int:pk>/edit/", person.person_edit, name="person_edit"),
    path("<int:pk>/deactivate/", person.person_deactivate, name="person_deactivate"),
    path("<int:pk>/activate/", person.person_activate, name="person_activate"),
    path("<int:pk>/invite/", person.person_invite, name="person_invite"),
    path("<int:pk>/remove-second-factor/", person.person_remove_second_factor, name="person_remove_second_factor"),
    path("<int:pk>/assign/", person.assignment_create, name="assignment_create"),
    path("assignments/<int:pk>/end/", person.assignment_end, name="assignment_end"),
    path("roles/", role.role_list, name="role_list"),
    path("chart/", person.organisation_chart, name="organisation_chart"),
    # departments and positions
    path("departments/", department.department_list, name="department_list"),
    path("departments/create/", department.department_create, name="department_create"),
    path("departments/<int:pk>/", department.department_detail, name="department_detail"),
    path("departments/<int:pk>/edit/", department.department_edit, name="department_edit"),
    path("departments/<int:pk>/close/", department.department_close, name="department_close"),
    path("departments/<int:pk>/positions/create/", department.position_create, name="position_create"),
    path("positions/<int:pk>/edit/", department.position_edit, name="position_edit"),
    path("positions/<int:pk>/close/", department.position_close, name="position_close"),
    # oneself
    path("me/", me.me, name="me"),
    path("me/card/", person.me_detail, name="me_detail"),
    path("me/deputies/", me.delegation_list, name="delegation_list"),
    path("me/deputies/create/", me.delegation_create, name="delegation_create"),
    path("me/deputies/<int:pk>/end/", me.delegation_end, name="delegation_end"),
    path("me/sessions/end/", me.sessions_end, name="sessions_end"),
    path("me/sessions/<int:pk>/end/", me.session_end, name="session_end"),
    path("me/tokens/create/", me.token_create, name="token_create"),
    path("me/tokens/<int:pk>/revoke/", me.token_revoke, name="token_revoke"),
    # programs
    path("connectors/", connector.connector_list, name="connector_list"),
    path("connectors/create/", connector.connector_create, name="connector_create"),
    path("connectors/<int:pk>/close/", connector.connector_close, name="connector_close"),
    path("connectors/<int:pk>/tokens/create/", connector.connector_token_create, name="connector_token_create"),
    path("connectors/tokens/<int:pk>/revoke/", connector.connector_token_revoke, name="connector_token_revoke"),
    # people from a spreadsheet
    path("imports/", imports.import_create, name="import_create"),
    path("imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path("imports/<int:pk>/apply/", imports.import_apply, name="import_apply"),
    path("imports/<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("imports/<int:pk>/refused/", imports.import_refused, name="import_refused"),
]
