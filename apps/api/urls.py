"""The addresses below /api/v1/. The kinds' own are found in the registry, so a new kind needs no line here."""

from django.urls import path, re_path

from apps.api import accounts, bookmarks, docs, idle, mine, objects, operations, record, schedules, start, uploads
from apps.api.kinds import collection, many, member
from apps.api.openapi.document import openapi

urlpatterns = [
    path("", start.index, name="api"),
    path("openapi.json", openapi, name="api-openapi"),
    path("docs/", docs.docs, name="api-docs"),
    path("docs/<slug:group>/", docs.docs, name="api-docs-group"),
    path("problems/", start.problem_list),
    path("problems/<slug:slug>", start.problem_page, name="api-problem"),
    path("problems/<slug:slug>/", start.problem_page),
    path("me/", mine.who_am_i),
    path("tokens/", mine.own_tokens),
    path("tokens/<uuid:id>/", mine.own_token),
    path("accounts/", accounts.collection),
    path("accounts/external-id/", accounts.external_ids),
    path("accounts/<uuid:id>/", accounts.member),
    path("accounts/<uuid:id>/check/", accounts.checking),
    path("operations/", operations.collection),
    path("operations/<uuid:id>/", operations.member),
    path("operations/<uuid:id>/cancel/", operations.cancelling),
    path("operations/<uuid:id>/retry/", operations.retrying),
    path("operations/<uuid:id>/approve/", operations.approving),
    path("operations/<uuid:id>/decline/", operations.declining),
    path("schedules/", schedules.collection),
    path("schedules/<uuid:id>/", schedules.member),
    path("schedules/<uuid:id>/pause/", schedules.pausing),
    path("schedules/<uuid:id>/resume/", schedules.resuming),
    path("schedules/<uuid:id>/run/", schedules.running),
    path("schedules/<uuid:id>/runs/", schedules.history),
    path("audit/", record.events),
    path("audit/export/", record.exports),
    path("idle/", idle.collection),
    path("audit/chain/", record.chained),
    path("bookmarks/", bookmarks.collection),
    path("bookmarks/<uuid:id>/", bookmarks.member),
    path("<slug:service>/<slug:plural>/", collection),
    path("<slug:service>/<slug:plural>/actions/<slug:verb>/", many),
    path("<slug:service>/<slug:plural>/<path:id>/objects/", objects.collection),
    path("<slug:service>/<slug:plural>/<path:id>/objects/tags/", objects.tags),
    path("<slug:service>/<slug:plural>/<path:id>/objects/versions/", objects.versions),
    path("<slug:service>/<slug:plural>/<path:id>/objects/links/", objects.linking),
    path("<slug:service>/<slug:plural>/<path:id>/objects/actions/<slug:verb>/", objects.acting),
    path("<slug:service>/<slug:plural>/<path:id>/objects/uploads/", uploads.collection),
    path("<slug:service>/<slug:plural>/<path:id>/objects/uploads/complete/", uploads.completing),
    path("<slug:service>/<slug:plural>/<path:id>/objects/uploads/abort/", uploads.aborting),
    path("<slug:service>/<slug:plural>/<path:id>/objects/uploads/<uuid:upload>/", uploads.member),
    path("<slug:service>/<slug:plural>/<path:id>/objects/uploads/<uuid:upload>/parts/", uploads.parts),
    # An id may hold slashes (an ARN), so what follows it is told apart in the view.
    path("<slug:service>/<slug:plural>/<path:rest>/", member),
    re_path(r"^(?P<rest>.*)$", start.missing),
]
