"""What we demand of each resource type: the elements we store, search or show, their types and which are required.

Elements that are not listed may be present and are kept as they came: this is a check of what our pages rely on, not a
FHIR validator. One line an element: ``name: type flags``, where ``*`` is a list, ``!`` is required (R4, minimum 1) and
``[x]`` a choice of types. Bindings marked "required" in R4 list their codes after ``=``.
"""

PATIENT = """
    identifier: Identifier*
    active: boolean
    name: HumanName*
    telecom: ContactPoint*
    gender: code = male female other unknown
    birthDate: date
    deceased[x]: boolean dateTime
    address: Address*
    maritalStatus: CodeableConcept
    communication: Communication*
    generalPractitioner: Reference*
    managingOrganization: Reference
    link: PatientLink*
"""

ENCOUNTER = """
    identifier: Identifier*
    status: code! = planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown
    class: Coding!
    type: CodeableConcept*
    serviceType: CodeableConcept
    subject: Reference
    participant: EncounterParticipant*
    appointment: Reference*
    period: Period
    reasonCode: CodeableConcept*
    reasonReference: Reference*
    location: EncounterLocation*
    serviceProvider: Reference
"""

CONDITION = """
    identifier: Identifier*
    clinicalStatus: CodeableConcept
    verificationStatus: CodeableConcept
    category: CodeableConcept*
    severity: CodeableConcept
    code: CodeableConcept
    subject: Reference!
    encounter: Reference
    onset[x]: dateTime Age Period Range string
    abatement[x]: dateTime Age Period Range string
    recordedDate: dateTime
    recorder: Reference
    asserter: Reference
    note: Annotation*
"""

ALLERGY_INTOLERANCE = """
    identifier: Identifier*
    clinicalStatus: CodeableConcept
    verificationStatus: CodeableConcept
    type: code = allergy intolerance
    category: code* = food medication environment biologic
    criticality: code = low high unable-to-assess
    code: CodeableConcept
    patient: Reference!
    encounter: Reference
    onset[x]: dateTime Age Period Range string
    recordedDate: dateTime
    recorder: Reference
    lastOccurrence: dateTime
    note: Annotation*
    reaction: Reaction*
"""

MEDICATION_REQUEST = """
    identifier: Identifier*
    status: code! = active on-hold cancelled completed entered-in-error stopped draft unknown
    intent: code! = proposal plan order original-order reflex-order filler-order instance-order option
    doNotPerform: boolean
    category: CodeableConcept*
    medication[x]!: CodeableConcept Reference
    subject: Reference!
    encounter: Reference
    authoredOn: dateTime
    requester: Reference
    reasonCode: CodeableConcept*
    reasonReference: Reference*
    note: Annotation*
    dosageInstruction: Dosage*
"""

MEDICATION_STATEMENT = """
    identifier: Identifier*
    status: code! = active completed entered-in-error intended stopped on-hold unknown not-taken
    category: CodeableConcept
    medication[x]!: CodeableConcept Reference
    subject: Reference!
    context: Reference
    effective[x]: dateTime Period
    dateAsserted: dateTime
    reasonCode: CodeableConcept*
    note: Annotation*
    dosage: Dosage*
"""

IMMUNIZATION = """
    identifier: Identifier*
    status: code! = completed entered-in-error not-done
    vaccineCode: CodeableConcept!
    patient: Reference!
    encounter: Reference
    occurrence[x]!: dateTime string
    recorded: dateTime
    primarySource: boolean
    location: Reference
    lotNumber: string
    isSubpotent: boolean
    performer: Performer*
    note: Annotation*
    protocolApplied: ProtocolApplied*
"""

PROCEDURE = """
    identifier: Identifier*
    status: code! = preparation in-progress not-done on-hold stopped completed entered-in-error unknown
    category: CodeableConcept
    code: CodeableConcept
    subject: Reference!
    encounter: Reference
    performed[x]: dateTime Period string Age Range
    performer: Performer*
    location: Reference
    reasonCode: CodeableConcept*
    reasonReference: Reference*
    note: Annotation*
"""

OBSERVATION = """
    identifier: Identifier*
    status: code! = registered preliminary final amended corrected cancelled entered-in-error unknown
    category: CodeableConcept*
    code: CodeableConcept!
    subject: Reference
    encounter: Reference
    effective[x]: dateTime Period Timing instant
    issued: instant
    performer: Reference*
    value[x]: Quantity CodeableConcept string boolean integer Range Ratio SampledData time dateTime Period
    dataAbsentReason: CodeableConcept
    interpretation: CodeableConcept*
    note: Annotation*
    specimen: Reference
    referenceRange: ReferenceRange*
    hasMember: Reference*
    derivedFrom: Reference*
    component: Component*
"""

DIAGNOSTIC_REPORT = """
    identifier: Identifier*
    status: code! = registered partial preliminary final amended corrected appended cancelled entered-in-error unknown
    category: CodeableConcept*
    code: CodeableConcept!
    subject: Reference
    encounter: Reference
    effective[x]: dateTime Period
    issued: instant
    performer: Reference*
    resultsInterpreter: Reference*
    result: Reference*
    conclusion: string
    conclusionCode: CodeableConcept*
    presentedForm: Attachment*
"""

DOCUMENT_REFERENCE = """
    masterIdentifier: Identifier
    identifier: Identifier*
    status: code! = current superseded entered-in-error
    docStatus: code = preliminary final amended entered-in-error
    type: CodeableConcept
    category: CodeableConcept*
    subject: Reference
    date: instant
    author: Reference*
    custodian: Reference
    description: string
    content: DocumentContent*!
    context: DocumentContext
"""

APPOINTMENT = """
    identifier: Identifier*
    status: code! = proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in waitlist
    cancelationReason: CodeableConcept
    serviceCategory: CodeableConcept*
    serviceType: CodeableConcept*
    specialty: CodeableConcept*
    appointmentType: CodeableConcept
    reasonCode: CodeableConcept*
    description: string
    start: instant
    end: instant
    minutesDuration: integer
    created: dateTime
    comment: string
    patientInstruction: string
    participant: AppointmentParticipant*!
"""

CARE_PLAN = """
    identifier: Identifier*
    status: code! = draft active on-hold revoked completed entered-in-error unknown
    intent: code! = proposal plan order option
    category: CodeableConcept*
    title: string
    description: string
    subject: Reference!
    encounter: Reference
    period: Period
    careTeam: Reference*
    addresses: Reference*
    goal: Reference*
    activity: Activity*
    note: Annotation*
"""

CARE_TEAM = """
    identifier: Identifier*
    status: code = proposed active suspended inactive entered-in-error
    category: CodeableConcept*
    name: string
    subject: Reference
    encounter: Reference
    period: Period
    participant: CareTeamParticipant*
"""

GOAL = """
    identifier: Identifier*
    lifecycleStatus: code! = proposed planned accepted active on-hold completed cancelled entered-in-error rejected
    achievementStatus: CodeableConcept
    category: CodeableConcept*
    description: CodeableConcept!
    subject: Reference!
    start[x]: date CodeableConcept
    target: GoalTarget*
"""

PRACTITIONER = """
    identifier: Identifier*
    active: boolean
    name: HumanName*
    telecom: ContactPoint*
    address: Address*
    gender: code = male female other unknown
    qualification: Qualification*
"""

ORGANIZATION = """
    identifier: Identifier*
    active: boolean
    type: CodeableConcept*
    name: string
    alias: string*
    telecom: ContactPoint*
    address: Address*
    partOf: Reference
"""

LOCATION = """
    identifier: Identifier*
    status: code = active suspended inactive
    name: string
    alias: string*
    description: string
    type: CodeableConcept*
    telecom: ContactPoint*
    address: Address
    managingOrganization: Reference
    partOf: Reference
"""

MEDICATION = """
    identifier: Identifier*
    code: CodeableConcept
    status: code = active inactive entered-in-error
    form: CodeableConcept
"""

CLAIM = """
    identifier: Identifier*
    status: code! = active cancelled draft entered-in-error
    type: CodeableConcept!
    use: code! = claim preauthorization predetermination
    patient: Reference!
    billablePeriod: Period
    created: dateTime!
    provider: Reference!
    priority: CodeableConcept!
"""

EXPLANATION_OF_BENEFIT = """
    identifier: Identifier*
    status: code! = active cancelled draft entered-in-error
    type: CodeableConcept!
    use: code! = claim preauthorization predetermination
    patient: Reference!
    billablePeriod: Period
    created: dateTime!
    insurer: Reference!
    provider: Reference!
    claim: Reference
    outcome: code! = queued complete error partial
"""

EVERY_RESOURCE = """
    id: string
    meta: Meta
    language: code
    text: Narrative
"""

RESOURCES = {
    "Patient": PATIENT,
    "Encounter": ENCOUNTER,
    "Condition": CONDITION,
    "AllergyIntolerance": ALLERGY_INTOLERANCE,
    "MedicationRequest": MEDICATION_REQUEST,
    "MedicationStatement": MEDICATION_STATEMENT,
    "Immunization": IMMUNIZATION,
    "Procedure": PROCEDURE,
    "Observation": OBSERVATION,
    "DiagnosticReport": DIAGNOSTIC_REPORT,
    "DocumentReference": DOCUMENT_REFERENCE,
    "Appointment": APPOINTMENT,
    "CarePlan": CARE_PLAN,
    "CareTeam": CARE_TEAM,
    "Goal": GOAL,
    "Practitioner": PRACTITIONER,
    "Organization": ORGANIZATION,
    "Location": LOCATION,
    "Medication": MEDICATION,
    "Claim": CLAIM,
    "ExplanationOfBenefit": EXPLANATION_OF_BENEFIT,
}

COMPLEX_TYPES = {
    "Meta": (
        "versionId: string\n lastUpdated: instant\n source: uri\n profile: uri*\n security: Coding*\n tag: Coding*"
    ),
    "Narrative": "status: code\n div: string",
    # The values of extensions that we read; others pass.
    "Extension": "url: uri!\n valueCode: code\n valueString: string\n valueCodeableConcept: CodeableConcept",
    "Coding": "system: uri\n version: string\n code: code\n display: string\n userSelected: boolean",
    "CodeableConcept": "coding: Coding*\n text: string",
    "Reference": "reference: string\n type: uri\n identifier: Identifier\n display: string",
    "Identifier": (
        "use: code = usual official temp secondary old\n type: CodeableConcept\n system: uri\n value: string\n"
        "period: Period\n assigner: Reference"
    ),
    "Period": "start: dateTime\n end: dateTime",
    "Quantity": "value: decimal\n comparator: code = < <= >= >\n unit: string\n system: uri\n code: code",
    "Age": "value: decimal\n comparator: code = < <= >= >\n unit: string\n system: uri\n code: code",
    "Range": "low: Quantity\n high: Quantity",
    "Ratio": "numerator: Quantity\n denominator: Quantity",
    "SampledData": "origin: Quantity!\n period: decimal!\n dimensions: integer!\n data: string",
    "Timing": "event: dateTime*",
    "HumanName": (
        "use: code = usual official temp nickname anonymous old maiden\n text: string\n"
        "family: string\n given: string*\n prefix: string*\n suffix: string*\n period: Period"
    ),
    "ContactPoint": (
        "system: code = phone fax email pager url sms other\n value: string\n use: code = home work temp old mobile\n"
        "rank: integer\n period: Period"
    ),
    "Address": (
        "use: code = home work temp old billing\n type: code = postal physical both\n text: string\n line: string*\n"
        "city: string\n district: string\n state: string\n postalCode: string\n country: string\n period: Period"
    ),
    "Annotation": "author[x]: Reference string\n time: dateTime\n text: string!",
    "Attachment": (
        "contentType: code\n language: code\n data: string\n url: uri\n size: integer\n title: string\n"
        "creation: dateTime"
    ),
    "Communication": "language: CodeableConcept!\n preferred: boolean",
    "PatientLink": "other: Reference!\n type: code! = replaced-by replaces refer seealso",
    "EncounterParticipant": "type: CodeableConcept*\n period: Period\n individual: Reference",
    "EncounterLocation": "location: Reference!\n period: Period",
    "Reaction": (
        "substance: CodeableConcept\n manifestation: CodeableConcept*!\n description: string\n onset: dateTime\n"
        "severity: code = mild moderate severe"
    ),
    "Dosage": (
        "sequence: integer\n text: string\n patientInstruction: string\n timing: Timing\n route: CodeableConcept\n"
        "asNeeded[x]: boolean CodeableConcept"
    ),
    "Performer": "function: CodeableConcept\n actor: Reference!",
    "ProtocolApplied": (
        "series: string\n targetDisease: CodeableConcept*\n doseNumber[x]: positiveInt string\n"
        "seriesDoses[x]: positiveInt string"
    ),
    "ReferenceRange": (
        "low: Quantity\n high: Quantity\n type: CodeableConcept\n appliesTo: CodeableConcept*\n age: Range\n"
        "text: string"
    ),
    "Component": (
        "code: CodeableConcept!\n"
        "value[x]: Quantity CodeableConcept string boolean integer Range Ratio SampledData time dateTime Period\n"
        "dataAbsentReason: CodeableConcept\n interpretation: CodeableConcept*\n referenceRange: ReferenceRange*"
    ),
    "DocumentContent": "attachment: Attachment!\n format: Coding",
    "DocumentContext": "encounter: Reference*\n period: Period\n facilityType: CodeableConcept",
    "AppointmentParticipant": (
        "type: CodeableConcept*\n actor: Reference\n required: code = required optional information-only\n"
        "status: code! = accepted declined tentative needs-action\n period: Period"
    ),
    "Activity": "outcomeCodeableConcept: CodeableConcept*\n reference: Reference\n detail: ActivityDetail",
    "ActivityDetail": (
        "code: CodeableConcept\n"
        "status: code! = not-started scheduled in-progress on-hold completed cancelled stopped unknown "
        "entered-in-error\n description: string"
    ),
    "CareTeamParticipant": "role: CodeableConcept*\n member: Reference\n onBehalfOf: Reference\n period: Period",
    "GoalTarget": "measure: CodeableConcept\n due[x]: date Duration",
    "Duration": "value: decimal\n unit: string\n system: uri\n code: code",
    "Qualification": "identifier: Identifier*\n code: CodeableConcept!\n period: Period",
}
