import json

from django.core.management.base import BaseCommand, CommandError

from crm_core.models import OwnershipMode, OwnershipPer
from crm_core.services.pool_settings import switch_mode
from foundation.integrity import Refused
from foundation.people.models import User


class Command(BaseCommand):
    help = "Says or changes whether an account has one owner, or one in each business unit; refuses while rows of the ledger contradict."

    def add_arguments(self, parser):
        parser.add_argument("per", nargs="?", choices=OwnershipPer.values, help="account or unit; without it the mode in force is printed")
        parser.add_argument("--as", dest="username", help="who changes it")

    def handle(self, *args, **options):
        if options["per"]:
            by = User.objects.filter(username=options["username"] or "", is_active=True).first()
            if by is None or not by.has_perm("crm_core.change_ownershipmode"):
                raise CommandError("Say with --as who changes it: a person who may.")
            try:
                switch_mode(per=options["per"], by=by)
            except Refused as refusal:
                self.stdout.write(json.dumps({"refused": str(refusal)}, ensure_ascii=False))
                raise CommandError(str(refusal)) from refusal
        self.stdout.write(json.dumps({"per": OwnershipMode.objects.get_or_create(pk=1)[0].per}))
