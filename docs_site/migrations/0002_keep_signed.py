from django.db import migrations

from docs_site.triggers import install, remove


class Migration(migrations.Migration):
    """The database refuses to change what was signed."""

    dependencies = [("docs_site", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
