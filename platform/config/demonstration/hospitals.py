"""What the three hospitals of the demonstration are asked for."""

from collections.abc import Mapping

from kernel.tenancy.provisioning import HospitalRequest
from themes.registry import THEMES

_ASKED: Mapping[str, dict[str, object]] = {
    "santalucia": {
        "name": "Hospital Infantil Santa Lucía",
        "network_slug": "levante",
        "network_name": "Red Sanitaria Levante",
        "country": "ES",
        "time_zone": "Europe/Madrid",
        "currency": "EUR",
        "languages": ("es", "en", "ar"),
        "emergency_phone": "112",
        # Numbers of Spain, of the United States and of Saudi Arabia that are given to nobody.
        "phone": "+34 900 555 0142",
    },
    "northfield": {
        "name": "Northfield University Medical Center",
        "network_slug": "lakeside",
        "network_name": "Lakeside Health",
        "country": "US",
        "time_zone": "America/Chicago",
        "currency": "USD",
        "languages": ("en", "es", "ar"),
        "emergency_phone": "911",
        "phone": "+1 312 555 0142",
    },
    "alwaha": {
        "name": "مستشفى الواحة",
        "network_slug": "alwaha",
        "network_name": "Al-Waha Group",
        "country": "SA",
        "time_zone": "Asia/Riyadh",
        "currency": "SAR",
        "languages": ("ar", "en", "es"),
        "digits": "arab",
        "emergency_phone": "997",
        "phone": "+966 11 555 0142",
    },
}
SLUGS = tuple(_ASKED)


def asked(slug: str) -> HospitalRequest:
    """The request for a hospital of the demonstration, with the brand of its theme package."""
    wanted = dict(_ASKED[slug])
    phones = {name: wanted.pop(name) for name in ("emergency_phone", "phone")}
    theme = THEMES[slug]
    brand: dict[str, object] = {
        **theme.as_hospital_brand(language=wanted["languages"][0]),  # type: ignore[index]
        "names": dict(theme.names),
        "taglines": dict(theme.taglines),
    }
    return HospitalRequest(
        slug=slug,
        is_demo=True,
        brand={**brand, **phones},
        **wanted,  # type: ignore[arg-type]
    )
