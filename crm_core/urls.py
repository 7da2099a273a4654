from django.urls import URLPattern

app_name = "crm_core"
urlpatterns: list[URLPattern] = []
