"""What becomes of each key, lock, path, message, signature and memory of our source in another hospital.

``discovery.py`` finds them; a new one without an entry here fails the run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.cache import cache
from django.db import connection, transaction
from django.test import RequestFactory

from api.auth.selectors import digest_of
from kernel import signing
from kernel.accounts import codes, sessions
from kernel.accounts.doors import scope_label
from kernel.accounts.models import Account, OneTimeCode
from kernel.accounts.once import _key_of
from kernel.accounts.services import sign_in
from kernel.accounts.tasks import forget_old
from kernel.accounts.throttles import LOGIN, Bucket, charge, failures_of
from kernel.audit import anchors, sealing
from kernel.cache import hospital_key, hospital_name
from kernel.keys import envelope
from kernel.keys import services as key_services
from kernel.keys.envelope import Purpose, decrypt, derived_key, encrypt
from kernel.logs.reporting import without_people
from kernel.logs.setup import add_scope
from kernel.permissions import Access, Actor
from kernel.preferences import kept
from kernel.storage import files
from kernel.storage.files import new_key, read_file, remove_file, store_file
from kernel.storage.links import download_link, opened_link
from kernel.tenancy.errors import NoScope
from kernel.web.outage import TOKEN_FIELD
from tenants.records.services.importing import IMPORT_LOCK

WHOSE = UUID(int=7)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ROW = {"table": "files", "column": "letters", "row": "1"}


@dataclass(frozen=True)
class Named:
    """``make`` gives the name, key, path or hash. It differs between hospitals and is refused without a scope."""

    make: Callable[[], object]
    refused_by: type[Exception] = NoScope


@dataclass(frozen=True)
class Kept:
    """What ``leave`` left in one hospital ``find`` finds there and nowhere else; both are refused without a scope."""

    leave: Callable[[], Any]
    find: Callable[[Any], object]
    remove: Callable[[Any], object] = lambda left: None


@dataclass(frozen=True)
class Shown:
    """A test of its own shows it: ``file::name`` under ``tests``."""

    by: str


@dataclass(frozen=True)
class Apart:
    """It has nothing of a hospital in it, or only what its caller passes; ``why`` says how that is known."""

    why: str


def _lock(statement: str) -> list[tuple[int, int]]:
    """The numbers of the lock that ``statement`` takes; given back at once."""
    found: list[tuple[int, int]] = []
    held = "SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    mark = None
    with connection.cursor() as cursor, transaction.atomic():
        mark = transaction.savepoint()
        cursor.execute(held)
        before = set(cursor.fetchall())
        cursor.execute(statement)
        cursor.execute(held)
        found = sorted(set(cursor.fetchall()) - before)
        transaction.savepoint_rollback(mark)
    return found


def _row() -> OneTimeCode:
    return OneTimeCode(id=WHOSE, purpose=OneTimeCode.Purpose.RESET)


def _access() -> Access:
    return Access(actor=Actor(account_id=WHOSE))


def _public_key() -> bytes:
    return sealing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _link() -> str:
    return download_link(_access(), new_key("letters"), name="letter.pdf").rpartition("/")[2]


def _form_key() -> object:
    request: Any = RequestFactory().post("/reading/", {TOKEN_FIELD: "token", "size": "large"})
    request.session = SimpleNamespace(session_key="session")
    return _key_of(request)


HEADER = "a task of a hospital bears the header of its scope: see test_tasks.py of this folder"
DECLARATIONS = "what the code declares when it is loaded; no hospital adds to it"
PURE = "a pure function of its arguments, which name no hospital and hold no row"
CONTENT = "tells whether content has changed, in rows of the hospital's own schema"
OWN_ROWS = "works on rows of the schema in context"
KEPT = "isolation/test_makers.py::test_what_a_process_remembers_of_one_hospital_is_not_told_to_another"
READS = "asks which hospital is in context for the words of a page, and keeps nothing"

MAKERS: dict[str, Named | Kept | Shown | Apart] = {
    "api.auth.selectors:digest_of": Named(lambda: digest_of("ptk_one")),
    "control_plane.console.forms:_countries": Apart(PURE),
    "control_plane.console.forms:_currencies": Apart(PURE),
    "control_plane.console.forms:_zones": Apart(PURE),
    "control_plane.console.forms:slug_for_network": Apart("the slug of a network: the provider's own side"),
    "control_plane.hospitals.dispatch:_send": Apart("the provider's services name the hospital or the provider's side"),
    "control_plane.hospitals.health:_redis": Apart("asks whether Redis answers"),
    "control_plane.hospitals.services:_lock": Apart("two wishes for one slug or name: the provider's own side"),
    "kernel.accounts.codes:_hash": Named(lambda: codes._hash(_row(), "123456")),
    "kernel.accounts.codes:_recovery_hash": Named(lambda: codes._recovery_hash(Account(id=WHOSE), "ABCD")),
    "kernel.accounts.once:_key_of": Named(_form_key),
    "kernel.accounts.preferences:idle_time": Apart(READS),
    "kernel.accounts.passkeys:_hash": Shown(
        "kernel/accounts/test_passkeys.py::test_a_passkey_of_one_hospital_is_refused_at_another"
    ),
    "kernel.accounts.passwords:_common": Apart("the list of common passwords that comes with the code"),
    "kernel.accounts.passwords:_nobodys": Apart("the hash of nobody's password, for equal work"),
    "kernel.accounts.services.register:password_context": Apart("words that a password must not be made of"),
    "kernel.accounts.services.sign_in:_token_hash": Named(lambda: sign_in._token_hash("device")),
    "kernel.accounts.sessions:key_hash": Named(lambda: sessions.key_hash("session")),
    "kernel.accounts.throttles:Bucket.name": Kept(
        lambda: charge([Bucket(LOGIN, "ana")]), lambda left: failures_of(Bucket(LOGIN, "ana"))
    ),
    "kernel.accounts.totp:code_at": Apart("RFC 6238: the secret is encrypted for its row"),
    "kernel.audit.anchors:_folder": Named(anchors._folder),
    "kernel.audit.anchors:anchor_file": Named(anchors.anchor_file),
    "kernel.audit.anchors:read_anchors": Named(anchors._folder),
    "kernel.audit.anchors:write_anchor": Named(lambda: anchors._signed_text({"position": 1})),
    "kernel.audit.recording:record": Named(lambda: derived_key(Purpose.AUDIT, "audit-rows")),
    "kernel.audit.recording:record_each": Named(lambda: derived_key(Purpose.AUDIT, "audit-rows")),
    "kernel.audit.recording:row_mac": Apart("the key that it is given is the hospital's: derived_key"),
    "kernel.audit.sealing:_LOCK": Named(lambda: _lock(sealing._LOCK)),
    "kernel.audit.sealing:private_key": Named(_public_key),
    "kernel.audit.sealing:seal_hash": Named(lambda: sealing.seal_hash(1, NOON, 1, b"", b"", b"")),
    "kernel.audit.verification:_check_entries": Apart("compares; the key that it is given is the hospital's"),
    "kernel.audit.verification:_check_loose_entries": Named(lambda: derived_key(Purpose.AUDIT, "audit-rows")),
    "kernel.audit.verification:_check_seals": Named(_public_key),
    "kernel.cache:hospital_key": Named(lambda: hospital_key("menu", "", 1)),
    "kernel.cache:hospital_name": Named(lambda: hospital_name("menu")),
    "kernel.data_classes:_THIRD_PARTY": Apart(DECLARATIONS),
    "kernel.doorbell:Doorbell.__init__": Apart("when each schema's bell was rung last, by the schema's name"),
    "kernel.doorbell:Doorbell._connected": Named(lambda: hospital_name("bell:relay")),
    "kernel.doorbell:Doorbell._send": Apart(HEADER),
    "kernel.events.delivery:_current": Apart("the event that is being delivered, until its subscriber returns"),
    "kernel.events.relay:_deliver": Apart("the event's own id, for its log lines"),
    "kernel.events.subscribers:_subscribers": Apart(DECLARATIONS),
    "kernel.events.types:_adapter": Apart(DECLARATIONS),
    "kernel.events.types:_types": Apart(DECLARATIONS),
    "kernel.health.middleware:_redis_answers": Apart("asks whether Redis answers"),
    "kernel.i18n.formats:_locale": Apart(PURE),
    "kernel.i18n.formats:reader_digits": Apart(READS),
    "kernel.i18n.formats:reader_locale": Apart(READS),
    "kernel.i18n.formats:reader_zone": Apart(READS),
    "kernel.keys.envelope:_Kept.__init__": Shown(
        "kernel/keys/test_envelope.py::test_a_value_moved_to_another_hospital_does_not_decrypt"
    ),
    "kernel.keys.envelope:decrypt": Kept(lambda: encrypt("x", **ROW), lambda sealed: decrypt(sealed, **ROW)),
    "kernel.keys.envelope:derived_key": Named(lambda: derived_key(Purpose.DATA, "x")),
    "kernel.keys.envelope:encrypt": Kept(lambda: encrypt("x", **ROW), lambda sealed: decrypt(sealed, **ROW)),
    "kernel.keys.keyring:LocalKeyring.__init__": Apart("the master keys of the installation, which wrap all others"),
    "kernel.keys.keyring:master_keys": Apart("the master keys of the installation, which wrap all others"),
    "kernel.keys.services:_add": Shown(
        "kernel/keys/test_envelope.py::test_a_value_moved_to_another_hospital_does_not_decrypt"
    ),
    "kernel.logs.middleware:RequestIdMiddleware.__call__": Apart("the request's own id, made here"),
    "kernel.logs.reporting:without_people": Named(lambda: without_people({}, {})["tags"]["hospital"], KeyError),
    "kernel.logs.setup:add_scope": Named(lambda: add_scope(None, "info", {})["hospital"], KeyError),
    "kernel.permissions.directory:_directory": Apart(DECLARATIONS),
    "kernel.preferences.kept:_entries": Shown(KEPT),
    "kernel.preferences.kept:_version": Kept(
        lambda: cache.set(kept._VERSION, "one", 60),
        lambda left: kept._version(),
        lambda left: cache.delete(kept._VERSION),
    ),
    "kernel.preferences.kept:forget": Kept(
        lambda: cache.set(kept._VERSION, "one", 60),
        lambda left: kept._version(),
        lambda left: cache.delete(kept._VERSION),
    ),
    "kernel.registries:Registry.__init__": Apart(DECLARATIONS),
    "kernel.signing:sign": Kept(
        lambda: signing.sign(1, purpose="one"),
        lambda text: signing.unsign(text, purpose="one", lasts=sign_in.TRUST_LASTS),
    ),
    "kernel.signing:unsign": Kept(
        lambda: signing.sign(1, purpose="one"),
        lambda text: signing.unsign(text, purpose="one", lasts=sign_in.TRUST_LASTS),
    ),
    "kernel.storage.files:_move_files": Shown(
        "kernel/storage/test_files.py::test_moving_files_to_a_new_key_leaves_another_hospitals_alone"
    ),
    "kernel.storage.files:read_file": Kept(lambda: store_file(b"x", area="letters").key, read_file, remove_file),
    "kernel.storage.files:remove_file": Shown(
        "kernel/storage/test_files.py::test_a_file_of_another_hospital_is_not_there"
    ),
    "kernel.storage.files:store_file": Named(lambda: new_key("letters").partition("/")[0]),
    "kernel.storage.links:download_link": Kept(_link, lambda token: opened_link(_access(), token)),
    "kernel.storage.links:opened_link": Kept(_link, lambda token: opened_link(_access(), token)),
    "kernel.storage.stores:_store": Apart("the adapter of the installation; keys begin with the hospital"),
    "kernel.storage.stores:store": Apart("the adapter of the installation; keys begin with the hospital"),
    "kernel.tasks:HospitalTask.header": Named(lambda: forget_old.header()),
    "kernel.tasks:_ScopedTask.__call__": Apart(HEADER),
    "kernel.tasks:_ScopedTask.apply_async": Apart(HEADER),
    "kernel.tasks:_ScopedTask.delay": Apart(HEADER),
    "kernel.tasks:send_scheduled": Shown(
        "kernel/tenancy/test_tasks.py::test_a_schedule_of_hospitals_is_sent_once_to_each_open_one"
    ),
    "tenants.records.demonstration.record:PersonRecord.chance": Apart(PURE),
    "tenants.records.demonstration.measurements:_draw_once": Apart(PURE),
    "tenants.records.facts.elements:_zone": Apart(PURE),
    "tenants.records.indexing:token": Apart(CONTENT),
    "tenants.records.services.importing:IMPORT_LOCK": Named(lambda: _lock(IMPORT_LOCK)),
    "tenants.records.services.importing:_digest": Apart(CONTENT),
    "tenants.records.services.storing:digest_of": Apart(CONTENT),
    "tenants.records.templatetags.records:source_name": Apart(READS),
    "tenants.records.templatetags.records:_language_of_source": Apart(READS),
    "tenants.records.validation:PRIMITIVES": Apart(PURE),
    "tenants.records.validation:_compiled": Apart("checks made of the schema of FHIR that comes with the code"),
    "themes.base.templatetags.themes:_icon": Apart(PURE),
    "themes.charts.drawing:Pen.__init__": Apart("one drawing's parts"),
    "themes.compiler.color:luminance": Apart(PURE),
    "themes.compiler.color:to_hex": Apart(PURE),
    "themes.compiler.tokens:CompiledTheme.css": Apart(PURE),
    "themes.compiler.tokens:CompiledTheme.digest": Apart(PURE),
    "themes.fonts:_inputs_hash": Apart("fonts that come with the code"),
    "themes.fonts:_names": Apart("fonts that come with the code"),
    "themes.fonts:build": Apart("fonts that come with the code"),
    "themes.marks:_own_mark": Apart(PURE),
    "themes.services:_compiled": Apart(PURE),
    "themes.services:_style_sheet": Apart(PURE),
    "api.auth.services:end_all_keys": Apart(OWN_ROWS),
    "control_plane.hospitals.reporting:write_report": Apart(
        "numbers of the hospital in context, written for the provider under its id"
    ),
    "control_plane.hospitals.sentences:_hospitals": Apart(READS),
    "control_plane.hospitals.sentences:_keys_of_hospitals": Apart(READS),
    "control_plane.networks.sentences:_keys_of_networks": Apart(READS),
    "kernel.accounts.doors:scope_label": Named(scope_label),
    "kernel.accounts.mail:_here": Apart(READS),
    "kernel.accounts.mail:_language": Apart(READS),
    "kernel.accounts.mail:_sender": Apart(READS),
    "kernel.accounts.mail:_telephone": Apart(READS),
    "kernel.accounts.selectors:kinds_of_people": Apart(READS),
    "kernel.audit.browsing:actions_known": Apart(READS),
    "kernel.audit.refusals:_hides_nothing": Apart(READS),
    "kernel.audit.refusals:_patient_called": Apart(READS),
    "kernel.audit.anchors:_signed_text": Named(lambda: anchors._signed_text({"position": 1})),
    "kernel.audit.verification:verify": Apart(READS),
    "kernel.doorbell:Doorbell._ring": Named(lambda: hospital_name("bell:relay")),
    "kernel.keys.envelope:_place": Named(lambda: envelope._place(1, "table", "column", 1)),
    "kernel.keys.envelope:owner_of_scope": Named(envelope.owner_of_scope),
    "kernel.keys.envelope:plain_key": Named(lambda: envelope.plain_key(Purpose.DATA).secret),
    "kernel.keys.services:_context": Named(lambda: key_services._context(Purpose.DATA, 1)),
    "kernel.keys.services:destroy_data_keys": Apart(OWN_ROWS),
    "kernel.keys.services:reencrypt": Apart(OWN_ROWS),
    "kernel.keys.services:rotate_data_key": Apart(OWN_ROWS),
    "kernel.mail.adapters:SmtpPostman.take": Apart(READS),
    "kernel.mail.writing:send_mail_later": Apart(READS),
    "kernel.permissions.directory:same_people": Apart(OWN_ROWS),
    "kernel.permissions.selectors:access_for": Apart(OWN_ROWS),
    "kernel.permissions.services:assign_role": Apart(OWN_ROWS),
    "kernel.permissions.services:builtin_role": Apart(OWN_ROWS),
    "kernel.permissions.services:create_role": Apart(OWN_ROWS),
    "kernel.preferences.kept:decisions": Shown(KEPT),
    "kernel.signing:_salt": Named(lambda: signing._salt("one")),
    "kernel.storage.files:_lock": Apart("a lock for the file's key, which begins with the hospital"),
    "kernel.storage.files:_own_area": Kept(lambda: new_key("letters"), files._own_area),
    "kernel.storage.files:new_key": Named(lambda: new_key("letters").partition("/")[0]),
    "kernel.tenancy.backend.base:DatabaseWrapper.__init__": Apart(
        "which schemas a connection has touched, to close it in time"
    ),
    "kernel.tenancy.backend.base:_switch_statement": Apart(PURE),
    "kernel.tenancy.backend.watching:_Silent.__init__": Apart("which servers did not answer a moment ago"),
    "kernel.tenancy.backend.watching:_given_up": Apart("whether this request does without the database"),
    "kernel.tenancy.backend.watching:_patience": Apart("how long the statements of this work may take"),
    "kernel.tenancy.checks:guard_is_closed": Apart("reads the settings"),
    "kernel.tenancy.resolution:HostCache.__init__": Shown(
        "kernel/tenancy/test_requests.py::test_each_host_shows_its_own_hospital"
    ),
    "kernel.tenancy.resolution:_Listener._listen": Apart(
        "one channel of the installation says that some hospital has changed, and nothing else"
    ),
    "kernel.tenancy.resolution:_announce": Apart(
        "one channel of the installation says that some hospital has changed, and nothing else"
    ),
    "kernel.tenancy.schemas:migration_state": Apart("the migrations that come with the code"),
    "kernel.tenancy.schemas:state_of": Apart("the migrations that come with the code"),
    "kernel.tenancy.schemas:try_lock": Apart("work of the provider; its callers name the hospital"),
    "kernel.tenancy.schemas:unlock": Apart("work of the provider; its callers name the hospital"),
    "kernel.tenancy.scope:_current": Apart("the truth itself"),
    "kernel.tenancy.tasks:resume_provisioning": Apart("work of the provider, under its header"),
    "tenants.records.demonstration.record:PersonRecord.__init__": Apart("one made-up person's record while it is made"),
    "tenants.people.merges:_Families.__init__": Apart("who stands under whom, while one act of merging is judged"),
    "tenants.people.sentences:_keys_of_practitioners": Apart(READS),
}
