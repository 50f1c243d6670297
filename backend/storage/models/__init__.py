"""All tables. Importing this package registers every one of them on ``Base.metadata``."""

from backend.storage.models.assignments import (
    Assignment,
    AssignmentChange,
    AssignmentState,
    AssignmentTier,
    NoHomework,
    SetRecord,
    WeekPlan,
    WeekPlanState,
)
from backend.storage.models.audit import AuditEvent, RosterImport
from backend.storage.models.people import (
    Consent,
    DistrictOfficer,
    Enrolment,
    Guardianship,
    Person,
    Post,
    StaffPassword,
    Student,
)
from backend.storage.models.places import (
    Class,
    DayStatus,
    District,
    OverCapMode,
    School,
    SchoolDay,
    SchoolSystem,
    Subject,
    Tablet,
    Term,
)
from backend.storage.models.policies import Policy
from backend.storage.models.reminders import (
    AddressKind,
    Delivery,
    OutboxRow,
    OutboxState,
    PushEndpoint,
    ReminderPreference,
    ReminderSetting,
    WorkerLease,
)
from backend.storage.models.sheets import Confirmation, Entry, EntryVersion, NightSheet, Note, Review, Sleep
from backend.storage.models.signing_in import AuthSession, Claim, PictureCode, SignInFailure

__all__ = [name for name in dir() if name[0].isupper()]
