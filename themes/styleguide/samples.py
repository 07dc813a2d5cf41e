# ruff: noqa: E501  -- picture material in tables, one sample a line
"""Picture material for the styleguide: invented people, places and results."""

from datetime import date
from typing import Any

from themes.charts import Point, RangeBar, TrendChart, Zone
from themes.shell import NavItem, NavSection

VISIT_DAY = date(2026, 12, 1)


def _result(words: dict[str, Any]) -> dict[str, Any]:
    goal, little, high = words["zones"]
    numbers = ("8.1", "7.6", "7.3", "6.9")
    return {
        "bar": RangeBar(
            value=6.9,
            low=4,
            zones=[
                Zone(goal[0], 7, "ok", goal[1]),
                Zone(little[0], 8, "warn", little[1]),
                Zone(high[0], 10, "crit", high[1]),
            ],
            marker=words["marker"],
            title=words["result_title"],
            summary=words["bar_summary"],
        ),
        "trend": TrendChart(
            points=[
                Point(month, float(number), number, full_label=full)
                for (month, full), number in zip(words["months"], numbers, strict=True)
            ],
            title=words["trend_title"],
            summary=words["trend_summary"],
            tick="{:g}%",
            goal_high=7,
            goal_label=words["goal_words"],
        ),
    }


EN: dict[str, Any] = {
    "tabs": [("Home", "house"), ("Visits", "calendar"), ("Messages", "message-circle"), ("Health", "heart-pulse"), ("More", "menu")],
    "person": ("James Whitlock", "JW", "Born March 27, 1984"),
    "operator": ("Ravi Kaur", "RK", "Operator"),
    "subject": ("James", "JW"),
    "settings": "Settings",
    "search": ("Search your record", "Find a hospital, run, invoice or setting"),
    "state": "All systems normal",
    "support": "Support is looking at this page with you, read only, until 11:30.",
    "support_end": "End support",
    "hello": "Hello, James",
    "next": "Next appointment",
    "visit": "Diabetes follow-up",
    "facts": [("stethoscope", "Dr. Amara Osei · Endocrinology"), ("clock", "10:20 am, 30 minutes"), ("map-pin", "Building B, floor 2")],
    "details": "See details",
    "directions": "Directions",
    "before": "Before your visit",
    "done_count": "1 of 3 done",
    "todo": [("Confirm your details", "Done today", "done"), ("Answer 6 questions", "About 3 minutes", "open"), ("Bring your glucose meter", "", "open")],
    "needs": "What do you need?",
    "shortcuts": [("calendar-plus", "Book a visit"), ("pill", "Refill a medicine"), ("message-circle", "Ask a question"), ("receipt-text", "Pay a bill")],
    "new": "What is new",
    "news": [("flask-conical", "Average blood sugar", "Your result is ready", True), ("message-circle", "Dr. Amara Osei", "About your new dose", False)],
    "result_back": "Test results",
    "result_title": "Average blood sugar",
    "result_lead": "Hemoglobin A1c (HbA1c) · Sample taken Nov 18, 2026",
    "share": "Print or share",
    "number": "6.9",
    "unit": "%",
    "was": "Was 7.3% in August",
    "in_goal": "In your goal range",
    "marker": "You: 6.9%",
    "zones": [("Your goal", "Under 7%"), ("A little high", "7% to 8%"), ("High", "Over 8%")],
    "bar_summary": "Your value of 6.9% is in your goal range, under 7%.",
    "means": "What this means",
    "meaning": "Your average blood sugar over the last 3 months went down from 7.3% to 6.9%. That is under the goal of 7% you set with Dr. Osei. Nice work.",
    "byline": "Written by Dr. Amara Osei · Nov 19",
    "trend_title": "Your results over the past year",
    "trend_summary": "Down from 8.1% in January to 6.9% in November. Your goal is under 7%.",
    "goal_words": "Your goal: under 7%",
    "months": [("Jan", "January 14, 2026"), ("May", "May 6, 2026"), ("Aug", "August 20, 2026"), ("Nov", "November 18, 2026")],
    "then": "What happens next",
    "steps_next": ["Keep taking your medicines the same way.", "Have this test again in 3 months. We will remind you.", "Talk about it at your visit on Tuesday, Dec 1."],
    "ask": "Ask your care team",
    "questions": "Common questions",
    "answers": [("What is this test?", "It shows your average blood sugar over about 3 months. One high or low day does not change it much."), ("Why is my goal different from the lab's normal range?", "The lab's range (under 5.7%) is for people without diabetes. Your goal was chosen for you.")],
    "seen": "Dr. Osei saw this result on Nov 19. Ana Whitlock (your wife) can also see it.",
    "seen_change": "Change who can see",
    "welcome": "Sign in",
    "sign_hint": "Use the email or phone number you gave us.",
    "book_back": "Change reason",
    "book_title": "Pick a day and time",
    "book_steps": ["Reason", "Time", "Confirm"],
    "book_how": "How would you like to meet?",
    "ways": [("building-2", "In person", "Building B, floor 2", True), ("video", "Video visit", "From your phone or computer", False), ("phone", "Phone call", "We call you", False)],
    "book_day": "Tuesday, December 1",
    "week": ["Next week", "Earlier week"],
    "days": [("Mon", "30", "Full", "off"), ("Tue", "1", "10 times", "on"), ("Wed", "2", "4 times", ""), ("Thu", "3", "7 times", ""), ("Fri", "4", "2 times", ""), ("Sat", "5", "Closed", "off"), ("Sun", "6", "Closed", "off")],
    "parts": [("Morning", ["8:20 am", "9:00 am", "9:40 am", "10:20 am", "11:40 am"]), ("Afternoon", ["1:00 pm", "1:40 pm", "2:20 pm", "3:40 pm", "4:20 pm"])],
    "chosen": "10:20 am",
    "zone": "Times are in Chicago time (CST).",
    "sooner": "Need to be seen sooner?",
    "sooner_text": "Join the waitlist. If someone cancels, we text you and hold the time for 30 minutes.",
    "join": "Join the waitlist",
    "your_visit": "Your visit",
    "doctor": ("Amara Osei", "Dr. Amara Osei", "Endocrinology · speaks English, Twi"),
    "summary": [("Reason", "Diabetes follow-up, 30 minutes", ""), ("When", "Tuesday, December 1 at 10:20 am", ""), ("Where", "In person, Building B, floor 2", ""), ("Your likely cost", "$25 copay", "Estimate from your BlueRiver PPO plan")],
    "continue": "Continue",
    "continue_note": "You can check everything before you confirm. Free to cancel until Nov 30, 10:20 am.",
}  # fmt: skip

ES: dict[str, Any] = EN | {
    "tabs": [("Inicio", "house"), ("Citas", "calendar"), ("Mensajes", "message-circle"), ("Salud", "heart-pulse"), ("Más", "menu")],
    "person": ("Carmen Ruiz", "CR", "Madre de Mateo"),
    "subject": ("Mateo", "M"),
    "hello": "Hola, Carmen",
    "next": "Próxima cita",
    "visit": "Revisión de asma",
    "facts": [("stethoscope", "Dra. Inés Robledo · Neumología"), ("clock", "10:20, dura 30 minutos"), ("map-pin", "Edificio B, planta 2")],
    "details": "Ver detalles",
    "directions": "Llegar",
    "before": "Antes de la cita",
    "done_count": "1 de 3 listo",
    "todo": [("Confirmar tus datos", "Hecho hoy", "done"), ("Contestar 6 preguntas sobre el asma", "Unos 3 minutos", "open"), ("Traer el inhalador", "", "open")],
    "needs": "¿Qué necesitas?",
    "shortcuts": [("calendar-plus", "Pedir cita"), ("pill", "Pedir una receta"), ("message-circle", "Hacer una pregunta"), ("receipt-text", "Pagar una factura")],
    "new": "Novedades",
    "news": [("flask-conical", "Prueba de alergia", "Ya está tu resultado", True), ("message-circle", "Dra. Inés Robledo", "Sobre el inhalador", False)],
    "welcome": "Entrar",
    "sign_hint": "Usa el correo o el teléfono que nos diste.",
}  # fmt: skip

AR: dict[str, Any] = EN | {
    "tabs": [("الرئيسية", "house"), ("المواعيد", "calendar"), ("الرسائل", "message-circle"), ("صحتي", "heart-pulse"), ("المزيد", "menu")],
    "person": ("ليلى الحربي", "ل", "مواليد ١٩٧٩"),
    "subject": ("ليلى", "ل"),
    "settings": "الإعدادات",
    "hello": "أهلاً، ليلى",
    "next": "موعدك القادم",
    "visit": "متابعة السكري",
    "facts": [("stethoscope", "د. سامر النجار · الغدد الصماء"), ("clock", "١٠:٢٠ صباحاً، ٣٠ دقيقة"), ("map-pin", "المبنى ب، الطابق الثاني")],
    "details": "التفاصيل",
    "directions": "الاتجاهات",
    "before": "قبل الموعد",
    "done_count": "تم ١ من ٣",
    "todo": [("تأكيد بياناتك", "تم اليوم", "done"), ("الإجابة عن ٦ أسئلة", "حوالي ٣ دقائق", "open"), ("إحضار جهاز قياس السكر", "", "open")],
    "needs": "ماذا تريدين أن تفعلي؟",
    "shortcuts": [("calendar-plus", "حجز موعد"), ("pill", "تجديد دواء"), ("message-circle", "سؤال الفريق"), ("receipt-text", "دفع فاتورة")],
    "new": "الجديد",
    "news": [("flask-conical", "السكر التراكمي", "نتيجتك جاهزة", True), ("message-circle", "د. سامر النجار", "حول الجرعة الجديدة", False)],
    "result_back": "النتائج",
    "result_title": "السكر التراكمي",
    "result_lead": "HbA1c · أُخذت العينة يوم ١٨ نوفمبر ٢٠٢٦",
    "share": "طباعة أو مشاركة",
    "was": "كان ٧٫٣٪ في أغسطس",
    "in_goal": "ضمن هدفك",
    "marker": "نتيجتك",
    "zones": [("ضمن الهدف", "أقل من 7%"), ("أعلى قليلاً", "7 إلى 8%"), ("مرتفع", "أكثر من 8%")],
    "bar_summary": "نتيجتك 6.9% ضمن هدفك، أقل من 7%.",
    "means": "ماذا يعني هذا؟",
    "meaning": "متوسط السكر في دمك خلال آخر ٣ أشهر انخفض من ٧٫٣٪ إلى ٦٫٩٪. هذا أقل من الهدف الذي اتفقتِ عليه مع طبيبك وهو ٧٪. أحسنتِ!",
    "byline": "كتبه د. سامر النجار · ١٩ نوفمبر",
    "trend_title": "نتائجك خلال السنة",
    "trend_summary": "انخفضت من 8.1% في يناير إلى 6.9% في نوفمبر. هدفك أقل من 7%.",
    "goal_words": "هدفك: أقل من 7%",
    "months": [("يناير", "14 يناير 2026"), ("مايو", "6 مايو 2026"), ("أغسطس", "20 أغسطس 2026"), ("نوفمبر", "18 نوفمبر 2026")],
    "then": "ماذا بعد؟",
    "steps_next": ["استمري على أدويتك كما هي.", "أعيدي الفحص بعد ٣ أشهر وسنذكّرك.", "تحدثي عنه في موعدك يوم الثلاثاء ١ ديسمبر."],
    "ask": "اسألي فريقك",
    "questions": "أسئلة شائعة",
    "answers": [("ما هذا الفحص؟", "يبين متوسط السكر في الدم خلال نحو ٣ أشهر.")],
    "seen": "اطلع د. النجار على هذه النتيجة يوم ١٩ نوفمبر.",
    "seen_change": "من يمكنه الاطلاع",
    "welcome": "تسجيل الدخول",
    "sign_hint": "استخدمي البريد أو رقم الجوال المسجل لدينا.",
    "book_back": "تغيير السبب",
    "book_title": "اختاري اليوم والوقت",
    "book_steps": ["السبب", "الوقت", "التأكيد"],
    "book_how": "كيف تفضلين اللقاء؟",
}  # fmt: skip

HOSPITALS = [
    ("Northfield University Medical Center", "northfield.careportal.example", "NU", "ok", "Live", "Enterprise", "48,210", (3, 4, 3.6, 4.2, 4.6, 4.3, 5, 4.8, 5.4, 6), 0.71, "142 ms", "4.12.0", "us-east-1", "$6,400", "Paid", ""),
    ("Hospital Infantil Santa Lucía", "santalucia.careportal.example", "SL", "ok", "Live", "Growth", "21,874", (2, 2.3, 2.3, 2.6, 2.6, 3.2, 2.8, 3.4, 3.8, 3.8), 0.54, "168 ms", "4.12.0", "eu-south-2", "€2,150", "Paid", ""),
    ("Al-Waha Hospital · مستشفى الواحة", "alwaha.careportal.example", "و", "info", "Upgrading", "Growth", "17,032", (1, 1, 1.6, 1.6, 1.6, 2.2, 2.2, 2.8, 2.8, 3.4), 0.62, "155 ms", "4.11.3", "me-central-1", "SAR 8,900", "Due Dec 1", ""),
    ("Bayview Community Hospital", "bayview.careportal.example", "BV", "warn", "Near limit", "Starter", "9,614", (1, 1, 1.4, 1.8, 1.8, 2.2, 2.2, 2.5, 2.5, 2.8), 0.96, "149 ms", "4.12.0", "us-west-2", "$780", "Paid", ""),
    ("Klinikum Heidegrund", "heidegrund.careportal.example", "KH", "ok", "Live", "Enterprise", "33,450", (2, 2, 3, 2, 2.8, 3.6, 2.8, 3.6, 4.4, 4.4), 0.48, "131 ms", "4.12.0", "eu-central-1", "€5,900", "Paid", ""),
    ("Praia Rural Health Network", "praia.careportal.example", "PR", "crit", "Payment failed", "Starter", "4,102", (3, 3.6, 3, 3, 2.4, 2, 2, 2.4, 2, 1.4), 0.33, "201 ms", "4.12.0", "sa-east-1", "R$ 2.300", "Past due", "crit"),
    ("Mercy Coast Oncology", "mercycoast.careportal.example", "MC", "info", "Setting up", "Growth", "0", (0, 0, 0, 0), 0.03, "n/a", "4.12.0", "us-east-1", "Trial", "12 days left", ""),
]  # fmt: skip
HOSPITAL_KEYS = "name address letters tone status plan patients history share speed version region month paid paid_tone"


def console_navigation(url: str) -> tuple[NavSection, ...]:
    """The console's menu, as in the picture."""
    return (
        NavSection((
            NavItem("Overview", url, "activity"),
            NavItem("Hospitals", url, "hospital", is_current=True, badge="7"),
            NavItem("Infrastructure", url, "server-cog", badge="1 running", tone="info"),
            NavItem("Releases", url, "rocket"),
        )),
        NavSection((
            NavItem("Billing", url, "credit-card", badge="1", tone="crit"),
            NavItem("Plans", url, "layers"),
            NavItem("Usage", url, "chart-column"),
        ), "Business"),
        NavSection((
            NavItem("Audit log", url, "scroll-text"),
            NavItem("Access and keys", url, "key-round"),
            NavItem("Backups", url, "database-backup"),
            NavItem("Incidents", url, "siren"),
        ), "Trust"),
    )  # fmt: skip


def manage_navigation(url: str) -> tuple[NavSection, ...]:
    """The hospital admin's menu, as in the picture."""
    return (
        NavSection((
            NavItem("Overview", url, "layout-dashboard"),
            NavItem("Launch checklist", url, "list-checks", badge="8/11", tone="brand"),
        )),
        NavSection((
            NavItem("Branding", url, "palette", is_current=True),
            NavItem("Languages and wording", url, "languages"),
            NavItem("Workflows", url, "workflow"),
            NavItem("Appointment types", url, "calendar-cog"),
            NavItem("Result release", url, "flask-conical"),
        ), "Your portal"),
        NavSection((
            NavItem("Staff and roles", url, "users"),
            NavItem("Patients", url, "contact"),
            NavItem("Audit log", url, "scroll-text"),
        ), "People"),
    )  # fmt: skip


def for_language(language: str) -> dict[str, Any]:
    """All sample words of a language, with charts and the table of hospitals."""
    words = {"es": ES, "ar": AR}.get(language, EN)
    keys = HOSPITAL_KEYS.split()
    return {
        **words,
        **_result(words),
        "visit_day": VISIT_DAY,
        "stats": [
            ("Monthly revenue", "$24,310", "up 6.2% from October"),
            ("Active patients, 30 days", "134,282", "up 3,904"),
            ("Response time, p95", "156 ms", "target under 300 ms"),
            ("Uptime, 30 days", "99.98%", "2 minutes down on Nov 9"),
        ],
        "log": [
            {"time": "10:41:07", "step": "plan   ", "text": "3 to add, 2 to change, 0 to destroy"},
            {"time": "10:41:58", "step": "apply  ", "text": "tenant schema alwaha: backup taken (184 MB)", "tone": "ok"},
            {"time": "10:42:31", "step": "migrate", "text": "14 of 19 migrations, no lock held over 40 ms", "tone": "ok"},
            {"time": "10:42:44", "step": "deploy ", "text": "web 2 of 4 healthy, draining old", "tone": "warn"},
        ],
        "owed": [("Diabetes follow-up", "December 1", "$25.00"), ("Eye check", "November 3", "$0.00")],
        "days": [(day, number, note, state == "on", state == "off") for day, number, note, state in words["days"]],
        "parts": [(part, [(time, time == words["chosen"]) for time in times]) for part, times in words["parts"]],
        "hospitals": [
            {**dict(zip(keys, row, strict=True)), "share_tone": "warn" if row[8] > 0.9 else "fill"} for row in HOSPITALS
        ],
        "colors": [
            "canvas", "surface", "sunken", "line", "control", "ink", "ink-2", "brand", "brand-deep", "brand-soft",
            "brand-line", "accent", "accent-soft", "ok", "warn", "crit", "info",
        ],
        "tab_items": [
            NavItem("Health", "#a", is_current=True), NavItem("Usage", "#b"), NavItem("Plan", "#c"),
            NavItem("Events", "#d", badge="3", tone="info"),
        ],
    }  # fmt: skip
