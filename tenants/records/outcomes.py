"""What became of imported files, for whoever started the import."""

from dataclasses import dataclass, field
from uuid import UUID

from tenants.people.merges import Obstacle
from tenants.records.entries import Refusal
from tenants.records.validation import Fault

# What speaks against a merge is listed like a fault, and is none of the resource.
HELD = frozenset(Fault(obstacle) for obstacle in Obstacle)


@dataclass(frozen=True, slots=True)
class BundleResult:
    """What became of one file. ``reason`` is empty unless the file was refused as a whole.

    ``name`` is the path where one was given: folders of two days have files of one name.
    """

    name: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refusals: tuple[Refusal, ...] = ()
    reason: str = ""
    patients: tuple[UUID, ...] = ()

    @property
    def refused(self) -> int:
        """How many entries have a fault and were not stored."""
        return len(self.refusals) - self.held

    @property
    def held(self) -> int:
        """How many merges of two patients were not followed, because a person has to look; none in a refused file."""
        if self.reason:
            return 0
        return sum(all(problem.fault in HELD for problem in refusal.problems) for refusal in self.refusals)


@dataclass(slots=True)
class ImportSummary:
    """What became of all files of a run; ``results`` has only files with something to tell (refusals).

    ``files`` were read now, ``skipped`` by a run of the same files that was stopped or goes on beside. ``created``,
    ``updated`` and ``unchanged`` count resources of the files read now. ``refused`` (resources with a fault), ``held``
    (merges that wait for a person) and ``refused_files`` (files of which nothing was stored) belong to the whole run:
    what was told when it was stopped, nobody may have read.
    """

    files: int = 0
    skipped: int = 0
    refused_files: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    held: int = 0
    results: list[BundleResult] = field(default_factory=list)

    def add(self, result: BundleResult) -> None:
        """Count a file that was read now."""
        self.files += 1
        self.created += result.created
        self.updated += result.updated
        self.unchanged += result.unchanged
        self.add_refusals(result)

    def add_refusals(self, result: BundleResult) -> None:
        """Count and list what was refused of a file."""
        self.refused += result.refused
        self.held += result.held
        self.refused_files += bool(result.reason)
        if result.refusals or result.reason:
            self.results.append(result)


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """Told after each file: how many of ``total`` are behind us, those of an earlier, stopped run included."""

    done: int
    total: int
    result: BundleResult
