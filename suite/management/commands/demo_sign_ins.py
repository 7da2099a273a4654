from django.core.management.base import BaseCommand

from foundation.people.models import User
from suite.demo import PASSWORD

SHOWN = ("pm", "liaison", "rep", "manager", "trainer", "developer", "sponsor", "service", "admin")


class Command(BaseCommand):
    help = "Prints who may sign in to the demo, and as what."

    def handle(self, *args, **options):
        people = User.objects.filter(is_demo=True, username__in=SHOWN).in_bulk(field_name="username")
        self.stdout.write(f"  Everybody's password: {PASSWORD}")
        for username in SHOWN:
            if person := people.get(username):
                post = person.assignments.select_related("position__department").first()
                self.stdout.write(f"  {username:<12} {post.position.title_en}, {post.position.department.name_en}")
