"""What each kind of document starts with: headings and a hint under each, in both languages."""

from html import escape

from docs_site.models import DocumentKind

# kind: ((heading, hint) …) in Simplified Chinese and English
_ZH: dict[str, tuple[tuple[str, str], ...]] = {
    DocumentKind.CHARTER: (
        ("背景与痛点", "现在的做法是什么，哪里让人吃亏，用数字说明。"),
        ("目标与衡量", "上线后要做到什么，用什么指标、什么时候衡量。"),
        ("范围", "包含哪些部门、流程和数据；明确不包含什么。"),
        ("组织与职责", "发起人、项目经理、业务接口人、关键用户及各自的权责。"),
        ("阶段与里程碑", "启动、调研、设计、测试、上线、迭代的计划日期。"),
        ("预算", "软件、实施、培训和内部投入。"),
        ("风险与对策", "最可能出问题的三到五件事，以及谁负责应对。"),
    ),
    DocumentKind.MINUTES: (
        ("时间、地点与出席", "谁在场，谁缺席，谁记录。"),
        ("议题与结论", "每个议题一段：讨论要点和结论。"),
        ("待办事项", "做什么、谁负责、什么时候完成。"),
        ("遗留问题", "没有定下来的问题，以及由谁在何时提出方案。"),
    ),
    DocumentKind.RESEARCH: (
        ("访谈对象与方式", "岗位、部门、日期，访谈还是现场观察。"),
        ("现状流程", "一步一步写：谁做、用什么工具、产出什么。"),
        ("问题与原话", "尽量保留原话，标明是谁说的。"),
        ("数据与表单", "现在用的表格、口径和量级。"),
        ("期望", "希望系统帮助解决什么，怎样算好用。"),
    ),
    DocumentKind.REQUIREMENTS: (
        ("概述", "本文档覆盖的部门和流程。"),
        ("业务场景", "每个场景：角色、触发、步骤、结果。"),
        ("功能需求", "编号、描述、来源、优先级。"),
        ("数据需求", "输入、输出、口径和负责人。"),
        ("权限需求", "谁能看，谁能改，谁能导出。"),
        ("不做的事", "讨论过但本期不做的需求及原因。"),
    ),
    DocumentKind.BLUEPRINT: (
        ("目标流程", "上线后的流程，标明与现状的差别。"),
        ("系统方案", "用标准功能、配置还是开发实现，为什么。"),
        ("数据方案", "主数据、历史数据迁移和清洗规则。"),
        ("权限方案", "角色、可见范围和审批。"),
        ("接口方案", "对接系统、方向、频率、失败时怎么办。"),
        ("决定与取舍", "做过的决定、被否决的方案和理由。"),
    ),
    DocumentKind.TEST_REPORT: (
        ("测试范围", "覆盖哪些需求和场景，哪些没有测。"),
        ("环境与数据", "版本、环境和测试数据。"),
        ("结果", "通过、失败、阻塞的数量，按场景列出。"),
        ("缺陷", "未关闭的缺陷、影响和处理意见。"),
        ("结论", "可以、有条件地可以，还是不可以进入下一阶段。"),
    ),
    DocumentKind.TRAINING_PLAN: (
        ("培训对象", "按岗位分批，每批多少人。"),
        ("内容", "操作、管理规定、前后对比，按业务场景组织。"),
        ("安排", "日期、地点、讲师、练习环境。"),
        ("考核", "怎样算学会，未通过的怎么补。"),
    ),
    DocumentKind.GO_LIVE_PLAN: (
        ("上线范围与批次", "哪些部门在哪一天上线。"),
        ("准备清单", "数据、权限、培训、公告、值守。"),
        ("切换步骤", "顺序、负责人、预计用时、验证方法。"),
        ("是否上线的条件", "谁在什么时候依据什么决定。"),
        ("现场支持", "试运行期间谁在哪里支持，问题多久解决。"),
    ),
    DocumentKind.CONTINGENCY: (
        ("触发条件", "出现什么情况、到什么程度启动预案。"),
        ("回退步骤", "怎样回到原来的做法，数据怎么补。"),
        ("联系人", "谁决定、谁执行、谁通知。"),
        ("演练记录", "什么时候演练过，结果如何。"),
    ),
    DocumentKind.CHECKLIST: (("检查项", ""),),
    DocumentKind.ACCEPTANCE: (
        ("验收范围", "合同和需求的对应关系。"),
        ("验收结果", "逐项：达成、部分达成、未达成。"),
        ("遗留事项", "内容、责任方、完成日期。"),
        ("结论", "通过、有条件通过或不通过。"),
    ),
}
_EN: dict[str, tuple[tuple[str, str], ...]] = {
    DocumentKind.CHARTER: (
        ("Background and pain", "How it is done today, where it hurts, in numbers."),
        ("Goals and measures", "What must be true after go-live, how and when it is measured."),
        ("Scope", "Departments, processes and data that are in; what is out."),
        ("Organisation and duties", "Sponsor, project manager, liaisons, key users, and what each may decide."),
        ("Phases and milestones", "Planned dates of kick-off, research, design, testing, go-live and iteration."),
        ("Budget", "Software, services, training and our own people."),
        ("Risks and answers", "The three to five most likely problems, and who answers each."),
    ),
    DocumentKind.MINUTES: (
        ("When, where, who", "Who was there, who was missing, who wrote this."),
        ("Topics and decisions", "A paragraph for each topic: what was said and what was decided."),
        ("Actions", "What, who, by when."),
        ("Open questions", "What was not decided, and who brings a proposal when."),
    ),
    DocumentKind.RESEARCH: (
        ("Who was asked and how", "Post, department, day; interview or observation."),
        ("How it works today", "Step by step: who, with what tool, with what result."),
        ("Problems in their words", "Keep the quotation and who said it."),
        ("Data and forms", "Tables in use, definitions, volumes."),
        ("Wishes", "What the system should solve, and what would make it good."),
    ),
    DocumentKind.REQUIREMENTS: (
        ("Overview", "Departments and processes covered."),
        ("Business scenarios", "Each: role, trigger, steps, result."),
        ("Functional requirements", "Code, statement, source, priority."),
        ("Data requirements", "Inputs, outputs, definitions, owners."),
        ("Rights", "Who sees, who changes, who exports."),
        ("Left out", "What was discussed and is not done now, and why."),
    ),
    DocumentKind.BLUEPRINT: (
        ("Target process", "The process after go-live, and how it differs from today."),
        ("Solution", "Standard, configuration or development, and why."),
        ("Data", "Master data, migration and cleaning rules."),
        ("Rights", "Roles, visibility and approvals."),
        ("Interfaces", "Systems, direction, rhythm, what happens on failure."),
        ("Decisions", "What was decided, what was turned down, and why."),
    ),
    DocumentKind.TEST_REPORT: (
        ("Scope", "Requirements and scenarios that were tested, and those that were not."),
        ("Environment and data", "Build, environment, test data."),
        ("Results", "Passed, failed and blocked, by scenario."),
        ("Defects", "Open defects, their effect, what is proposed."),
        ("Verdict", "Ready, ready with risks, or not ready for the next phase."),
    ),
    DocumentKind.TRAINING_PLAN: (
        ("Who is trained", "Batches by post, and how many in each."),
        ("Content", "Operation, rules, before and after, by business scenario."),
        ("Schedule", "Day, place, trainer, practice copy."),
        ("Assessment", "What counts as learned, and what happens otherwise."),
    ),
    DocumentKind.GO_LIVE_PLAN: (
        ("Scope and waves", "Which department goes live on which day."),
        ("Preparation", "Data, rights, training, announcement, people on duty."),
        ("Cut-over steps", "Order, owner, expected time, how each is verified."),
        ("Go or no go", "Who decides, when, by what."),
        ("Support on site", "Who helps where during the trial run, and how fast problems are solved."),
    ),
    DocumentKind.CONTINGENCY: (
        ("Triggers", "What must happen, and how bad, before this plan starts."),
        ("Way back", "How to return to the old way, and how data is made up."),
        ("Contacts", "Who decides, who acts, who informs."),
        ("Drills", "When it was practised, and with what result."),
    ),
    DocumentKind.CHECKLIST: (("Items to check", ""),),
    DocumentKind.ACCEPTANCE: (
        ("Scope of acceptance", "How contract and requirements correspond."),
        ("Results", "Item by item: met, partly met, not met."),
        ("Left to do", "What, whose, by when."),
        ("Verdict", "Accepted, accepted with conditions, or not accepted."),
    ),
}


def skeleton(kind: str, language: str) -> list[tuple[str, str]]:
    """Headings and first text of a kind; a checklist starts with an open tick box."""
    rows = (_ZH if language == "zh-hans" else _EN).get(kind)
    if rows is None:
        return [("正文" if language == "zh-hans" else "Text", "")]
    if kind == DocumentKind.CHECKLIST:
        item = "第一项" if language == "zh-hans" else "First item"
        return [(rows[0][0], f'<ul><li class="todo">{item}</li></ul>')]
    return [(heading, f"<p><em>{escape(hint, quote=False)}</em></p>") for heading, hint in rows]
