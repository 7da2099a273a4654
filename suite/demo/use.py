"""Ninety days of use: who works in the CRM, how promptly and how completely, by business unit; East leads, Cloud lags."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from crm_core.models import Account, Activity, Opportunity
from foundation.people.models import User
from foundation.periods import is_workday
from foundation.usage.models import Feature, Outcome, Surface, UsageEvent, Verb
from suite.demo.customers import Base
from suite.demo.world import World

SUBJECTS = {
    "call": ("电话沟通年度计划", "确认报价细节", "了解采购进度", "回访使用情况"),
    "visit": ("上门拜访采购负责人", "现场演示方案", "门店走访", "签约前拜访"),
    "meeting": ("方案评审会", "季度回顾会", "项目启动会"),
    "message": ("微信确认到货时间", "发送产品资料", "约定下次拜访"),
}


@dataclass(frozen=True)
class Habit:
    """How a group works: share of workdays on which somebody works in the CRM, entries a day, promptness, completeness, failed saves."""

    days: float
    entries: float
    prompt: float
    complete: float
    failed: float


HABITS = {"EAST": Habit(0.92, 3.2, 0.93, 0.94, 0.06), "SOUTH": Habit(0.74, 2.0, 0.66, 0.82, 0.12), "CLOUD": Habit(0.34, 1.1, 0.55, 0.68, 0.27)}


class Diary:
    """Collects activities and events of the past, then writes them in bulk."""

    def __init__(self, world: World, random: Random, base: Base, build: str):
        self.world, self.random, self.base, self.build = world, random, base, build
        self.features = {feature.key: feature for feature in Feature.objects.all()}
        self.activities: list[Activity] = []
        self.events: list[tuple[UsageEvent, Activity | None]] = []
        self.last: dict[int, datetime] = {}

    def event(self, user: User, key: str, verb: str, at: datetime, **more) -> UsageEvent:
        """An event as ``record`` would have written it on that day."""
        department = self.world.department_of[user.pk]
        activity = more.pop("activity", None)
        found = UsageEvent(
            recorded_at=at,
            occurred_at=more.pop("occurred_at", at),
            user=user,
            department=department,
            role=self.world.role_of[user.pk],
            verb=verb,
            feature=self.features[key],
            outcome=more.pop("outcome", Outcome.OK),
            surface=Surface.UI,
            build=self.build,
            language="zh-hans",
            **more,
        )
        self.events.append((found, activity))
        return found

    def day_of(self, user: User, day: date, habit: Habit) -> None:
        """One person's day: looks, entries with their lags, some refused by the form, a stage moved, a task done."""
        random = self.random
        at = _moment(day, 8.8 + random.random())
        accounts = self.base.accounts_of.get(user.pk, [])
        if not accounts:
            return
        self.event(user, "crm.my_day", Verb.VIEW, at)
        self.event(user, "crm.account.list", Verb.VIEW, at + timedelta(minutes=2))
        for _number in range(max(1, round(random.gauss(habit.entries, 1)))):
            at += timedelta(minutes=random.randint(15, 110))
            account = random.choice(accounts)
            self.event(user, "crm.account.view", Verb.VIEW, at, object_type="crm_core.account", object_id=str(account.pk))
            if random.random() < habit.failed:
                self.event(user, "crm.activity.log", Verb.LOG, at, outcome=Outcome.INVALID, filled=1, required=4)
            self._entry(user, account, at + timedelta(minutes=3), habit)
        if random.random() < 0.35 * habit.days:
            self.event(
                user,
                "crm.account.edit",
                Verb.UPDATE,
                at + timedelta(minutes=6),
                filled=_filled(random, habit, 9),
                required=9,
                object_type="crm_core.account",
                object_id=str(random.choice(accounts).pk),
            )
        if random.random() < 0.3 * habit.days and (deals := self.base.opportunities_of.get(user.pk)):
            deal = random.choice(deals)
            self.event(user, "crm.board", Verb.VIEW, at + timedelta(minutes=8))
            self.event(user, "crm.opportunity.move", Verb.ADVANCE, at + timedelta(minutes=9), object_type="crm_core.opportunity", object_id=str(deal.pk))
        if random.random() < 0.4 * habit.days:
            self.event(user, "crm.task.done", Verb.RESOLVE, at + timedelta(minutes=12))

    def _entry(self, user: User, account: Account, at: datetime, habit: Habit) -> None:
        random = self.random
        kind = random.choice(list(SUBJECTS))
        hours = random.uniform(0.2, 12) if random.random() < habit.prompt else random.uniform(26, 140)
        activity = Activity(
            account=account, kind=kind, subject=random.choice(SUBJECTS[kind]), occurred_at=at - timedelta(hours=hours), recorded_at=at, author=user
        )
        self.activities.append(activity)
        self.last[account.pk] = max(self.last.get(account.pk, activity.occurred_at), activity.occurred_at)
        self.event(
            user,
            "crm.activity.log",
            Verb.LOG,
            at,
            occurred_at=activity.occurred_at,
            filled=_filled(random, habit, 4),
            required=4,
            object_type="crm_core.activity",
            activity=activity,
        )

    def write(self) -> int:
        """Activities first, so that events can name them; events in the order in which they happened."""
        Activity.objects.bulk_create(self.activities, batch_size=500)
        Activity.history.bulk_history_create(self.activities, batch_size=500)
        self.events.sort(key=lambda pair: pair[0].recorded_at)
        for event, activity in self.events:
            if activity is not None:
                event.object_id = str(activity.pk)
        UsageEvent.objects.bulk_create([event for event, _activity in self.events], batch_size=500)
        accounts = Account.objects.in_bulk(list(self.last))
        for pk, moment in self.last.items():
            accounts[pk].last_activity_at = moment
        Account.objects.bulk_update(list(accounts.values()), ["last_activity_at"], batch_size=500)
        deals = list(Opportunity.objects.filter(account_id__in=self.last))
        for deal in deals:
            deal.last_activity_at = self.last[deal.account_id]
        Opportunity.objects.bulk_update(deals, ["last_activity_at"], batch_size=500)
        return len(self.events)


def _moment(day: date, hour: float) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min)) + timedelta(hours=hour)


def _filled(random: Random, habit: Habit, required: int) -> int:
    return sum(1 for _field in range(required) if random.random() < habit.complete)


def build_use(*, world: World, base: Base, random: Random, today: date, build: str, days: int = 90) -> int:
    """Events and activities of every workday up to yesterday; people get better over the weeks, a few never start."""
    diary = Diary(world, random, base, build)
    workers = [user for user in world.people.values() if world.role_of[user.pk] in ("sales_rep", "sales_manager", "key_user")]
    never = set(random.sample([user.pk for user in workers if _unit(world, user) == "CLOUD"], 3))
    for back in range(days, 0, -1):
        day = today - timedelta(days=back)
        if not is_workday(day):
            continue
        ramp = 0.55 + 0.45 * min(1.0, (days - back) / 45)
        for user in workers:
            habit = HABITS.get(_unit(world, user))
            if habit and user.pk not in never and random.random() < habit.days * ramp:
                diary.day_of(user, day, habit)
    return diary.write()


def _unit(world: World, user: User) -> str:
    unit = world.department_of[user.pk].business_unit
    return unit.code if unit else ""
