from django.db import migrations

PIPELINES = [
    (
        "标准销售",
        "Standard sales",
        [],
        [
            ("初步接触", "First contact", 10, "open", False, False, 14),
            ("需求确认", "Needs confirmed", 25, "open", False, False, 21),
            ("方案报价", "Proposal", 50, "open", True, True, 21),
            ("商务谈判", "Negotiation", 75, "open", True, True, 14),
            ("赢单", "Won", 100, "won", True, True, 0),
            ("输单", "Lost", 0, "lost", False, False, 0),
        ],
    ),
    (
        "续约",
        "Renewal",
        [],
        [
            ("到期提醒", "Expiry in sight", 40, "open", False, True, 30),
            ("续约报价", "Renewal offer", 70, "open", True, True, 21),
            ("赢单", "Won", 100, "won", True, True, 0),
            ("输单", "Lost", 0, "lost", False, False, 0),
        ],
    ),
    (
        "商户拓展",
        "Merchant sign-up",
        ["merchant"],
        [
            ("上门接触", "Visited", 20, "open", False, False, 14),
            ("资料审核", "Papers checked", 50, "open", False, False, 10),
            ("签约上线", "Contract and start", 80, "open", True, True, 14),
            ("赢单", "Won", 100, "won", True, True, 0),
            ("输单", "Lost", 0, "lost", False, False, 0),
        ],
    ),
    (
        "个人客户",
        "Private customers",
        ["individual"],
        [
            ("咨询", "Enquiry", 20, "open", False, False, 7),
            ("意向确认", "Interest confirmed", 50, "open", False, False, 7),
            ("下单", "Order", 80, "open", True, False, 7),
            ("赢单", "Won", 100, "won", True, False, 0),
            ("输单", "Lost", 0, "lost", False, False, 0),
        ],
    ),
]


def load(apps, schema_editor):
    """Merchants and private customers get a pipeline of their own; the others are for every kind."""
    Pipeline, Stage = apps.get_model("crm_core", "Pipeline"), apps.get_model("crm_core", "Stage")
    for order, (name, name_en, kinds, stages) in enumerate(PIPELINES, start=1):
        pipeline, made = Pipeline.objects.get_or_create(name=name, defaults={"name_en": name_en, "order": order, "kinds": kinds})
        if not made:
            continue
        Stage.objects.bulk_create(
            Stage(
                pipeline=pipeline,
                order=place,
                name=stage,
                name_en=stage_en,
                probability=probability,
                outcome=outcome,
                needs_amount=needs_amount,
                needs_close_on=needs_close_on,
                max_days=max_days,
            )
            for place, (stage, stage_en, probability, outcome, needs_amount, needs_close_on, max_days) in enumerate(stages, start=1)
        )


class Migration(migrations.Migration):
    dependencies = [("crm_core", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop, elidable=False)]
