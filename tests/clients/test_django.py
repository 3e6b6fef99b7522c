"""Django keeps its models in a workspace, in a process of its own: the one of the tests has another Django project."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.clients.matrix import covers
from tests.live_server import ROOT
from tests.wire.pgwire.sql_cast import Login

SCRIPT = """
import contextlib, decimal, io, json, os, sys
import django
from django.conf import settings

database = {"ENGINE": "django.db.backends.postgresql", **json.load(sys.stdin)}
settings.configure(DATABASES={"default": database}, USE_TZ=True)
django.setup()
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone


class Author(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=20, unique=True)

    class Meta:
        app_label = "shelf"
        db_table = "django_author"


class Book(models.Model):
    id = models.IntegerField(primary_key=True)
    author = models.ForeignKey(Author, models.CASCADE, db_constraint=False)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    made = models.DateTimeField(default=timezone.now)
    doc = models.JSONField(default=dict)
    rating = models.FloatField(null=True)

    class Meta:
        app_label = "shelf"
        db_table = "django_book"


with connection.schema_editor() as editor:
    editor.create_model(Author)
    editor.create_model(Book)

ana = Author.objects.create(id=1, name="Ana")
Book.objects.bulk_create(
    Book(id=n, author=ana, price=decimal.Decimal(n) / 4, doc={"n": [n]}, rating=0.1) for n in range(1, 3001))
# Its JSONField expects jsonb from the server, which says json: the text is read with a cast.
books = Book.objects.defer("doc")
text = models.functions.Cast("doc", models.TextField())
assert json.loads(books.annotate(text=text).get(pk=7).text) == {"n": [7]}
assert Book.objects.filter(author__name__icontains="AN", price__gt=700).count() == 200
assert Book.objects.aggregate(total=models.Sum("price"))["total"] == decimal.Decimal("1125375.00")
assert Book.objects.filter(made__year=timezone.now().year).exists()
assert Book.objects.filter(pk=5).update(rating=models.F("rating") + 1) == 1
assert books.get(pk=5).rating == 1.1
assert Book.objects.filter(pk=6).delete()[0] == 1
assert sum(1 for _ in books.order_by("pk").iterator(chunk_size=500)) == 2999

with transaction.atomic():
    with contextlib.suppress(DatabaseError), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT not_there")
    Author.objects.create(id=2, name="Bob")
with contextlib.suppress(ZeroDivisionError), transaction.atomic():
    Author.objects.create(id=3, name="Eve")
    1 / 0
assert list(Author.objects.order_by("pk").values_list("name", flat=True)) == ["Ana", "Bob"]

found = io.StringIO()
call_command("inspectdb", "django_book", stdout=found)
sys.stdout.write(json.dumps({"inspected": found.getvalue()}))
"""


@covers("Django", "connect", "ORM CRUD on own tables", "inspectdb", "atomic nesting", "iterator")
def test_django_keeps_its_models(login: Login) -> None:
    names = {"HOST": "127.0.0.1", "PORT": login.port, "NAME": login.database, "USER": login.user}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps(names | {"PASSWORD": login.password}),
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    inspected = json.loads(done.stdout)["inspected"]
    for line in (
        "id = models.IntegerField(primary_key=True)",
        "price = models.DecimalField(max_digits=8, decimal_places=2)",
        "rating = models.FloatField(blank=True, null=True)",
        "made = models.DateTimeField()",
    ):
        assert line in inspected, inspected
