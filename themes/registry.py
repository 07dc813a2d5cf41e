"""The theme packages this installation ships, by key."""

from collections.abc import Mapping
from types import MappingProxyType

from themes import alwaha, northfield, provider, santalucia
from themes.theme import Theme

THEMES: Mapping[str, Theme] = MappingProxyType(
    {package.THEME.key: package.THEME for package in (santalucia, northfield, alwaha, provider)}
)
PROVIDER = provider.THEME
