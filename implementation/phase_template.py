"""What a rollout starts with: length and overlap of the six phases, their milestones, owed documents and questions.

Lengths are workdays of a standard rollout; a rollout with both dates fixed stretches or squeezes them. Documents follow
what rollouts of a CRM owe per phase: charter and minutes, research records, confirmed requirements, blueprint, tests,
training, cutover with a way back, and the benefit review.
"""

from dataclasses import dataclass

from docs_site.models import DocumentKind
from implementation.models import PhaseKind, TeamRole


@dataclass(frozen=True)
class Named:
    """A text in both languages; ``role`` is the team role that owes or answers it."""

    name: str
    name_en: str
    role: str = TeamRole.PROJECT_MANAGER


@dataclass(frozen=True)
class Owed(Named):
    """A document that the phase owes; ``at`` is the part of the phase after which it is due."""

    kind: str = DocumentKind.OTHER
    at: float = 1.0


@dataclass(frozen=True)
class PhasePlan:
    """A phase from workday ``first`` to workday ``last`` (not included) of the standard plan, go-live being workday 71."""

    kind: str
    first: int
    last: int
    milestones: tuple[Named, ...]
    documents: tuple[Owed, ...]
    questions: tuple[Named, ...]


STANDARD_WORKDAYS = 71  # from the first day to go-live
SHORTEST_WORKDAYS = 12  # two days per phase: below that it is no plan

PM, CONSULTANT, TRAINER, SPONSOR, DEVELOPER = TeamRole.PROJECT_MANAGER, TeamRole.CONSULTANT, TeamRole.TRAINER, TeamRole.SPONSOR, TeamRole.DEVELOPER

TEMPLATE = (
    PhasePlan(
        PhaseKind.KICKOFF,
        0,
        10,
        (Named("项目启动会已召开", "Kick-off meeting held"),),
        (
            Owed("项目章程", "Project charter", PM, DocumentKind.CHARTER, 0.5),
            Owed("启动会会议纪要", "Minutes of the kick-off meeting", PM, DocumentKind.MINUTES),
            Owed("项目组任命与业务接口人名单", "Team appointments and list of liaisons", PM, DocumentKind.OTHER),
        ),
        (Named("发起人已确认项目目标与考核办法", "The sponsor has confirmed goals and how they are measured", SPONSOR),),
    ),
    PhasePlan(
        PhaseKind.RESEARCH,
        10,
        30,
        (Named("需求基线已确认", "Requirements confirmed as a baseline"),),
        (
            Owed("各部门调研记录", "Research records per department", CONSULTANT, DocumentKind.RESEARCH, 0.6),
            Owed("需求规格说明书", "Requirements specification", CONSULTANT, DocumentKind.REQUIREMENTS),
        ),
        (Named("每个部门的岗位均已访谈或现场观察", "Posts of every department were interviewed or observed", CONSULTANT),),
    ),
    PhasePlan(
        PhaseKind.DESIGN,
        25,
        45,
        (Named("解决方案蓝图已签署", "Solution blueprint signed"),),
        (
            Owed("解决方案蓝图", "Solution blueprint", CONSULTANT, DocumentKind.BLUEPRINT),
            Owed("数据收集与迁移方案", "Plan for collecting and migrating data", CONSULTANT, DocumentKind.CHECKLIST),
        ),
        (Named("技术不可行的需求已有替代方案并获批准", "Requirements that cannot be built have an approved alternative", DEVELOPER),),
    ),
    PhasePlan(
        PhaseKind.TESTING,
        41,
        66,
        (Named("数据迁移演练完成", "Migration rehearsed"), Named("用户验收测试通过", "User acceptance test passed")),
        (
            Owed("测试报告", "Test report", CONSULTANT, DocumentKind.TEST_REPORT),
            Owed("培训计划", "Training plan", TRAINER, DocumentKind.TRAINING_PLAN, 0.5),
            Owed("验收报告", "Acceptance report", PM, DocumentKind.ACCEPTANCE),
        ),
        (Named("关键用户确认试运行结果", "Key users accept the results of the trial run", TeamRole.KEY_USER),),
    ),
    PhasePlan(
        PhaseKind.GO_LIVE,
        66,
        71,
        (Named("系统正式上线", "CRM is live"),),
        (
            Owed("上线切换方案", "Go-live plan", PM, DocumentKind.GO_LIVE_PLAN, 0.4),
            Owed("应急与回退预案", "Contingency and roll-back plan", DEVELOPER, DocumentKind.CONTINGENCY, 0.4),
            Owed("上线公告与接口人名单", "Go-live announcement with the list of liaisons", PM, DocumentKind.OTHER, 0.6),
        ),
        (Named("发起人批准上线", "The sponsor approves the go-live", SPONSOR),),
    ),
    PhasePlan(
        PhaseKind.ITERATION,
        71,
        131,
        (Named("上线后三个月收益评估", "Benefit review after three months"),),
        (
            Owed("上线问题与反馈总结", "Summary of questions and reports after go-live", CONSULTANT, DocumentKind.MINUTES, 0.4),
            Owed("收益评估报告", "Benefit review", PM, DocumentKind.ACCEPTANCE),
        ),
        (Named("运维与持续改进已移交", "Operation and further improvement are handed over", SPONSOR),),
    ),
)
