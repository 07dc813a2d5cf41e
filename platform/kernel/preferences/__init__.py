"""Settings that hospitals own: declared once, typed, inherited from platform and network, explained (DESIGN section 5).

``from kernel.preferences import Level, Preference, explain, value_of``
"""

from kernel.preferences.declarations import Level, NetworkRule, Preference, preferences
from kernel.preferences.resolution import Explanation, Layer, explain, value_of

__all__ = ["Explanation", "Layer", "Level", "NetworkRule", "Preference", "explain", "preferences", "value_of"]
