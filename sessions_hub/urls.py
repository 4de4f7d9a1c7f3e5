from django.urls import path

from sessions_hub.api import SessionListView

app_name = "sessions_hub"
urlpatterns = [path("", SessionListView.as_view(), name="list")]
