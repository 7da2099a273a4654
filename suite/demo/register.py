"""What the register of companies knows of the demo's customers: their codes, and what became of some of them."""

from datetime import datetime, timedelta
from random import Random

from stdnum.cn import uscc

from crm_core.models import Account, RegisteredStatus, StatusReview
from suite.demo import SEED
from suite.demo.world import World

SOURCE = "国家企业信用信息公示系统"
NEVER_LOOKED_UP, LOOKED_UP_LONG_AGO = 0.02, 0.01
_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LETTERS = {sign: value for value, sign in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def credit_code_of(number: int, region: str) -> str:
    """The unified social credit code (GB 32100) of the n-th company or merchant of a place, with both check characters right: GB 11714 and GB 32100."""
    inner, rest = "", number * 7919 + 90_001  # neighbours in the list are none in the register
    for _place in range(6):
        rest, sign = divmod(rest, len(_SIGNS))
        inner = _SIGNS[sign] + inner
    unit = f"MA{inner}"
    check = (11 - sum(_LETTERS[sign] * weight for sign, weight in zip(unit, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11) % 11
    front = f"91{region}{unit}{'X' if check == 10 else check}"
    return f"{front}{uscc.calc_check_digit(front)}"


def enter_in_register(rows: list[Account], *, now: datetime) -> None:
    """Gives most accounts a code and what the register said of it; a few were never looked up, a few long ago."""
    random = Random(SEED + 1)  # noqa: S311  # nosec B311  (of its own, so that the rest of the story stays as it was)
    for number, account in enumerate(rows):
        if random.random() < 0.12:
            continue  # not yet asked for
        account.credit_code = credit_code_of(number, account.region)
        fate = random.random()
        if fate < NEVER_LOOKED_UP:
            continue
        days = random.randint(380, 398) if fate < NEVER_LOOKED_UP + LOOKED_UP_LONG_AGO else random.randint(10, 350)
        account.registered_status, account.registered_status_source = RegisteredStatus.IN_BUSINESS, SOURCE
        account.registered_status_on = (now - timedelta(days=days)).date()
    _ends(rows, now)


def _ends(rows: list[Account], now: datetime) -> None:
    """One customer lost its licence, one moved away, one was closed; each with an owner who should know."""
    known = [account for account in rows if account.owner_id and account.registered_status]
    known.sort(key=lambda account: account.owner is None or account.owner.username != "rep")
    fates = ((RegisteredStatus.REVOKED, 9), (RegisteredStatus.MOVED_OUT, 23), (RegisteredStatus.CANCELLED, 41))
    for account, (status, days) in zip(known, fates, strict=False):
        account.registered_status, account.registered_status_on = status, (now - timedelta(days=days)).date()


def tell_of_looks(rows: list[Account], *, world: World, now: datetime) -> None:
    """The looks by which the data consultant learned it; older words came with the data. Of those who are gone somebody must look again and decide."""
    looks = []
    for account in rows:
        on = account.registered_status_on
        if on is None or on < account.created_at.date():
            continue
        gone = account.registered_status != RegisteredStatus.IN_BUSINESS
        looks.append(
            StatusReview(
                account=account,
                status=account.registered_status,
                before=RegisteredStatus.IN_BUSINESS if gone else "",
                source=account.registered_status_source,
                note="请负责人核实后决定是否继续合作。" if gone else "",
                again_on=on + timedelta(days=7 if gone else 365),
                reviewed_by=world.people["consultant2"],
                reviewed_at=now - timedelta(days=(now.date() - on).days),
            )
        )
    StatusReview.objects.bulk_create(looks, batch_size=500)
