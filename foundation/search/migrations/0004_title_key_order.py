"""On PostgreSQL titles are compared byte by byte, whatever the language of the database: one index then finds how they begin and gives them in order."""

from django.db import migrations


def compare_bytes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE search_searchdocument ALTER COLUMN title_key TYPE varchar(200) COLLATE "C"')


def compare_words(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE search_searchdocument ALTER COLUMN title_key TYPE varchar(200) COLLATE "default"')


class Migration(migrations.Migration):
    dependencies = [("search", "0003_words")]

    operations = [migrations.RunPython(compare_bytes, compare_words)]
