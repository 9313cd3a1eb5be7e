"""Which deeds of the staff site each role may do. Which rows it may do them to is the database's business."""

from uuid import UUID

from facilities.models import Membership
from facilities.roles import HELPERS, TREATING, Role
from foundation import clock

Verbs = tuple[str, ...]
VIEW: Verbs = ("view",)
ADD: Verbs = ("add",)
EDIT: Verbs = ("view", "add", "change")

EDUCATORS = (Role.EDITOR, Role.MANAGER, Role.PUBLIC_HEALTH, Role.VILLAGE_DOCTOR)

# model label -> role -> verbs
ALLOWED: dict[str, dict[Role, Verbs]] = {
    "facilities.facility": {Role.ADMINISTRATOR: EDIT, Role.MANAGER: VIEW, Role.ENGINEER: VIEW},
    "facilities.department": {Role.ADMINISTRATOR: EDIT, Role.MANAGER: EDIT, Role.RECEPTION: VIEW},
    "facilities.practitioner": {Role.ADMINISTRATOR: EDIT, Role.MANAGER: EDIT, Role.RECEPTION: VIEW},
    "facilities.membership": {
        Role.ADMINISTRATOR: EDIT,
        Role.SECURITY: ("view", "change"),
        Role.MANAGER: ("view", "change"),
        Role.AUDITOR: VIEW,
    },
    "foundation.datedsetting": {Role.ADMINISTRATOR: ("view", "add"), Role.AUDITOR: VIEW},
    "residents.accesscase": {Role.AUDITOR: ("view", "change"), Role.MANAGER: ("view", "change")},
    "residents.guardianship": {Role.MANAGER: ("view", "change"), Role.RECEPTION: ("view", "change")},
    "residents.correction": {Role.RECEPTION: ("view", "change"), Role.MANAGER: ("view", "change")},
    "records.dispute": dict.fromkeys((Role.MANAGER, Role.CLINICIAN, Role.PUBLIC_HEALTH), ("view", "change")),
    "residents.program": {Role.ADMINISTRATOR: EDIT, Role.AUDITOR: VIEW},
    "residents.consenttext": {Role.ADMINISTRATOR: ("view", "add"), Role.AUDITOR: VIEW},
    # "changes": what one administrator changed for the whole county.
    "residents.accessevent": {
        Role.AUDITOR: ("view", "changes"),
        Role.SECURITY: ("changes",),
        Role.ADMINISTRATOR: ("changes",),
    },
    "residents.messagespending": {Role.ADMINISTRATOR: VIEW, Role.ENGINEER: VIEW, Role.AUDITOR: VIEW},
    # Pages of our own (portal.people): lists of persons, emergency access, helping, deeds of two persons.
    "residents.resident": {
        **dict.fromkeys(HELPERS, VIEW),
        Role.MANAGER: ("view", "export"),
        Role.PUBLIC_HEALTH: ("view", "export"),
    },
    "residents.presencecode": dict.fromkeys(HELPERS, VIEW),
    "residents.opening": {**dict.fromkeys(TREATING, ADD), Role.AUDITOR: VIEW},
    "residents.openingreview": {Role.AUDITOR: ("view", "add")},
    "residents.approval": {
        Role.SECURITY: ("view", "add"),
        Role.ADMINISTRATOR: ("view", "add"),
        Role.MANAGER: VIEW,
        Role.AUDITOR: VIEW,
        Role.PUBLIC_HEALTH: VIEW,
    },
    "residents.account": {Role.SECURITY: EDIT, Role.ADMINISTRATOR: VIEW, Role.MANAGER: ("view", "change")},
    "appointments.rule": {Role.ADMINISTRATOR: EDIT, Role.MANAGER: EDIT, Role.RECEPTION: VIEW},
    "appointments.preparation": dict.fromkeys((Role.ADMINISTRATOR, Role.MANAGER, Role.RECEPTION), EDIT),
    "appointments.service": {Role.ADMINISTRATOR: EDIT, Role.MANAGER: EDIT, Role.RECEPTION: VIEW},
    "appointments.rota": {Role.MANAGER: EDIT, Role.RECEPTION: EDIT, Role.CLINICIAN: VIEW},
    "appointments.rotaexception": {Role.MANAGER: EDIT, Role.RECEPTION: EDIT, Role.CLINICIAN: VIEW},
    "appointments.holiday": {Role.ADMINISTRATOR: EDIT, Role.MANAGER: VIEW, Role.RECEPTION: VIEW},
    "appointments.guideversion": {Role.EDITOR: EDIT, Role.REVIEWER: VIEW},
    "appointments.guidesymptom": {Role.EDITOR: EDIT, Role.REVIEWER: VIEW},
    "appointments.guidesign": {Role.EDITOR: EDIT, Role.REVIEWER: VIEW},
    "appointments.guidequestion": {Role.EDITOR: EDIT, Role.REVIEWER: VIEW},
    "appointments.session": {Role.MANAGER: EDIT, Role.RECEPTION: EDIT, Role.CLINICIAN: VIEW},
    "appointments.booking": {
        **dict.fromkeys((Role.MANAGER, Role.RECEPTION), ("view", "change")),
        Role.CLINICIAN: VIEW,
    },
    # Who calls people in; who hangs up posters and screens.
    "appointments.callback": dict.fromkeys((Role.MANAGER, Role.RECEPTION), ("view", "change")),
    "appointments.ticket": dict.fromkeys((Role.MANAGER, Role.RECEPTION, Role.CLINICIAN), ("view", "change")),
    "appointments.point": dict.fromkeys((Role.MANAGER, Role.RECEPTION), EDIT),
    "appointments.strike": {Role.MANAGER: ("view", "change"), Role.RECEPTION: VIEW},
    "appointments.appeal": {Role.MANAGER: EDIT, Role.RECEPTION: ("view", "add")},
    "health_education.topic": {Role.EDITOR: EDIT, Role.REVIEWER: VIEW},
    "health_education.article": {Role.EDITOR: EDIT, Role.REVIEWER: VIEW},
    "health_education.medium": {Role.EDITOR: EDIT, Role.REVIEWER: VIEW},
    "health_education.revision": {Role.EDITOR: EDIT, Role.REVIEWER: ("view", "change")},
    "health_education.synonymgroup": {Role.EDITOR: EDIT, Role.REVIEWER: VIEW},
    "health_education.themeday": {Role.EDITOR: EDIT, Role.REVIEWER: VIEW},
    "health_education.failedsearch": {Role.EDITOR: ("view", "change"), Role.REVIEWER: VIEW},
    "health_education.feedback": {Role.EDITOR: ("view", "change"), Role.REVIEWER: VIEW},
    "health_education.review": {Role.EDITOR: VIEW, Role.REVIEWER: ("view", "add")},
    # Comments and editorial checks; the database keeps an author from checking their own text.
    "health_education.remark": dict.fromkeys((Role.EDITOR, Role.REVIEWER), ("view", "add")),
    "health_education.reviewerspeciality": {Role.ADMINISTRATOR: EDIT, Role.EDITOR: VIEW, Role.REVIEWER: VIEW},
    "health_education.bannedclaim": {Role.EDITOR: EDIT, Role.REVIEWER: VIEW},
    # Lectures and screening days, and the yearly duty: whoever holds them; names of who came only for the desk.
    "health_education.activity": dict.fromkeys(EDUCATORS, EDIT),
    "health_education.dutyentry": dict.fromkeys(EDUCATORS, EDIT),
    "health_education.signup": dict.fromkeys((Role.MANAGER, Role.PUBLIC_HEALTH, Role.VILLAGE_DOCTOR), VIEW),
    "exchange.source": {Role.ADMINISTRATOR: EDIT, Role.ENGINEER: EDIT, Role.AUDITOR: VIEW},
    "exchange.pull": {Role.ADMINISTRATOR: VIEW, Role.ENGINEER: VIEW, Role.AUDITOR: VIEW},
    "exchange.held": {Role.ENGINEER: ("view", "change")},
    "exchange.codemapping": {Role.ENGINEER: EDIT},
    "exchange.unitalias": {Role.ENGINEER: EDIT},
    # Two feeds' one report: the desk that hears "these are two" parts it; engineers see what their feed repeats.
    "exchange.fold": {**dict.fromkeys((Role.RECEPTION, Role.MANAGER), ("view", "change")), Role.ENGINEER: VIEW},
    # Bad rows of received tables, with names and numbers: people of the facility, never its engineers.
    "exchange.errorsheet": dict.fromkeys((Role.RECEPTION, Role.MANAGER, Role.PUBLIC_HEALTH), ("view", "add")),
    "exchange.unmapped": {Role.ENGINEER: ("view", "change")},
    "exchange.replay": {Role.ENGINEER: ("view", "add")},
    "exchange.replaydifference": {Role.ENGINEER: VIEW},
    # Whose a message is: people of the facility who may know identities, never its engineers (docs/adr/0017).
    "exchange.identitycase": dict.fromkeys((Role.RECEPTION, Role.MANAGER, Role.PUBLIC_HEALTH), ("view", "change")),
    # Whoever hears of it hides it ("add"); whose it is, the same people decide who settle identities.
    "exchange.recall": {
        **dict.fromkeys((Role.RECEPTION, Role.MANAGER, Role.PUBLIC_HEALTH), EDIT),
        Role.ENGINEER: ("view", "add"),
        Role.AUDITOR: VIEW,
    },
    # Who calls people about critical results; the head sees that somebody must, not about whom.
    "exchange.criticalcase": {
        **dict.fromkeys((Role.CLINICIAN, Role.VILLAGE_DOCTOR, Role.PUBLIC_HEALTH), ("view", "change")),
        Role.MANAGER: VIEW,
    },
    # When which vaccination is due: the bureau's people keep it.
    "records.scheduleddose": {Role.ADMINISTRATOR: EDIT, Role.PUBLIC_HEALTH: EDIT, Role.AUDITOR: VIEW},
    # Which results count elsewhere: the county's rules; a facility shows the quality control it passed.
    "records.recognitionrule": {Role.ADMINISTRATOR: ("view", "add"), Role.MANAGER: VIEW, Role.AUDITOR: VIEW},
    "records.qualitymark": {Role.ADMINISTRATOR: EDIT, Role.MANAGER: EDIT, Role.AUDITOR: VIEW},
    "exchange.releasepolicy": {Role.ADMINISTRATOR: EDIT, Role.MANAGER: EDIT, Role.AUDITOR: VIEW},
    "records.followthrough": {
        **dict.fromkeys((Role.CLINICIAN, Role.VILLAGE_DOCTOR, Role.PUBLIC_HEALTH), ("view", "change")),
        Role.MANAGER: VIEW,
    },
    # Who comments on results that people wish to hear of from a clinician; the head sees how many wait.
    "records.awaited": {
        **dict.fromkeys((Role.CLINICIAN, Role.VILLAGE_DOCTOR, Role.PUBLIC_HEALTH), ("view", "change")),
        Role.MANAGER: VIEW,
    },
    "records.servicequestion": {Role.MANAGER: VIEW},
    "records.nextstep": {Role.ADMINISTRATOR: EDIT, Role.MANAGER: EDIT, Role.AUDITOR: VIEW},
    "exchange.criticallimit": {Role.ADMINISTRATOR: EDIT, Role.MANAGER: EDIT, Role.AUDITOR: VIEW},
}


def live_roles(account_id: UUID) -> frozenset[str]:
    """The roles an account holds now; asked on the web connection, which sees the session's own memberships."""
    live = Membership.objects.live(clock.now()).filter(account_id=account_id)
    return frozenset(live.values_list("role", flat=True))


def roles_allow(roles: frozenset[str], permission: str) -> bool:
    """Whether any of `roles` may do `permission`, written as Django writes it: `app.verb_model`."""
    app_label, _, codename = permission.partition(".")
    verb, _, model = codename.partition("_")
    verbs_by_role = ALLOWED.get(f"{app_label}.{model}", {})
    return any(verb in verbs for role, verbs in verbs_by_role.items() if role in roles)


def roles_reach(roles: frozenset[str], app_label: str) -> bool:
    """Whether any of `roles` may see anything of a room."""
    return any(
        role in roles
        for label, verbs_by_role in ALLOWED.items()
        if label.startswith(f"{app_label}.")
        for role in verbs_by_role
    )
