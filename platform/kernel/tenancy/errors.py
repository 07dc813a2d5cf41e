"""What the guard raises. None of these is for users: each is a programming mistake that was stopped."""


class TenancyError(Exception):
    """The tenancy guard refused."""


class NoScope(TenancyError):
    """A query, key or task was made with neither a hospital nor the shared schema in context."""


class NoHospital(NoScope):
    """Code that needs a hospital ran without one."""


class ScopeRefused(TenancyError):
    """A scope was entered or left in a way that could mix two hospitals."""


class ForeignInstance(TenancyError):
    """An object loaded in one scope was about to be written in another."""


class PoolerRefused(TenancyError):
    """The connection runs through a transaction pooler, which would undo the guard."""
