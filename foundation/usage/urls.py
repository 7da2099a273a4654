from django.urls import path

from foundation.usage import views

app_name = "usage"
urlpatterns = [
    path("", views.feature_list, name="feature_list"),
    path("seen/", views.seen, name="seen"),
    path("me/", views.my_usage, name="my_usage"),
    path("<int:pk>/", views.feature_detail, name="feature_detail"),
]
