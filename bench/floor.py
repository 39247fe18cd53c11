"""The floor: what a bare Django project needs for the same, under the same command on the same database.

`/` is a page for a signed-in person with 50 rows of a 10,000-row table, by Django templates; `/json` those rows by
orjson. No tenants, no row-level security, no permissions, no filters, no navigation.
"""

import orjson
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path


class Machine(models.Model):
    """A row of the floor's table; world.py makes and fills it."""

    name = models.CharField(max_length=80, db_index=True)
    instance = models.CharField(max_length=20)
    state = models.CharField(max_length=20)
    type = models.CharField(max_length=20)
    account = models.CharField(max_length=40)
    zone = models.CharField(max_length=20)
    address = models.CharField(max_length=20)
    cost = models.DecimalField(max_digits=14, decimal_places=4)
    launched = models.DateTimeField()

    class Meta:
        app_label = "bench"
        db_table = "bench_machine"

    def __str__(self) -> str:
        return self.name


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "floor.html", {"machines": Machine.objects.order_by("name")[:50]})


def rows(request: HttpRequest) -> HttpResponse:
    found = list(Machine.objects.order_by("name").values()[:50])
    return HttpResponse(orjson.dumps({"results": found}, default=str), content_type="application/json")


def live(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("", page), path("json", rows), path("healthz/live", live)]
