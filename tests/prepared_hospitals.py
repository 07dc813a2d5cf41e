"""The three hospitals that every test database holds."""

HOSPITALS = {
    "santalucia": ("Hospital Infantil Santa Lucía", "ES", "Europe/Madrid", "EUR", ("es", "en"), "latn"),
    "northfield": ("Northfield University Medical Center", "US", "America/Chicago", "USD", ("en", "es"), "latn"),
    "alwaha": ("Al-Waha Hospital", "SA", "Asia/Riyadh", "SAR", ("ar", "en"), "arab"),
}
