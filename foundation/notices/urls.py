from django.urls import path

from foundation.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.notice_list, name="notice_list"),
    path("count/", views.notice_count, name="notice_count"),
    path("read/", views.notice_read_all, name="notice_read_all"),
    path("preferences/", views.preference_edit, name="preference_edit"),
    path("<int:pk>/open/", views.notice_open, name="notice_open"),
    path("<int:pk>/read/", views.notice_read, name="notice_read"),
    path("calendar/", views.calendar_day_list, name="calendar_day_list"),
    path("calendar/new/", views.calendar_day_create, name="calendar_day_create"),
    path("calendar/<int:pk>/delete/", views.calendar_day_delete, name="calendar_day_delete"),
]
