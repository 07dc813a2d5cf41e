"""``/files/``: signed links."""

from django.urls import path

from kernel.storage import views

app_name = "storage"
urlpatterns = [path("<str:token>", views.download, name="download")]
