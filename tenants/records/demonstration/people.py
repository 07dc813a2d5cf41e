"""Who is in the demonstration: three hospitals, their clinicians, places and patients. All of them are invented.

Telephone numbers are from ranges kept for fiction or not assigned, e-mail addresses from example.com (RFC 2606).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

# The name of the source under which the demonstration's records are kept.
SOURCE = "demonstration"


class Story(StrEnum):
    """What a patient's record is about; decides conditions, tests, medicines and visits."""

    DIABETES = "diabetes"
    PRESSURE = "pressure"
    KIDNEY = "kidney"
    BLOOD = "blood"
    CHECKUP = "checkup"
    ASTHMA = "asthma"
    ALLERGY = "allergy"
    SKIN = "skin"
    CHILD = "child"


@dataclass(frozen=True, slots=True)
class DemoClinician:
    """Somebody who treats patients. ``specialty`` is a code of words.SPECIALTIES."""

    key: str
    prefix: str
    given: str
    family: str
    gender: str
    specialty: str
    treats: tuple[Story, ...]

    @property
    def full_name(self) -> str:
        """The name as it is written below a letter."""
        return f"{self.prefix} {self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A patient. ``age`` in years at the anchor; ``latin`` the name in Latin letters where it is written otherwise.

    ``urgent`` is the LOINC code and value of a test of the day before the anchor about which somebody must call.
    """

    key: str
    given: str
    family: str
    sex: str
    age: int
    story: Story
    latin: tuple[str, str] = ("", "")
    preferred: str = ""
    pronouns: str = ""
    former_family: str = ""
    helper: str = ""
    urgent: tuple[str, str] | None = None

    @property
    def email(self) -> str:
        """An address that cannot exist."""
        return f"{self.key}@example.com"


@dataclass(frozen=True, slots=True)
class DemoHospital:
    """A hospital of the demonstration. ``phone`` has ``{}`` for two digits, ``street`` for a house number."""

    slug: str
    name: str
    language: str
    country: str
    city: str
    state: str
    postal_code: str
    street: str
    phone: str
    time_zone: str
    places: tuple[tuple[str, str], ...]
    clinicians: tuple[DemoClinician, ...]
    people: tuple[DemoPerson, ...]


_SANTA_LUCIA = DemoHospital(
    slug="santalucia",
    name="Hospital Infantil Santa Lucía",
    language="es",
    country="ES",
    city="Valencia",
    state="Valencia",
    postal_code="46010",
    street="Calle de los Naranjos {}",
    phone="+34 600 000 1{}",
    time_zone="Europe/Madrid",
    places=(
        ("main", "Edificio B, planta 2"),
        ("laboratory", "Edificio A, planta baja"),
        ("day", "Consultas, planta 1"),
    ),
    clinicians=(
        DemoClinician("robledo", "Dra.", "Inés", "Robledo", "female", "pulmonology", (Story.ASTHMA,)),
        DemoClinician("ferrer", "Dr.", "Pau", "Ferrer", "male", "pediatrics", (Story.CHILD, Story.BLOOD)),
        DemoClinician("ibarra", "Dra.", "Lucía", "Ibarra", "female", "allergology", (Story.ALLERGY, Story.SKIN)),
    ),
    people=(
        DemoPerson("mateo", "Mateo", "García Soler", "M", 8, Story.ASTHMA, helper="carmen"),
        DemoPerson("sofia", "Sofía", "García Soler", "F", 4, Story.CHILD, helper="carmen"),
        DemoPerson("lucas", "Lucas", "Peña Ortiz", "M", 6, Story.ALLERGY, helper="andres"),
        DemoPerson("valeria", "Valeria", "Núñez Ríos", "F", 11, Story.ASTHMA, preferred="Vale"),
        DemoPerson("hugo", "Hugo", "Martín Vidal", "M", 2, Story.SKIN),
        DemoPerson("nour", "Nour", "Haddad", "F", 9, Story.BLOOD, latin=("", "")),
        DemoPerson("daniela", "Daniela", "López Marín", "F", 14, Story.ASTHMA, urgent=("2823-3", "2.6")),
        DemoPerson("pablo", "Pablo", "Ibáñez Cruz", "M", 12, Story.ALLERGY),
        DemoPerson("alba", "Alba", "Ferrándiz Gil", "F", 1, Story.CHILD),
        DemoPerson("leo", "Leo", "Quintana", "M", 7, Story.CHILD),
        DemoPerson("ariadna", "Ariadna", "Català Puig", "F", 15, Story.SKIN, pronouns="ella"),
        DemoPerson("bruno", "Bruno", "Zamora Díaz", "M", 5, Story.BLOOD),
    ),
)

_NORTHFIELD = DemoHospital(
    slug="northfield",
    name="Northfield University Medical Center",
    language="en",
    country="US",
    city="Northfield",
    state="IL",
    postal_code="60093",
    street="{} Orchard Lane",
    phone="+1 312 555 01{}",
    time_zone="America/Chicago",
    places=(
        ("main", "Building B, floor 2"),
        ("laboratory", "Building A, ground floor"),
        ("day", "Clinic tower, floor 5"),
    ),
    clinicians=(
        DemoClinician("osei", "Dr.", "Amara", "Osei", "female", "endocrinology", (Story.DIABETES,)),
        DemoClinician("lindqvist", "Dr.", "Erik", "Lindqvist", "male", "cardiology", (Story.PRESSURE,)),
        DemoClinician("tran", "Dr.", "Mai", "Tran", "female", "nephrology", (Story.KIDNEY, Story.BLOOD)),
        DemoClinician("brooks", "Dr.", "Naomi", "Brooks", "female", "medicine", (Story.CHECKUP,)),
    ),
    people=(
        DemoPerson("james", "James", "Whitlock", "M", 58, Story.DIABETES, helper="ana"),
        DemoPerson("eleanor", "Eleanor", "Whitlock", "F", 84, Story.KIDNEY, helper="ana"),
        DemoPerson(
            "denise", "Denise", "Carter", "F", 49, Story.PRESSURE, former_family="Hollis", urgent=("2823-3", "6.4")
        ),
        DemoPerson("wei", "Wei", "Zhang", "M", 63, Story.KIDNEY, preferred="William"),
        DemoPerson("rosa", "Rosa", "Delgado", "F", 55, Story.DIABETES),
        DemoPerson("sukarno", "Sukarno", "", "M", 61, Story.PRESSURE),
        DemoPerson("priya", "Priya", "Raman", "F", 46, Story.BLOOD),
        DemoPerson("sam", "Samantha", "O'Neill", "F", 45, Story.CHECKUP, preferred="Sam", pronouns="they/them"),
        DemoPerson("marcus", "Marcus", "Bell", "M", 52, Story.PRESSURE),
        DemoPerson("ingrid", "Ingrid", "Sørensen", "F", 65, Story.DIABETES),
        DemoPerson("tomas", "Tomáš", "Novák", "M", 57, Story.CHECKUP),
        DemoPerson("grace", "Grace", "Adeyemi", "F", 60, Story.KIDNEY),
    ),
)

_AL_WAHA = DemoHospital(
    slug="alwaha",
    name="مستشفى الواحة",
    language="ar",
    country="SA",
    city="الرياض",
    state="الرياض",
    postal_code="12211",
    street="شارع النخيل {}",
    phone="+966 50 000 01{}",
    time_zone="Asia/Riyadh",
    places=(
        ("main", "المبنى ب، الطابق الثاني"),
        ("laboratory", "المبنى أ، الطابق الأرضي"),
        ("day", "العيادات، الطابق الأول"),
    ),
    clinicians=(
        DemoClinician("najjar", "د.", "سامر", "النجار", "male", "endocrinology", (Story.DIABETES,)),
        DemoClinician("khoury", "د.", "هالة", "الخوري", "female", "cardiology", (Story.PRESSURE,)),
        DemoClinician("mansour", "د.", "يوسف", "منصور", "male", "nephrology", (Story.KIDNEY, Story.BLOOD)),
        DemoClinician("sabbagh", "د.", "ريم", "الصباغ", "female", "medicine", (Story.CHECKUP,)),
    ),
    people=(
        DemoPerson("layla", "ليلى", "الحربي", "F", 54, Story.DIABETES, ("Layla", "Al-Harbi")),
        DemoPerson("omar", "عمر", "الحربي", "M", 60, Story.PRESSURE, ("Omar", "Al-Harbi"), helper="layla"),
        DemoPerson(
            "fatima", "فاطمة", "العتيبي", "F", 47, Story.BLOOD, ("Fatima", "Al-Otaibi"), urgent=("718-7", "6.6")
        ),
        DemoPerson("khalid", "خالد", "الزهراني", "M", 63, Story.KIDNEY, ("Khalid", "Al-Zahrani")),
        DemoPerson("maryam", "مريم", "القحطاني", "F", 51, Story.DIABETES, ("Maryam", "Al-Qahtani")),
        DemoPerson("abdullah", "عبد الله", "الشهري", "M", 57, Story.PRESSURE, ("Abdullah", "Al-Shehri")),
        DemoPerson("noura", "نورة", "الدوسري", "F", 45, Story.CHECKUP, ("Noura", "Al-Dosari")),
        DemoPerson("hassan", "حسن", "المطيري", "M", 65, Story.DIABETES, ("Hassan", "Al-Mutairi")),
        DemoPerson("salma", "سلمى", "الغامدي", "F", 49, Story.CHECKUP, ("Salma", "Al-Ghamdi")),
        DemoPerson("ibrahim", "إبراهيم", "السبيعي", "M", 59, Story.KIDNEY, ("Ibrahim", "Al-Subaie")),
        DemoPerson("huda", "هدى", "العنزي", "F", 56, Story.PRESSURE, ("Huda", "Al-Anazi")),
        DemoPerson("yasmin", "ياسمين", "", "F", 62, Story.BLOOD, ("Yasmin", "")),
    ),
)

HOSPITALS: Mapping[str, DemoHospital] = {hospital.slug: hospital for hospital in (_SANTA_LUCIA, _NORTHFIELD, _AL_WAHA)}
