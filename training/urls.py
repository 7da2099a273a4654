from django.urls import path

from training.views import learning, manual, procedure

app_name = "training"
urlpatterns = [
    path("", learning.home, name="home"),
    path("progress/", learning.progress, name="progress"),
    path("manual/", manual.manual, name="manual"),
    path("manual/pdf/", manual.manual_pdf, name="manual_pdf"),
    path("procedures/", procedure.procedure_list, name="procedure_list"),
    path("procedures/new/", procedure.procedure_create, name="procedure_create"),
    path("procedures/<int:pk>/", procedure.procedure_detail, name="procedure_detail"),
    path("procedures/<int:pk>/edit/", procedure.procedure_edit, name="procedure_edit"),
    path("procedures/<int:pk>/publish/", procedure.procedure_publish, name="procedure_publish"),
    path("procedures/<int:pk>/retire/", procedure.procedure_retire, name="procedure_retire"),
    path("procedures/<int:pk>/start/", learning.procedure_start, name="procedure_start"),
    path("procedures/<int:pk>/check/", learning.procedure_check, name="procedure_check"),
    path("procedures/<int:pk>/assign/", learning.procedure_assign, name="procedure_assign"),
]
