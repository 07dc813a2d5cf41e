"""``/_outbox/``, included only where demonstrations are allowed."""

from django.urls import path

from kernel.mail import views

app_name = "mail"
urlpatterns = [path("", views.outbox, name="outbox")]
