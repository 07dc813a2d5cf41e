"""What each route must leave in the trail: every route is here, with its lines or with the reason why it has none.

``LOOKS`` are pages that are merely opened; ``ACTS`` are things that are done, each with what is sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kernel import clock
from kernel.accounts.models import Account, Device, Factor, Session
from kernel.audit.models import AuditEntry
from kernel.permissions import Role, default_grants
from kernel.permissions.selectors import access_for
from kernel.storage.files import store_file
from kernel.storage.links import download_link
from kernel.tenancy.models import Hospital, Provisioning
from tenants.records.services.importing import import_bundle
from tests.clients import client_for
from tests.factories.accounts import PASSWORD, SYSTEM, make_account
from tests.factories.staff import staff_account
from tests.kernel.accounts.conftest import app_code
from tests.kernel.accounts.test_passkeys import Authenticator, send
from tests.kernel.audit.stage import Stage
from tests.tenants.records import samples

ALL_SIDES = ("hospital", "console", "network")
PATIENTS = (Role.PATIENT, Role.HELPER)
SEARCHERS = (Role.CLINICIAN, Role.FRONT_DESK, Role.BILLING, Role.PRIVACY_OFFICER)
MANAGERS = (Role.HOSPITAL_ADMIN, Role.PRIVACY_OFFICER)


@dataclass(frozen=True)
class Look:
    """Opening ``path`` (with names of identifiers in braces) leaves ``actions`` for each of ``by``; others, nothing."""

    path: str
    actions: tuple[str, ...]
    by: tuple[Role, ...]
    about_patient: bool = True
    target: str = ""


# --- Pages that are opened and are about a patient, or are taken out of the house -----------------------------------

LOOKS: dict[str, list[Look]] = {
    "hospital / GET": [Look("/", ("records.home_viewed",), PATIENTS)],
    "hospital /visits/ GET": [Look("/visits/", ("records.visits_viewed",), PATIENTS)],
    "hospital /visits/<uuid:key>/ GET": [
        Look("/visits/{encounter}/", ("records.visit_viewed",), PATIENTS, target="encounter"),
        Look("/visits/{appointment}/", ("records.visit_viewed",), PATIENTS, target="appointment"),
    ],
    "hospital /results/ GET": [Look("/results/", ("records.results_viewed",), PATIENTS)],
    "hospital /results/<uuid:key>/ GET": [
        Look("/results/{observation}/", ("records.result_viewed",), PATIENTS, target="observation")
    ],
    "hospital /health/ GET": [Look("/health/", ("records.overview_viewed",), PATIENTS)],
    "hospital /health/measurements/ GET": [Look("/health/measurements/", ("records.measurements_viewed",), PATIENTS)],
    "hospital /health/<slug:name>/ GET": [
        Look(f"/health/{name}/", (f"records.{name}_viewed",), PATIENTS)
        for name in ("conditions", "allergies", "medicines", "vaccines", "procedures", "documents")
    ],
    "hospital /health/documents/<uuid:key>/file/ GET": [
        Look(
            "/health/documents/{documentreference}/file/",
            ("records.document_downloaded",),
            PATIENTS,
            target="documentreference",
        )
    ],
    "hospital /results/reports/<uuid:key>/file/ GET": [
        Look(
            "/results/reports/{diagnosticreport}/file/",
            ("records.report_downloaded",),
            PATIENTS,
            target="diagnosticreport",
        )
    ],
    "hospital /health/who-looked/ GET": [Look("/health/who-looked/", ("people.trail_viewed",), (Role.PATIENT,))],
    "hospital /viewing/ GET": [Look("/viewing/", ("people.listed",), PATIENTS)],
    "hospital /staff/ GET": [Look("/staff/", ("records.day_viewed",), (Role.CLINICIAN, Role.FRONT_DESK))],
    "hospital /staff/patients/ GET": [
        Look("/staff/patients/?q={canary}", ("people.searched",), SEARCHERS),
        Look("/staff/patients/?q=nobodyiscalledthis", ("people.nobody_found",), SEARCHERS, about_patient=False),
    ],
    "hospital /staff/patients/<uuid:key>/ GET": [
        Look("/staff/patients/{patient}/", ("records.chart_viewed",), (Role.CLINICIAN,))
    ],
    "hospital /staff/patients/<uuid:key>/results/ GET": [
        Look("/staff/patients/{patient}/results/", ("records.results_viewed",), (Role.CLINICIAN,))
    ],
    "hospital /staff/patients/<uuid:key>/measurements/ GET": [
        Look("/staff/patients/{patient}/measurements/", ("records.measurements_viewed",), (Role.CLINICIAN,))
    ],
    "hospital /staff/patients/<uuid:key>/reports/ GET": [
        Look("/staff/patients/{patient}/reports/", ("records.results_viewed",), (Role.CLINICIAN,))
    ],
    "hospital /staff/patients/<uuid:key>/documents/ GET": [
        Look("/staff/patients/{patient}/documents/", ("records.documents_viewed",), (Role.CLINICIAN,))
    ],
    "hospital /staff/reports/<uuid:key>/file/ GET": [
        Look(
            "/staff/reports/{diagnosticreport}/file/",
            ("records.report_downloaded",),
            (Role.CLINICIAN,),
            target="diagnosticreport",
        )
    ],
    "hospital /staff/documents/<uuid:key>/file/ GET": [
        Look(
            "/staff/documents/{documentreference}/file/",
            ("records.document_downloaded",),
            (Role.CLINICIAN,),
            target="documentreference",
        )
    ],
    "hospital /manage/audit/ GET": [
        Look("/manage/audit/", ("setup.audit_viewed",), MANAGERS, about_patient=False),
        Look("/manage/audit/?patient={patient}", ("setup.audit_searched",), MANAGERS),
    ],
    "hospital /manage/audit/patient/ GET": [
        Look("/manage/audit/patient/?words={canary}", ("people.searched",), (Role.PRIVACY_OFFICER,)),
        Look(
            "/manage/audit/patient/?words=nobody",
            ("people.nobody_found",),
            (Role.PRIVACY_OFFICER,),
            about_patient=False,
        ),
    ],
    "hospital /api/v1/patients GET": [
        Look("/api/v1/patients", ("api.patients_listed",), (Role.PATIENT, *SEARCHERS)),
    ],
    "hospital /api/v1/patients/<uuid:pk> GET": [
        Look("/api/v1/patients/{patient}", ("api.patients_read",), (Role.PATIENT, *SEARCHERS), target="patient")
    ],
    "hospital /api/v1/observations GET": [
        Look("/api/v1/observations", ("api.observations_listed",), (*PATIENTS, Role.CLINICIAN))
    ],
    "hospital /api/v1/observations/<uuid:pk> GET": [
        Look(
            "/api/v1/observations/{observation}",
            ("api.observations_read",),
            (*PATIENTS, Role.CLINICIAN),
            target="observation",
        )
    ],
    "hospital /api/v1/conditions GET": [
        Look("/api/v1/conditions", ("api.conditions_listed",), (*PATIENTS, Role.CLINICIAN))
    ],
    "hospital /api/v1/conditions/<uuid:pk> GET": [
        Look(
            "/api/v1/conditions/{condition}", ("api.conditions_read",), (*PATIENTS, Role.CLINICIAN), target="condition"
        )
    ],
    "hospital /manage/audit/<uuid:key>/ GET": [
        Look("/manage/audit/{entry}/", ("setup.audit_searched",), MANAGERS),
    ],
    "console /audit/ GET": [Look("/audit/", ("operators.audit_viewed",), (Role.OPERATOR,), about_patient=False)],
}


# --- Things that are done ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """``run`` prepares on a stage, calls ``begin`` and returns the answer; it must leave exactly ``actions``."""

    name: str
    key: str
    side: str
    run: Callable[[Stage], Any]
    actions: tuple[str, ...]
    result: str
    is_anonymous: bool
    about_patient: bool


ACTS: list[Act] = []


def leaves(
    *actions: str,
    of: str,
    sides: tuple[str, ...] = ("hospital",),
    result: str = "done",
    is_anonymous: bool = False,
    about_patient: bool = False,
) -> Callable[[Callable[[Stage], Any]], Callable[[Stage], Any]]:
    """Declare that doing this at the route ``of`` leaves exactly ``actions``."""

    def declare(run: Callable[[Stage], Any]) -> Callable[[Stage], Any]:
        for side in sides:
            key = f"{side} {of}"
            ACTS.append(Act(run.__name__, key, side, run, actions, result, is_anonymous, about_patient))
        return run

    return declare


@leaves("accounts.sign_in_refused", of="/sign-in/ POST", sides=ALL_SIDES, result="refused", is_anonymous=True)
def wrong_password(stage: Stage) -> Any:
    account, _secret = stage.person()
    stage.begin()
    return stage.client.post("/sign-in/", {"login": account.login, "password": "not the password at all"})


@leaves("accounts.sign_in_refused", of="/sign-in/ POST", sides=ALL_SIDES, result="refused", is_anonymous=True)
def unknown_login(stage: Stage) -> Any:
    stage.begin()
    return stage.client.post("/sign-in/", {"login": "nobody@example.org", "password": "not the password at all"})


@leaves("accounts.signed_in", of="/sign-in/ POST")
def right_password(stage: Stage) -> Any:
    stage.actor, _secret = stage.person()
    stage.begin()
    return stage.client.post("/sign-in/", {"login": stage.actor.login, "password": PASSWORD})


@leaves("accounts.code_asked", of="/sign-in/code/ POST", sides=ALL_SIDES, is_anonymous=True)
def ask_for_a_code(stage: Stage) -> Any:
    account, _secret = stage.person()
    stage.begin()
    return stage.client.post("/sign-in/code/", {"login": account.login})


@leaves("accounts.signed_in", of="/sign-in/code/enter/ POST")
def right_code(stage: Stage) -> Any:
    stage.actor, _secret = stage.person()
    stage.client.post("/sign-in/code/", {"login": stage.actor.login})
    code = stage.code()
    stage.begin()
    return stage.client.post("/sign-in/code/enter/", {"code": code})


@leaves(
    "accounts.sign_in_refused", of="/sign-in/code/enter/ POST", sides=ALL_SIDES, result="refused", is_anonymous=True
)
def wrong_code(stage: Stage) -> Any:
    account, _secret = stage.person()
    stage.client.post("/sign-in/code/", {"login": account.login})
    stage.code()
    stage.begin()
    return stage.client.post("/sign-in/code/enter/", {"code": "x"})


@leaves("accounts.code_asked", of="/sign-in/forgot/ POST", sides=ALL_SIDES, is_anonymous=True)
def forget_the_password(stage: Stage) -> Any:
    account, _secret = stage.person()
    stage.begin()
    return stage.client.post("/sign-in/forgot/", {"login": account.login})


@leaves("accounts.password_changed", of="/sign-in/forgot/code/ POST", sides=ALL_SIDES)
def reset_the_password(stage: Stage) -> Any:
    stage.actor, _secret = stage.person()
    stage.client.post("/sign-in/forgot/", {"login": stage.actor.login})
    code = stage.code()
    stage.begin()
    return stage.client.post("/sign-in/forgot/code/", {"code": code, "new": "walnut harbour sextant 9"})


@leaves(
    "accounts.sign_in_refused", of="/sign-in/forgot/code/ POST", sides=ALL_SIDES, result="refused", is_anonymous=True
)
def reset_with_a_wrong_code(stage: Stage) -> Any:
    account, _secret = stage.person()
    stage.client.post("/sign-in/forgot/", {"login": account.login})
    stage.begin()
    return stage.client.post("/sign-in/forgot/code/", {"code": "1", "new": "walnut harbour sextant 9"})


def _passkey(stage: Stage) -> Authenticator:
    """The signed-in actor's new passkey."""
    device = Authenticator(stage.client.host)
    options = stage.client.post("/account/security/passkey/options/").json()
    assert send(stage.client, "/account/security/passkey/new/", device.make(options)).status_code == 200
    return device


@leaves("accounts.signed_in", of="/sign-in/passkey/ POST", sides=ALL_SIDES)
def sign_in_by_passkey(stage: Stage) -> Any:
    stage.member()
    device = _passkey(stage)
    stage.client = stage.browser()
    options = stage.client.post("/sign-in/passkey/options/").json()
    stage.begin()
    return send(stage.client, "/sign-in/passkey/", device.sign(options))


@leaves("accounts.sign_in_refused", of="/sign-in/passkey/ POST", sides=ALL_SIDES, result="refused", is_anonymous=True)
def sign_in_by_a_strange_passkey(stage: Stage) -> Any:
    options = stage.client.post("/sign-in/passkey/options/").json()
    stage.begin()
    return send(stage.client, "/sign-in/passkey/", Authenticator(stage.client.host).sign(options))


@leaves("accounts.signed_in", of="/sign-in/second-step/ POST", sides=ALL_SIDES)
def second_step(stage: Stage) -> Any:
    stage.actor, secret = stage.person(with_app=True)
    stage.client.post("/sign-in/", {"login": stage.actor.login, "password": PASSWORD})
    stage.begin()
    return stage.client.post("/sign-in/second-step/?way=totp", {"code": app_code(secret)})


@leaves(
    "accounts.sign_in_refused", of="/sign-in/second-step/ POST", sides=ALL_SIDES, result="refused", is_anonymous=True
)
def wrong_second_step(stage: Stage) -> Any:
    account, _secret = stage.person(with_app=True)
    stage.client.post("/sign-in/", {"login": account.login, "password": PASSWORD})
    stage.begin()
    return stage.client.post("/sign-in/second-step/?way=totp", {"code": "x"})


def _newcomer(stage: Stage) -> None:
    """Staff without a second step, half-way in."""

    def make() -> Any:
        from tests.factories.accounts import make_account

        return make_account("stage@example.org", Role.FRONT_DESK)

    stage.actor = stage.inside(make) if stage.side == "hospital" else stage.person(with_app=False)[0]
    answer = stage.client.post("/sign-in/", {"login": stage.actor.login, "password": PASSWORD})
    assert answer["Location"] == "/sign-in/set-up/"


@leaves("accounts.factor_added", "accounts.signed_in", of="/sign-in/set-up/ POST", sides=ALL_SIDES)
def set_the_first_step_up(stage: Stage) -> Any:
    _newcomer(stage)
    page = stage.client.get("/sign-in/set-up/")
    stage.begin()
    return stage.client.post("/sign-in/set-up/", {"code": app_code(page.context["secret"].replace(" ", ""))})


@leaves("accounts.factor_added", "accounts.signed_in", of="/sign-in/set-up/passkey/ POST", sides=ALL_SIDES)
def set_the_first_passkey_up(stage: Stage) -> Any:
    _newcomer(stage)
    options = stage.client.post("/sign-in/set-up/passkey/options/").json()
    stage.begin()
    return send(stage.client, "/sign-in/set-up/passkey/", Authenticator(stage.client.host).make(options))


@leaves("accounts.signed_out", of="/sign-out/ POST", sides=ALL_SIDES)
def sign_out(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/sign-out/")


@leaves("accounts.confirmed", of="/account/confirm/ POST", sides=ALL_SIDES)
def confirm(stage: Stage) -> Any:
    account, secret = stage.person(with_app=True)
    stage.enter(account)
    stage.begin()
    return stage.client.post("/account/confirm/", {"code": app_code(secret)})


@leaves("accounts.sign_in_refused", of="/account/confirm/ POST", sides=ALL_SIDES, result="refused")
def confirm_wrongly(stage: Stage) -> Any:
    stage.member(with_app=True)
    stage.begin()
    return stage.client.post("/account/confirm/", {"code": "x"})


@leaves("accounts.confirmed", of="/account/confirm/passkey/ POST", sides=ALL_SIDES)
def confirm_by_passkey(stage: Stage) -> Any:
    stage.member()
    device = _passkey(stage)
    options = stage.client.post("/sign-in/passkey/options/").json()
    stage.begin()
    return send(stage.client, "/account/confirm/passkey/", device.sign(options))


def _elsewhere(stage: Stage) -> Any:
    """The id of the actor's session in another browser."""
    assert stage.actor is not None
    here, stage.client = stage.client, stage.browser()
    stage.enter(stage.actor)
    stage.client = here
    return stage.inside(lambda: Session.objects.filter(account=stage.actor).latest("created_at").pk)


@leaves("accounts.session_ended", of="/account/devices/<uuid:session_id>/end/ POST", sides=ALL_SIDES)
def end_a_session(stage: Stage) -> Any:
    stage.member()
    key = _elsewhere(stage)
    stage.begin()
    return stage.client.post(f"/account/devices/{key}/end/")


@leaves("accounts.device_forgotten", of="/account/devices/<uuid:device_id>/forget/ POST", sides=ALL_SIDES)
def forget_a_device(stage: Stage) -> Any:
    stage.member()
    _elsewhere(stage)
    key = stage.inside(lambda: Device.objects.filter(account=stage.actor).latest("first_seen_at").pk)
    stage.begin()
    return stage.client.post(f"/account/devices/{key}/forget/")


@leaves("accounts.other_sessions_ended", of="/account/devices/end-others/ POST", sides=ALL_SIDES)
def end_other_sessions(stage: Stage) -> Any:
    stage.member()
    _elsewhere(stage)
    stage.begin()
    return stage.client.post("/account/devices/end-others/")


@leaves("accounts.factor_added", of="/account/security/app/ POST", sides=ALL_SIDES)
def add_an_app(stage: Stage) -> Any:
    stage.member()
    page = stage.client.get("/account/security/app/")
    stage.begin()
    return stage.client.post("/account/security/app/", {"code": app_code(page.context["secret"].replace(" ", ""))})


@leaves("accounts.factor_added", of="/account/security/email-step/ POST")
def add_the_code_by_mail(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/account/security/email-step/")


@leaves("accounts.code_asked", of="/account/security/email/ POST", sides=ALL_SIDES)
def ask_for_another_address(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/account/security/email/", {"email": "new@example.org"})


@leaves("accounts.email_changed", of="/account/security/email/code/ POST", sides=ALL_SIDES)
def confirm_another_address(stage: Stage) -> Any:
    stage.member()
    stage.client.post("/account/security/email/", {"email": "new@example.org"})
    code = stage.code()
    stage.begin()
    return stage.client.post("/account/security/email/code/", {"code": code})


@leaves("accounts.factor_added", of="/account/security/passkey/new/ POST", sides=ALL_SIDES)
def add_a_passkey(stage: Stage) -> Any:
    stage.member()
    options = stage.client.post("/account/security/passkey/options/").json()
    stage.begin()
    return send(stage.client, "/account/security/passkey/new/", Authenticator(stage.client.host).make(options))


@leaves("accounts.password_changed", of="/account/security/password/ POST", sides=ALL_SIDES)
def change_the_password(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/account/security/password/", {"present": PASSWORD, "new": "walnut harbour sextant 9"})


@leaves("accounts.sign_in_refused", of="/account/security/password/ POST", sides=ALL_SIDES, result="refused")
def change_the_password_without_knowing_it(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/account/security/password/", {"present": "a guess at it", "new": "walnut harbour 9876"})


@leaves("accounts.recovery_codes_made", of="/account/security/recovery-codes/ POST", sides=ALL_SIDES)
def make_recovery_codes(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/account/security/recovery-codes/")


@leaves("accounts.factor_removed", of="/account/security/steps/<uuid:factor_id>/remove/ POST", sides=ALL_SIDES)
def remove_a_step(stage: Stage) -> Any:
    account = stage.member()
    _passkey(stage)
    key = stage.inside(lambda: Factor.objects.get(account=account, kind=Factor.Kind.PASSKEY).pk)
    stage.begin()
    return stage.client.post(f"/account/security/steps/{key}/remove/")


@leaves("accounts.factor_renamed", of="/account/security/steps/<uuid:factor_id>/ POST", sides=ALL_SIDES)
def rename_a_passkey(stage: Stage) -> Any:
    account = stage.member()
    _passkey(stage)
    key = stage.inside(lambda: Factor.objects.get(account=account, kind=Factor.Kind.PASSKEY).pk)
    stage.begin()
    return stage.client.post(f"/account/security/steps/{key}/", {"name": "Key ring"})


# --- A hospital's own -------------------------------------------------------------------------------------------------


@leaves("api.key_created", of="/account/keys/ POST")
def make_a_key(stage: Stage) -> Any:
    stage.enter(Role.PATIENT)
    stage.begin()
    return stage.client.post("/account/keys/", {"name": "Diary", "scopes": ["records.view"], "days": "30"})


@leaves("api.key_revoked", of="/account/keys/<uuid:key_id>/end/ POST")
def end_a_key(stage: Stage) -> Any:
    from api.auth.models import PersonalKey

    account = stage.enter(Role.PATIENT)
    key = stage.inside(lambda: PersonalKey.objects.get(account=account).pk)
    stage.begin()
    return stage.client.post(f"/account/keys/{key}/end/")


@leaves("api.key_refused", of="/api/v1/me GET", result="refused", is_anonymous=True)
def try_an_ended_key(stage: Stage) -> Any:
    from api.auth.models import PersonalKey

    stage.inside(lambda: PersonalKey.objects.update(revoked_at=clock.now()))
    stage.begin()
    return stage.client.get("/api/v1/me", headers={"Authorization": f"Bearer {stage.world.own.bearer}"})


@leaves("accounts.reading_changed", of="/account/settings/ POST")
def choose_how_to_read(stage: Stage) -> Any:
    stage.member()
    page = stage.client.get("/account/settings/")
    values = {name: field.value() or "" for name, field in ((f.name, f) for f in page.context["form"])}
    stage.begin()
    return stage.client.post("/account/settings/", values)


@leaves("accounts.reading_changed", of="/language/ POST")
def choose_a_language(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/language/", {"lang": "es", "next": "/"})


@leaves("accounts.reading_changed", of="/reading/ POST", sides=("console", "network"))
def choose_how_the_console_reads(stage: Stage) -> Any:
    stage.member()
    chosen = {"language": "ar", "mode": "auto", "size": "normal", "contrast": "auto", "motion": "auto"}
    stage.begin()
    return stage.client.post("/reading/", chosen)


@leaves("people.opened", of="/viewing/ POST", about_patient=True)
def open_somebodys_record(stage: Stage) -> Any:
    stage.enter(Role.HELPER)
    stage.begin()
    return stage.client.post("/viewing/", {"person": str(stage.world.own.keys["patient"])})


def _file(stage: Stage) -> str:
    account = stage.enter(Role.PATIENT)

    def work() -> str:
        key = store_file(b"letter", area="messaging").key
        return download_link(access_for(account), key, name="letter.txt")

    link: str = stage.inside(work)
    return link


@leaves("files.downloaded", of="/files/<str:token> GET", about_patient=True)
def download_a_file(stage: Stage) -> Any:
    link = _file(stage)
    stage.begin()
    return stage.client.get(link)


@leaves("setup.audit_exported", of="/manage/audit/export.csv POST")
def export_the_trail(stage: Stage) -> Any:
    stage.enter(Role.PRIVACY_OFFICER)
    stage.begin()
    return stage.client.post("/manage/audit/export.csv")


@leaves("setup.audit_exported", of="/manage/audit/export.csv POST", about_patient=True)
def export_the_trail_of_a_patient(stage: Stage) -> Any:
    stage.enter(Role.HOSPITAL_ADMIN)
    stage.begin()
    return stage.client.post(stage.address("/manage/audit/export.csv?patient={patient}"))


@leaves("setup.staff_exported", of="/manage/staff/export.csv POST")
def export_the_staff(stage: Stage) -> Any:
    stage.enter(Role.HOSPITAL_ADMIN)
    stage.begin()
    return stage.client.post("/manage/staff/export.csv")


@leaves("accounts.created", "permissions.role_given", "accounts.invited", of="/manage/staff/invite/ POST")
def invite_staff(stage: Stage) -> Any:
    stage.enter(Role.HOSPITAL_ADMIN)
    stage.begin()
    return stage.client.post(
        "/manage/staff/invite/", {"name": "New Clerk", "email": "clerk@example.org", "roles": ["front_desk"]}
    )


@leaves("accounts.invited_again", of="/manage/staff/<uuid:account_id>/invite/ POST")
def invite_staff_again(stage: Stage) -> Any:
    stage.enter(Role.HOSPITAL_ADMIN)
    clerk: Account = stage.inside(staff_account, "front_desk")
    stage.begin()
    return stage.client.post(f"/manage/staff/{clerk.pk}/invite/")


@leaves("permissions.role_given", "permissions.role_ended", of="/manage/staff/<uuid:account_id>/roles/ POST")
def give_other_roles(stage: Stage) -> Any:
    stage.enter(Role.HOSPITAL_ADMIN)
    stage.begin()
    return stage.client.post(stage.address("/manage/staff/{account}/roles/"), {"roles": ["billing"]})


@leaves("people.practitioner_named", of="/manage/staff/<uuid:account_id>/practitioner/ POST")
def connect_staff(stage: Stage) -> Any:
    stage.enter(Role.HOSPITAL_ADMIN)

    def arranged() -> Account:
        doctor = staff_account("clinician")
        wei = samples.practitioner("wei")
        import_bundle(access=SYSTEM, content=samples.bundle(wei), source="test", name="wei.json")
        return doctor

    doctor: Account = stage.inside(arranged)
    stage.begin()
    wanted = {"practitioner": samples.fhir_id("wei"), "shown": ""}
    return stage.client.post(f"/manage/staff/{doctor.pk}/practitioner/", wanted)


@leaves("people.practitioner_unnamed", of="/manage/staff/<uuid:account_id>/practitioner/ POST")
def disconnect_staff(stage: Stage) -> Any:
    stage.enter(Role.HOSPITAL_ADMIN)
    clinician = stage.world.own.accounts[Role.CLINICIAN]
    stage.begin()
    wanted = {"practitioner": "", "shown": samples.fhir_id("osei")}
    return stage.client.post(f"/manage/staff/{clinician.pk}/practitioner/", wanted)


@leaves("permissions.role_ended", "setup.staff_ended", of="/manage/staff/<uuid:account_id>/end/ POST")
def end_staff(stage: Stage) -> Any:
    stage.enter(Role.HOSPITAL_ADMIN)
    stage.begin()
    return stage.client.post(stage.address("/manage/staff/{account}/end/"), {"reason": "left on Friday"})


@leaves("permissions.role_created", of="/manage/roles/add/ POST")
def add_a_role(stage: Stage) -> Any:
    stage.enter(Role.HOSPITAL_ADMIN)
    stage.begin()
    return stage.client.post("/manage/roles/add/", {"label": "Ward clerk", "based_on": "front_desk"})


@leaves("permissions.role_edited", of="/manage/roles/<str:name>/ POST")
def edit_a_role(stage: Stage) -> Any:
    stage.enter(Role.HOSPITAL_ADMIN)
    seen = " ".join(default_grants(Role.FRONT_DESK))
    stage.begin()
    return stage.client.post("/manage/roles/front_desk/", {"granted": ["people.view"], "shown": seen})


@leaves("permissions.role_renamed", of="/manage/roles/<str:name>/rename/ POST")
def rename_a_role(stage: Stage) -> Any:
    stage.enter(Role.HOSPITAL_ADMIN)
    stage.client.post("/manage/roles/add/", {"label": "Ward clerk", "based_on": "front_desk"})
    stage.begin()
    return stage.client.post("/manage/roles/own-ward-clerk/rename/", {"label": "Ward desk", "shown": "Ward clerk"})


@leaves("permissions.role_removed", of="/manage/roles/<str:name>/remove/ POST")
def remove_a_role(stage: Stage) -> Any:
    stage.enter(Role.HOSPITAL_ADMIN)
    stage.client.post("/manage/roles/add/", {"label": "Ward clerk", "based_on": "front_desk"})
    stage.begin()
    return stage.client.post("/manage/roles/own-ward-clerk/remove/")


# --- The provider's console -------------------------------------------------------------------------------------------

WANTED = {
    "name": "Mercy Coast", "slug": "mercycoast", "network": "+", "network_name": "Coast", "country": "US",
    "phone": "+1 312 555 0142",
    "time_zone": "America/Los_Angeles", "currency": "USD", "language": "en", "languages": ["es"], "digits": "latn",
    "theme": "northfield", "admin_name": "Ada Boss", "admin_email": "ada@example.org",
}  # fmt: skip


@leaves("hospitals.requested", of="/hospitals/add/ POST", sides=("console",))
def add_a_hospital(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/hospitals/add/", WANTED)


def _failed_making(stage: Stage) -> Any:
    stage.member()
    stage.client.post("/hospitals/add/", WANTED)

    def fail() -> Any:
        Provisioning.objects.filter(slug="mercycoast").update(state=Provisioning.State.FAILED, failure="roles: Error")
        return Provisioning.objects.get(slug="mercycoast").pk

    return stage.inside(fail)


@leaves("hospitals.retried", of="/hospitals/making/<uuid:provisioning_id>/retry/ POST", sides=("console",))
def retry_a_making(stage: Stage) -> Any:
    key = _failed_making(stage)
    stage.begin()
    return stage.client.post(f"/hospitals/making/{key}/retry/")


@leaves("hospitals.discarded", of="/hospitals/making/<uuid:provisioning_id>/discard/ POST", sides=("console",))
def discard_a_making(stage: Stage) -> Any:
    key = _failed_making(stage)
    stage.begin()
    return stage.client.post(f"/hospitals/making/{key}/discard/")


@leaves("hospitals.invitation_shown", of="/hospitals/at/<slug:slug>/invitation/ POST", sides=("console",))
def show_the_first_invitation(stage: Stage) -> Any:
    from control_plane.hospitals.provisioning import FIRST_ADMINISTRATOR

    stage.member()

    def invited() -> None:
        row = Hospital.objects.get(slug="alwaha")
        Provisioning.objects.filter(hospital_id=row.pk).delete()
        Provisioning.objects.create(
            slug="alwaha",
            hospital_id=row.pk,
            state=Provisioning.State.DONE,
            request={"extra": {FIRST_ADMINISTRATOR: {"name": "Ada Boss", "email": "ada@example.org"}}},
        )

    stage.inside(invited)
    client_for("alwaha").inside(make_account, "ada@example.org", password=None)
    stage.begin()
    return stage.client.post("/hospitals/at/alwaha/invitation/")


@leaves("hospitals.renamed", of="/hospitals/at/<slug:slug>/rename/ POST", sides=("console",))
def rename_a_hospital(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/hospitals/at/alwaha/rename/", {"name": "Another Name"})


@leaves("hospitals.telephone_changed", of="/hospitals/at/<slug:slug>/telephone/ POST", sides=("console",))
def change_a_telephone(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/hospitals/at/alwaha/telephone/", {"phone": "+966 11 555 0199"})


@leaves("hospitals.report_asked", of="/hospitals/at/<slug:slug>/report/ POST", sides=("console",))
def have_people_counted(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/hospitals/at/alwaha/report/")


@leaves("hospitals.suspended", of="/hospitals/at/<slug:slug>/suspend/ POST", sides=("console",))
def suspend_a_hospital(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/hospitals/at/alwaha/suspend/", {"typed": "alwaha", "reason": "a test"})


@leaves("hospitals.resumed", of="/hospitals/at/<slug:slug>/resume/ POST", sides=("console",))
def resume_a_hospital(stage: Stage) -> Any:
    suspend_a_hospital(stage)
    stage.begin()
    return stage.client.post("/hospitals/at/alwaha/resume/", {"typed": "alwaha", "reason": "a test"})


@leaves("hospitals.exported", of="/hospitals/export.csv POST", sides=("console",))
def export_the_hospitals(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/hospitals/export.csv")


@leaves("networks.exported", of="/networks/export.csv POST", sides=("console",))
def export_the_networks(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/networks/export.csv")


@leaves("operators.exported", of="/operators/export.csv POST", sides=("console",))
def export_the_operators(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/operators/export.csv")


@leaves(
    "accounts.created",
    "permissions.role_given",
    "accounts.invited",
    "networks.admin_invited",
    of="/networks/<slug:slug>/invite/ POST",
    sides=("console",),
)
def invite_a_networks_administrator(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/networks/demo/invite/", {"name": "Nora Net", "email": "nora@example.org"})


@leaves(
    "permissions.role_ended",
    "networks.admin_ended",
    of="/networks/admins/<uuid:account_id>/end/ POST",
    sides=("console",),
)
def end_a_networks_administrator(stage: Stage) -> Any:
    stage.member()
    stage.client.post("/networks/demo/invite/", {"name": "Nora Net", "email": "nora@example.org"})
    key = stage.inside(lambda: Account.objects.get(login="nora@example.org").pk)
    stage.begin()
    return stage.client.post(f"/networks/admins/{key}/end/", {"reason": "left on Friday"})


@leaves("operators.audit_viewed", of="/audit/<uuid:key>/ GET", sides=("console",))
def open_an_entry_of_the_providers_trail(stage: Stage) -> Any:
    stage.member()
    stage.client.get("/audit/")
    key = stage.inside(lambda: AuditEntry.objects.filter(action="operators.audit_viewed").latest("at").pk)
    stage.begin()
    return stage.client.get(f"/audit/{key}/")


@leaves("operators.audit_exported", of="/audit/export.csv POST", sides=("console",))
def export_the_providers_trail(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post("/audit/export.csv")


@leaves(
    "accounts.created", "permissions.role_given", "accounts.invited", of="/operators/invite/ POST", sides=("console",)
)
def invite_an_operator(stage: Stage) -> Any:
    stage.member()
    stage.begin()
    return stage.client.post(
        "/operators/invite/", {"name": "Olga New", "email": "olga@example.org", "rank": "operator_reader"}
    )


@leaves("permissions.role_ended", "operators.ended", of="/operators/<uuid:account_id>/end/ POST", sides=("console",))
def end_an_operator(stage: Stage) -> Any:
    stage.member()
    other = stage.inside(lambda: staff_account("operator").pk)
    stage.begin()
    return stage.client.post(f"/operators/{other}/end/", {"reason": "left on Friday"})


# --- What leaves nothing, and why -------------------------------------------------------------------------------------

_BRAND = "public: a hospital's looks"
_SIGN_IN = "a page on which people sign in: it tells nothing, and what is sent from it leaves its line"
_OWN = "the account's own settings about signing in: it shows no record, and each change leaves its line"
_CHALLENGE = "a challenge for the browser; the answer to it leaves its line"
_CONSOLE = "the provider's own register: numbers and names of hospitals, never of patients; each change leaves its line"
_STAFF = "who works here and what they may do, no patient; each change leaves its line"
_DEMO = "only where demonstrations are allowed"
_API = "the description of the interface holds no data"
_FORM = "an empty form; sending it leaves its line"

SILENT: dict[str, str] = {
    **{
        f"{side} {path}": why
        for side in ALL_SIDES
        for path, why in {
            "/_outbox/ GET": _DEMO,
            "/account/confirm/ GET": _FORM,
            "/account/devices/ GET": _OWN,
            "/account/security/ GET": _OWN,
            "/account/security/app/ GET": _FORM,
            "/account/security/email/ GET": _FORM,
            "/account/security/email/code/ GET": _FORM,
            "/account/security/passkey/ GET": _FORM,
            "/account/security/passkey/options/ POST": _CHALLENGE,
            "/account/security/password/ GET": _FORM,
            "/account/security/recovery-codes/ GET": _FORM,
            "/account/security/steps/<uuid:factor_id>/ GET": _OWN,
            "/csp-report POST": "what a browser blocked goes to the log",
            "/session/ GET": "says how long the own session lasts",
            "/session/ POST": "keeps an open session open",
            "/.well-known/security.txt GET": "public: whom to tell about a weakness",
            "/sign-in/ GET": _SIGN_IN,
            "/sign-in/code/ GET": _SIGN_IN,
            "/sign-in/code/enter/ GET": _SIGN_IN,
            "/sign-in/forgot/ GET": _SIGN_IN,
            "/sign-in/forgot/code/ GET": _SIGN_IN,
            "/sign-in/passkey/options/ POST": _CHALLENGE,
            "/sign-in/second-step/ GET": _SIGN_IN,
            "/sign-in/set-up/ GET": _SIGN_IN,
            "/sign-in/set-up/passkey/options/ POST": _CHALLENGE,
        }.items()
    },
    **{
        f"{side} /account/security/email-step/ POST": "refused to everybody who works here: it changes nothing"
        for side in ("console", "network")
    },
    **{f"{side} /theme/<slug:digest>.{kind} GET": _BRAND for side in ALL_SIDES for kind in ("css", "svg")},
    **dict.fromkeys(
        (
            "console /_styleguide/ GET",
            "console /_styleguide/<slug:screen>/ GET",
            "console /_styleguide/theme/<slug:key>.css GET",
        ),
        _DEMO,
    ),
    **dict.fromkeys(
        (
            "console / GET",
            "console /networks/<slug:slug>/invite/ GET",
            "console /networks/admins/<uuid:account_id>/end/ GET",
            "network / GET",
            "console /health/ GET",
            "console /hospitals/ GET",
            "console /hospitals/add/ GET",
            "console /hospitals/add/check/ GET",
            "console /hospitals/at/<slug:slug>/ GET",
            "console /hospitals/at/<slug:slug>/invitation/ GET",
            "console /hospitals/at/<slug:slug>/rename/ GET",
            "console /hospitals/at/<slug:slug>/telephone/ GET",
            "console /hospitals/at/<slug:slug>/resume/ GET",
            "console /hospitals/at/<slug:slug>/suspend/ GET",
            "console /hospitals/at/<slug>/<tab>/ GET",
            "console /hospitals/making/<uuid:provisioning_id>/ GET",
            "console /networks/ GET",
            "console /networks/<slug:slug>/ GET",
            "console /operators/ GET",
            "console /operators/<uuid:account_id>/end/ GET",
            "console /operators/invite/ GET",
            "console /search/ GET",
        ),
        _CONSOLE,
    ),
    "console /hospitals/at/<slug>/<tab>/ POST": "405 where there is a tab",
    "console /reading/ GET": "how this browser shows pages",
    "network /reading/ GET": "how this browser shows pages",
    "hospital /staff/start/ GET": "leads to the page on which somebody's work begins, and shows nothing",
    "hospital /accessibility/ GET": "public: the accessibility statement",
    "hospital /account/keys/ GET": _OWN,
    "hospital /account/keys/<uuid:key_id>/end/ GET": _OWN,
    "hospital /account/settings/ GET": _FORM,
    "hospital /api/v1/ GET": "says that there is nothing here",
    "hospital /api/v1/ POST": "says that there is nothing here",
    "hospital /api/v1/docs GET": _API,
    "hospital /api/v1/openapi.json GET": _API,
    "hospital /api/v1/hospital GET": "public: what is on the front door",
    "hospital /manage/ GET": _STAFF,
    "hospital /manage/roles/ GET": _STAFF,
    "hospital /manage/roles/<str:name>/ GET": _STAFF,
    "hospital /manage/roles/<str:name>/rename/ GET": _STAFF,
    "hospital /manage/roles/<str:name>/remove/ GET": _STAFF,
    "hospital /manage/roles/add/ GET": _STAFF,
    "hospital /manage/staff/ GET": _STAFF,
    "hospital /manage/staff/<uuid:account_id>/end/ GET": _STAFF,
    "hospital /manage/staff/<uuid:account_id>/practitioner/ GET": _STAFF,
    "hospital /manage/staff/<uuid:account_id>/roles/ GET": _STAFF,
    "hospital /manage/staff/invite/ GET": _STAFF,
}
