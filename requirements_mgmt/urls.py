from django.urls import URLPattern

app_name = "requirements_mgmt"
urlpatterns: list[URLPattern] = []
