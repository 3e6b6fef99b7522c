"""Files that were registered before are objects too."""

from itertools import islice

from django.db import migrations

_BATCH = 500


def _index(apps, schema_editor):
    file_model = apps.get_model("files", "File")
    waiting = file_model.objects.filter(state="registered", stored_object=None).exclude(path="").order_by("project_id")
    files = waiting.select_related("project").iterator(chunk_size=_BATCH)
    buckets = {}
    while batch := list(islice(files, _BATCH)):
        _index_batch(apps, batch, buckets)


def _index_batch(apps, files, buckets):
    content_model, object_model = apps.get_model("files", "Content"), apps.get_model("files", "StoredObject")
    pairs = [
        (file, content_model(path=file.path, size_bytes=file.size_bytes, created_at=file.created_at)) for file in files
    ]
    content_model.objects.bulk_create([content for _, content in pairs])
    object_model.objects.bulk_create(
        object_model(
            bucket=_bucket(apps, file.project, buckets),
            key=file.path.removeprefix(f"project_{file.project_id}/"),
            file=file,
            content=content,
            etag=f"{(file.checksum_sha256 or file.id.replace('-', ''))[:32]}-1",
            size_bytes=file.size_bytes,
            content_type=file.content_type or "",
            last_modified=file.created_at,
        )
        for file, content in pairs
    )


def _bucket(apps, project, known):
    if project.pk not in known:
        known[project.pk], _ = apps.get_model("files", "ObjectBucket").objects.get_or_create(
            name=f"project_{project.pk}",
            defaults={
                "project": project,
                "owner": f"project:{project.pk}",
                "is_builtin": True,
                "created_at": project.created_at,
            },
        )
    return known[project.pk]


class Migration(migrations.Migration):
    dependencies = [
        ("files", "0002_objects"),
    ]

    operations = [
        migrations.RunPython(_index, migrations.RunPython.noop),
    ]
