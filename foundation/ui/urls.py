from django.urls import path

from foundation.ui import views

app_name = "ui"
urlpatterns = [
    path("language/", views.language, name="language"),
    path("appearance/", views.appearance, name="appearance"),
    path("rail/", views.rail, name="rail"),
    path("columns/", views.columns, name="columns"),
    path("views/", views.view_create, name="view_create"),
    path("views/<int:pk>/delete/", views.view_delete, name="view_delete"),
]
