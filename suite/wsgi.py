"""WSGI entry for the web server; refuses to serve demo sign-ins in production."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suite.settings")

application = get_wsgi_application()

from foundation.people.checks import refuse_demo_people  # noqa: E402  (needs the set-up applications)

refuse_demo_people()
