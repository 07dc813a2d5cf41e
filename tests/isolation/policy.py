"""What each route does for each kind of caller at its host: read every changed line before it is committed.

in: answered; sign-in: sent to the door; refused: 403; nothing: 404; method: 405 for everybody.
"""

# fmt: off
POLICY: dict[str, str] = {
    "console / GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console / POST":
        "method: everybody",
    "console /.well-known/security.txt GET":
        "in: everybody",
    "console /.well-known/security.txt POST":
        "method: everybody",
    "console /_outbox/ GET":
        "in: everybody",
    "console /_outbox/ POST":
        "method: everybody",
    "console /_styleguide/ GET":
        "in: everybody",
    "console /_styleguide/ POST":
        "method: everybody",
    "console /_styleguide/<slug:screen>/ GET":
        "nothing: everybody",
    "console /_styleguide/<slug:screen>/ POST":
        "method: everybody",
    "console /_styleguide/theme/<slug:key>.css GET":
        "nothing: everybody",
    "console /_styleguide/theme/<slug:key>.css POST":
        "method: everybody",
    "console /account/confirm/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/confirm/ POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/confirm/passkey/ GET":
        "method: everybody",
    "console /account/confirm/passkey/ POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/devices/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/devices/ POST":
        "method: everybody",
    "console /account/devices/<uuid:device_id>/forget/ GET":
        "method: everybody",
    "console /account/devices/<uuid:device_id>/forget/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/devices/<uuid:session_id>/end/ GET":
        "method: everybody",
    "console /account/devices/<uuid:session_id>/end/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/devices/end-others/ GET":
        "method: everybody",
    "console /account/devices/end-others/ POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/ POST":
        "method: everybody",
    "console /account/security/app/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/app/ POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/email-step/ GET":
        "method: everybody",
    "console /account/security/email-step/ POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/email/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/email/ POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/email/code/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/email/code/ POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/passkey/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/passkey/ POST":
        "method: everybody",
    "console /account/security/passkey/new/ GET":
        "method: everybody",
    "console /account/security/passkey/new/ POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/passkey/options/ GET":
        "method: everybody",
    "console /account/security/passkey/options/ POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/password/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/password/ POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/recovery-codes/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/recovery-codes/ POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/steps/<uuid:factor_id>/ GET":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/steps/<uuid:factor_id>/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /account/security/steps/<uuid:factor_id>/remove/ GET":
        "method: everybody",
    "console /account/security/steps/<uuid:factor_id>/remove/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /audit/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /audit/ POST":
        "method: everybody",
    "console /audit/<uuid:key>/ GET":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /audit/<uuid:key>/ POST":
        "method: everybody",
    "console /audit/export.csv GET":
        "method: everybody",
    "console /audit/export.csv POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /csp-report GET":
        "method: everybody",
    "console /csp-report POST":
        "in: everybody",
    "console /health/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /health/ POST":
        "method: everybody",
    "console /hospitals/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/ POST":
        "method: everybody",
    "console /hospitals/add/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/add/ POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/add/check/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/add/check/ POST":
        "method: everybody",
    "console /hospitals/at/<slug:slug>/ GET":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/at/<slug:slug>/ POST":
        "method: everybody",
    "console /hospitals/at/<slug:slug>/invitation/ GET":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/at/<slug:slug>/invitation/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/at/<slug:slug>/rename/ GET":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/at/<slug:slug>/rename/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/at/<slug:slug>/report/ GET":
        "method: everybody",
    "console /hospitals/at/<slug:slug>/report/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/at/<slug:slug>/resume/ GET":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/at/<slug:slug>/resume/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/at/<slug:slug>/suspend/ GET":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/at/<slug:slug>/suspend/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/at/<slug:slug>/telephone/ GET":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/at/<slug:slug>/telephone/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/at/<slug>/<tab>/ GET":
        "nothing: everybody",
    "console /hospitals/at/<slug>/<tab>/ POST":
        "nothing: everybody",
    "console /hospitals/export.csv GET":
        "method: everybody",
    "console /hospitals/export.csv POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/making/<uuid:provisioning_id>/ GET":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/making/<uuid:provisioning_id>/ POST":
        "method: everybody",
    "console /hospitals/making/<uuid:provisioning_id>/discard/ GET":
        "method: everybody",
    "console /hospitals/making/<uuid:provisioning_id>/discard/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /hospitals/making/<uuid:provisioning_id>/retry/ GET":
        "method: everybody",
    "console /hospitals/making/<uuid:provisioning_id>/retry/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /networks/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /networks/ POST":
        "method: everybody",
    "console /networks/<slug:slug>/ GET":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /networks/<slug:slug>/ POST":
        "method: everybody",
    "console /networks/<slug:slug>/invite/ GET":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /networks/<slug:slug>/invite/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /networks/admins/<uuid:account_id>/end/ GET":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /networks/admins/<uuid:account_id>/end/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /networks/export.csv GET":
        "method: everybody",
    "console /networks/export.csv POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /operators/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /operators/ POST":
        "method: everybody",
    "console /operators/<uuid:account_id>/end/ GET":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /operators/<uuid:account_id>/end/ POST":
        "nothing: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /operators/export.csv GET":
        "method: everybody",
    "console /operators/export.csv POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /operators/invite/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /operators/invite/ POST":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /reading/ GET":
        "in: everybody",
    "console /reading/ POST":
        "in: everybody",
    "console /search/ GET":
        "in: operator; sign-in: anonymous billing clinician front_desk helper hospital_admin network_admin patient privacy_officer",
    "console /search/ POST":
        "method: everybody",
    "console /session/ GET":
        "in: everybody",
    "console /session/ POST":
        "in: everybody",
    "console /sign-in/ GET":
        "in: everybody",
    "console /sign-in/ POST":
        "in: everybody",
    "console /sign-in/code/ GET":
        "in: everybody",
    "console /sign-in/code/ POST":
        "in: everybody",
    "console /sign-in/code/enter/ GET":
        "in: everybody",
    "console /sign-in/code/enter/ POST":
        "in: everybody",
    "console /sign-in/forgot/ GET":
        "in: everybody",
    "console /sign-in/forgot/ POST":
        "in: everybody",
    "console /sign-in/forgot/code/ GET":
        "in: everybody",
    "console /sign-in/forgot/code/ POST":
        "in: everybody",
    "console /sign-in/passkey/ GET":
        "method: everybody",
    "console /sign-in/passkey/ POST":
        "in: everybody",
    "console /sign-in/passkey/options/ GET":
        "method: everybody",
    "console /sign-in/passkey/options/ POST":
        "in: everybody",
    "console /sign-in/second-step/ GET":
        "sign-in: everybody",
    "console /sign-in/second-step/ POST":
        "sign-in: everybody",
    "console /sign-in/set-up/ GET":
        "sign-in: everybody",
    "console /sign-in/set-up/ POST":
        "sign-in: everybody",
    "console /sign-in/set-up/passkey/ GET":
        "method: everybody",
    "console /sign-in/set-up/passkey/ POST":
        "in: everybody",
    "console /sign-in/set-up/passkey/options/ GET":
        "method: everybody",
    "console /sign-in/set-up/passkey/options/ POST":
        "in: everybody",
    "console /sign-out/ GET":
        "method: everybody",
    "console /sign-out/ POST":
        "sign-in: everybody",
    "console /theme/<slug:digest>.css GET":
        "in: everybody",
    "console /theme/<slug:digest>.css POST":
        "method: everybody",
    "console /theme/<slug:digest>.svg GET":
        "in: everybody",
    "console /theme/<slug:digest>.svg POST":
        "method: everybody",
    "hospital / GET":
        "in: everybody",
    "hospital / POST":
        "method: everybody",
    "hospital /.well-known/security.txt GET":
        "in: everybody",
    "hospital /.well-known/security.txt POST":
        "method: everybody",
    "hospital /_outbox/ GET":
        "in: everybody",
    "hospital /_outbox/ POST":
        "method: everybody",
    "hospital /accessibility/ GET":
        "in: everybody",
    "hospital /accessibility/ POST":
        "method: everybody",
    "hospital /account/confirm/ GET":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/confirm/ POST":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/confirm/passkey/ GET":
        "method: everybody",
    "hospital /account/confirm/passkey/ POST":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/devices/ GET":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/devices/ POST":
        "method: everybody",
    "hospital /account/devices/<uuid:device_id>/forget/ GET":
        "method: everybody",
    "hospital /account/devices/<uuid:device_id>/forget/ POST":
        "nothing: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/devices/<uuid:session_id>/end/ GET":
        "method: everybody",
    "hospital /account/devices/<uuid:session_id>/end/ POST":
        "nothing: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/devices/end-others/ GET":
        "method: everybody",
    "hospital /account/devices/end-others/ POST":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/keys/ GET":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/keys/ POST":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/keys/<uuid:key_id>/end/ GET":
        "nothing: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/keys/<uuid:key_id>/end/ POST":
        "nothing: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/ GET":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/ POST":
        "method: everybody",
    "hospital /account/security/app/ GET":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/app/ POST":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/email-step/ GET":
        "method: everybody",
    "hospital /account/security/email-step/ POST":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/email/ GET":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/email/ POST":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/email/code/ GET":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/email/code/ POST":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/passkey/ GET":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/passkey/ POST":
        "method: everybody",
    "hospital /account/security/passkey/new/ GET":
        "method: everybody",
    "hospital /account/security/passkey/new/ POST":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/passkey/options/ GET":
        "method: everybody",
    "hospital /account/security/passkey/options/ POST":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/password/ GET":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/password/ POST":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/recovery-codes/ GET":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/recovery-codes/ POST":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/steps/<uuid:factor_id>/ GET":
        "nothing: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/steps/<uuid:factor_id>/ POST":
        "nothing: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/security/steps/<uuid:factor_id>/remove/ GET":
        "method: everybody",
    "hospital /account/security/steps/<uuid:factor_id>/remove/ POST":
        "nothing: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /account/settings/ GET":
        "in: everybody",
    "hospital /account/settings/ POST":
        "in: everybody",
    "hospital /api/v1/ GET":
        "nothing: everybody",
    "hospital /api/v1/ POST":
        "nothing: everybody",
    "hospital /api/v1/conditions GET":
        "in: clinician helper patient; refused: billing front_desk hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /api/v1/conditions POST":
        "method: everybody",
    "hospital /api/v1/conditions/<uuid:pk> GET":
        "in: helper patient; nothing: clinician; refused: billing front_desk hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /api/v1/conditions/<uuid:pk> POST":
        "method: everybody",
    "hospital /api/v1/docs GET":
        "in: everybody",
    "hospital /api/v1/docs POST":
        "method: everybody",
    "hospital /api/v1/hospital GET":
        "in: everybody",
    "hospital /api/v1/hospital POST":
        "method: everybody",
    "hospital /api/v1/me GET":
        "in: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /api/v1/me POST":
        "method: everybody",
    "hospital /api/v1/observations GET":
        "in: clinician helper patient; refused: billing front_desk hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /api/v1/observations POST":
        "method: everybody",
    "hospital /api/v1/observations/<uuid:pk> GET":
        "in: helper patient; nothing: clinician; refused: billing front_desk hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /api/v1/observations/<uuid:pk> POST":
        "method: everybody",
    "hospital /api/v1/openapi.json GET":
        "in: everybody",
    "hospital /api/v1/openapi.json POST":
        "method: everybody",
    "hospital /api/v1/patients GET":
        "in: billing clinician front_desk helper patient privacy_officer; refused: hospital_admin; sign-in: anonymous network_admin operator",
    "hospital /api/v1/patients POST":
        "method: everybody",
    "hospital /api/v1/patients/<uuid:pk> GET":
        "in: billing front_desk patient privacy_officer; nothing: clinician helper; refused: hospital_admin; sign-in: anonymous network_admin operator",
    "hospital /api/v1/patients/<uuid:pk> POST":
        "method: everybody",
    "hospital /csp-report GET":
        "method: everybody",
    "hospital /csp-report POST":
        "in: everybody",
    "hospital /files/<str:token> GET":
        "nothing: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /files/<str:token> POST":
        "method: everybody",
    "hospital /health/ GET":
        "in: helper patient; refused: billing clinician front_desk hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /health/ POST":
        "method: everybody",
    "hospital /health/<slug:name>/ GET":
        "nothing: helper patient; refused: billing clinician front_desk hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /health/<slug:name>/ POST":
        "method: everybody",
    "hospital /health/documents/<uuid:key>/file/ GET":
        "nothing: helper patient; refused: billing clinician front_desk hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /health/documents/<uuid:key>/file/ POST":
        "method: everybody",
    "hospital /health/measurements/ GET":
        "in: helper patient; refused: billing clinician front_desk hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /health/measurements/ POST":
        "method: everybody",
    "hospital /health/who-looked/ GET":
        "in: patient; nothing: billing clinician front_desk helper hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /health/who-looked/ POST":
        "method: everybody",
    "hospital /language/ GET":
        "method: everybody",
    "hospital /language/ POST":
        "in: everybody",
    "hospital /manage/ GET":
        "in: hospital_admin privacy_officer; refused: billing clinician front_desk helper patient; sign-in: anonymous network_admin operator",
    "hospital /manage/ POST":
        "method: everybody",
    "hospital /manage/audit/ GET":
        "in: hospital_admin privacy_officer; refused: billing clinician front_desk helper patient; sign-in: anonymous network_admin operator",
    "hospital /manage/audit/ POST":
        "method: everybody",
    "hospital /manage/audit/<uuid:key>/ GET":
        "nothing: hospital_admin privacy_officer; refused: billing clinician front_desk helper patient; sign-in: anonymous network_admin operator",
    "hospital /manage/audit/<uuid:key>/ POST":
        "method: everybody",
    "hospital /manage/audit/export.csv GET":
        "method: everybody",
    "hospital /manage/audit/export.csv POST":
        "in: hospital_admin privacy_officer; refused: billing clinician front_desk helper patient; sign-in: anonymous network_admin operator",
    "hospital /manage/audit/patient/ GET":
        "in: privacy_officer; refused: billing clinician front_desk helper hospital_admin patient; sign-in: anonymous network_admin operator",
    "hospital /manage/audit/patient/ POST":
        "method: everybody",
    "hospital /manage/roles/ GET":
        "in: hospital_admin privacy_officer; refused: billing clinician front_desk helper patient; sign-in: anonymous network_admin operator",
    "hospital /manage/roles/ POST":
        "method: everybody",
    "hospital /manage/roles/<str:name>/ GET":
        "nothing: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/roles/<str:name>/ POST":
        "nothing: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/roles/<str:name>/remove/ GET":
        "nothing: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/roles/<str:name>/remove/ POST":
        "nothing: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/roles/<str:name>/rename/ GET":
        "nothing: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/roles/<str:name>/rename/ POST":
        "nothing: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/roles/add/ GET":
        "in: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/roles/add/ POST":
        "in: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/staff/ GET":
        "in: hospital_admin privacy_officer; refused: billing clinician front_desk helper patient; sign-in: anonymous network_admin operator",
    "hospital /manage/staff/ POST":
        "method: everybody",
    "hospital /manage/staff/<uuid:account_id>/end/ GET":
        "in: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/staff/<uuid:account_id>/end/ POST":
        "in: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/staff/<uuid:account_id>/invite/ GET":
        "method: everybody",
    "hospital /manage/staff/<uuid:account_id>/invite/ POST":
        "in: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/staff/<uuid:account_id>/practitioner/ GET":
        "in: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/staff/<uuid:account_id>/practitioner/ POST":
        "in: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/staff/<uuid:account_id>/roles/ GET":
        "in: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/staff/<uuid:account_id>/roles/ POST":
        "in: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/staff/export.csv GET":
        "method: everybody",
    "hospital /manage/staff/export.csv POST":
        "in: hospital_admin privacy_officer; refused: billing clinician front_desk helper patient; sign-in: anonymous network_admin operator",
    "hospital /manage/staff/invite/ GET":
        "in: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /manage/staff/invite/ POST":
        "in: hospital_admin; refused: billing clinician front_desk helper patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /results/ GET":
        "in: helper patient; refused: billing clinician front_desk hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /results/ POST":
        "method: everybody",
    "hospital /results/<uuid:key>/ GET":
        "in: helper patient; refused: billing clinician front_desk hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /results/<uuid:key>/ POST":
        "method: everybody",
    "hospital /results/reports/<uuid:key>/file/ GET":
        "nothing: helper patient; refused: billing clinician front_desk hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /results/reports/<uuid:key>/file/ POST":
        "method: everybody",
    "hospital /session/ GET":
        "in: everybody",
    "hospital /session/ POST":
        "in: everybody",
    "hospital /sign-in/ GET":
        "in: everybody",
    "hospital /sign-in/ POST":
        "in: everybody",
    "hospital /sign-in/code/ GET":
        "in: everybody",
    "hospital /sign-in/code/ POST":
        "in: everybody",
    "hospital /sign-in/code/enter/ GET":
        "in: everybody",
    "hospital /sign-in/code/enter/ POST":
        "in: everybody",
    "hospital /sign-in/forgot/ GET":
        "in: everybody",
    "hospital /sign-in/forgot/ POST":
        "in: everybody",
    "hospital /sign-in/forgot/code/ GET":
        "in: everybody",
    "hospital /sign-in/forgot/code/ POST":
        "in: everybody",
    "hospital /sign-in/passkey/ GET":
        "method: everybody",
    "hospital /sign-in/passkey/ POST":
        "in: everybody",
    "hospital /sign-in/passkey/options/ GET":
        "method: everybody",
    "hospital /sign-in/passkey/options/ POST":
        "in: everybody",
    "hospital /sign-in/second-step/ GET":
        "sign-in: everybody",
    "hospital /sign-in/second-step/ POST":
        "sign-in: everybody",
    "hospital /sign-in/set-up/ GET":
        "sign-in: everybody",
    "hospital /sign-in/set-up/ POST":
        "sign-in: everybody",
    "hospital /sign-in/set-up/passkey/ GET":
        "method: everybody",
    "hospital /sign-in/set-up/passkey/ POST":
        "in: everybody",
    "hospital /sign-in/set-up/passkey/options/ GET":
        "method: everybody",
    "hospital /sign-in/set-up/passkey/options/ POST":
        "in: everybody",
    "hospital /sign-out/ GET":
        "method: everybody",
    "hospital /sign-out/ POST":
        "sign-in: everybody",
    "hospital /staff/ GET":
        "in: clinician front_desk; refused: billing helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /staff/ POST":
        "method: everybody",
    "hospital /staff/documents/<uuid:key>/file/ GET":
        "nothing: clinician; refused: billing front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /staff/documents/<uuid:key>/file/ POST":
        "method: everybody",
    "hospital /staff/patients/ GET":
        "in: billing clinician front_desk privacy_officer; refused: helper hospital_admin patient; sign-in: anonymous network_admin operator",
    "hospital /staff/patients/ POST":
        "method: everybody",
    "hospital /staff/patients/<uuid:key>/ GET":
        "nothing: clinician; refused: billing front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /staff/patients/<uuid:key>/ POST":
        "method: everybody",
    "hospital /staff/patients/<uuid:key>/documents/ GET":
        "nothing: clinician; refused: billing front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /staff/patients/<uuid:key>/documents/ POST":
        "method: everybody",
    "hospital /staff/patients/<uuid:key>/measurements/ GET":
        "nothing: clinician; refused: billing front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /staff/patients/<uuid:key>/measurements/ POST":
        "method: everybody",
    "hospital /staff/patients/<uuid:key>/reports/ GET":
        "nothing: clinician; refused: billing front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /staff/patients/<uuid:key>/reports/ POST":
        "method: everybody",
    "hospital /staff/patients/<uuid:key>/results/ GET":
        "nothing: clinician; refused: billing front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /staff/patients/<uuid:key>/results/ POST":
        "method: everybody",
    "hospital /staff/reports/<uuid:key>/file/ GET":
        "nothing: clinician; refused: billing front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /staff/reports/<uuid:key>/file/ POST":
        "method: everybody",
    "hospital /staff/start/ GET":
        "in: everybody",
    "hospital /staff/start/ POST":
        "method: everybody",
    "hospital /theme/<slug:digest>.css GET":
        "in: everybody",
    "hospital /theme/<slug:digest>.css POST":
        "method: everybody",
    "hospital /theme/<slug:digest>.svg GET":
        "in: everybody",
    "hospital /theme/<slug:digest>.svg POST":
        "method: everybody",
    "hospital /viewing/ GET":
        "in: helper patient; nothing: billing clinician front_desk hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /viewing/ POST":
        "nothing: billing clinician front_desk helper hospital_admin patient privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /visits/ GET":
        "in: helper patient; refused: billing clinician front_desk hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /visits/ POST":
        "method: everybody",
    "hospital /visits/<uuid:key>/ GET":
        "in: helper patient; refused: billing clinician front_desk hospital_admin privacy_officer; sign-in: anonymous network_admin operator",
    "hospital /visits/<uuid:key>/ POST":
        "method: everybody",
    "network / GET":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network / POST":
        "method: everybody",
    "network /.well-known/security.txt GET":
        "in: everybody",
    "network /.well-known/security.txt POST":
        "method: everybody",
    "network /_outbox/ GET":
        "in: everybody",
    "network /_outbox/ POST":
        "method: everybody",
    "network /account/confirm/ GET":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/confirm/ POST":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/confirm/passkey/ GET":
        "method: everybody",
    "network /account/confirm/passkey/ POST":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/devices/ GET":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/devices/ POST":
        "method: everybody",
    "network /account/devices/<uuid:device_id>/forget/ GET":
        "method: everybody",
    "network /account/devices/<uuid:device_id>/forget/ POST":
        "nothing: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/devices/<uuid:session_id>/end/ GET":
        "method: everybody",
    "network /account/devices/<uuid:session_id>/end/ POST":
        "nothing: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/devices/end-others/ GET":
        "method: everybody",
    "network /account/devices/end-others/ POST":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/ GET":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/ POST":
        "method: everybody",
    "network /account/security/app/ GET":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/app/ POST":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/email-step/ GET":
        "method: everybody",
    "network /account/security/email-step/ POST":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/email/ GET":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/email/ POST":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/email/code/ GET":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/email/code/ POST":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/passkey/ GET":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/passkey/ POST":
        "method: everybody",
    "network /account/security/passkey/new/ GET":
        "method: everybody",
    "network /account/security/passkey/new/ POST":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/passkey/options/ GET":
        "method: everybody",
    "network /account/security/passkey/options/ POST":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/password/ GET":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/password/ POST":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/recovery-codes/ GET":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/recovery-codes/ POST":
        "in: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/steps/<uuid:factor_id>/ GET":
        "nothing: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/steps/<uuid:factor_id>/ POST":
        "nothing: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /account/security/steps/<uuid:factor_id>/remove/ GET":
        "method: everybody",
    "network /account/security/steps/<uuid:factor_id>/remove/ POST":
        "nothing: network_admin; sign-in: anonymous billing clinician front_desk helper hospital_admin operator patient privacy_officer",
    "network /csp-report GET":
        "method: everybody",
    "network /csp-report POST":
        "in: everybody",
    "network /reading/ GET":
        "in: everybody",
    "network /reading/ POST":
        "in: everybody",
    "network /session/ GET":
        "in: everybody",
    "network /session/ POST":
        "in: everybody",
    "network /sign-in/ GET":
        "in: everybody",
    "network /sign-in/ POST":
        "in: everybody",
    "network /sign-in/code/ GET":
        "in: everybody",
    "network /sign-in/code/ POST":
        "in: everybody",
    "network /sign-in/code/enter/ GET":
        "in: everybody",
    "network /sign-in/code/enter/ POST":
        "in: everybody",
    "network /sign-in/forgot/ GET":
        "in: everybody",
    "network /sign-in/forgot/ POST":
        "in: everybody",
    "network /sign-in/forgot/code/ GET":
        "in: everybody",
    "network /sign-in/forgot/code/ POST":
        "in: everybody",
    "network /sign-in/passkey/ GET":
        "method: everybody",
    "network /sign-in/passkey/ POST":
        "in: everybody",
    "network /sign-in/passkey/options/ GET":
        "method: everybody",
    "network /sign-in/passkey/options/ POST":
        "in: everybody",
    "network /sign-in/second-step/ GET":
        "sign-in: everybody",
    "network /sign-in/second-step/ POST":
        "sign-in: everybody",
    "network /sign-in/set-up/ GET":
        "sign-in: everybody",
    "network /sign-in/set-up/ POST":
        "sign-in: everybody",
    "network /sign-in/set-up/passkey/ GET":
        "method: everybody",
    "network /sign-in/set-up/passkey/ POST":
        "in: everybody",
    "network /sign-in/set-up/passkey/options/ GET":
        "method: everybody",
    "network /sign-in/set-up/passkey/options/ POST":
        "in: everybody",
    "network /sign-out/ GET":
        "method: everybody",
    "network /sign-out/ POST":
        "sign-in: everybody",
    "network /theme/<slug:digest>.css GET":
        "in: everybody",
    "network /theme/<slug:digest>.css POST":
        "method: everybody",
    "network /theme/<slug:digest>.svg GET":
        "in: everybody",
    "network /theme/<slug:digest>.svg POST":
        "method: everybody",
}
# fmt: on
