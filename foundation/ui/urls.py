from django.urls import path

from foundation.ui import gallery, views

app_name = "ui"
urlpatterns = [
    path("ui/language/", views.language, name="language"),
    path("ui/appearance/", views.appearance, name="appearance"),
    path("ui/rail/", views.rail, name="rail"),
    path("ui/columns/", views.columns, name="columns"),
    path("ui/views/", views.view_create, name="view_create"),
    path("ui/views/<int:pk>/delete/", views.view_delete, name="view_delete"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("gallery/list/", gallery.gallery_list, name="gallery_list"),
    path("gallery/list/<int:pk>/", gallery.gallery_record, name="gallery_record"),
    path("gallery/board/", gallery.gallery_board, name="gallery_board"),
    path("gallery/board/<int:pk>/move/", gallery.gallery_move, name="gallery_move"),
    path("gallery/form/", gallery.gallery_form, name="gallery_form"),
    path("gallery/home/", gallery.gallery_home, name="gallery_home"),
    path("gallery/chart/<slug:kind>/", gallery.gallery_chart, name="gallery_chart"),
    path("gallery/job/", gallery.gallery_job, name="gallery_job"),
    path("gallery/toast/", gallery.gallery_toast, name="gallery_toast"),
    path("gallery/refuse/", gallery.gallery_refuse, name="gallery_refuse"),
]
