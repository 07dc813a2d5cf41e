"""What looking at a record is called in the trail, in the patient's words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import ActionSentence, Area, areas, declare, sentences
from kernel.audit.targets import declare_target

areas.register(Area("records", _("Health records")))

WORDS: dict[str, str | Promise] = {
    "records.home_viewed": _("Saw the first page of the record"),
    "records.results_viewed": _("Saw the list of test results"),
    "records.result_viewed": _("Opened a test result"),
    "records.measurements_viewed": _("Saw measurements such as weight"),
    "records.overview_viewed": _("Saw the overview of the health record"),
    "records.conditions_viewed": _("Saw the health problems"),
    "records.allergies_viewed": _("Saw the allergies"),
    "records.medicines_viewed": _("Saw the medicines"),
    "records.vaccines_viewed": _("Saw the vaccines"),
    "records.procedures_viewed": _("Saw the procedures"),
    "records.documents_viewed": _("Saw the list of documents"),
    "records.document_downloaded": _("Downloaded a document"),
    "records.report_downloaded": _("Downloaded a report"),
    "records.visits_viewed": _("Saw the visits"),
    "records.visit_viewed": _("Opened a visit"),
    "records.chart_viewed": _("Opened the chart summary"),
    "records.day_viewed": _("Saw the visit on the day's list"),
    "records.imported": _("Brought in health records from a file"),
}

for action, sentence in WORDS.items():
    sentences.register(ActionSentence(action, sentence))

declare(
    {
        "records.import_refused": _("Refused a file of health records"),
        "records.demonstration_moved": _("Moved the dates of the demonstration"),
    },
    side="hospital",
)
declare_target("records.ImportEntry", _("A file of health records"))
declare_target("records.Resource", _("Health records"))
