"""Work of the provider that needs the owner's credentials; it runs on the queue ``provisioning`` only."""

import logging
from datetime import timedelta
from uuid import UUID

from kernel.tasks import Schedule, provider_task, schedules
from kernel.tenancy.fleet import reconcile, take_fingerprints
from kernel.tenancy.provisioning import run_provisioning, unfinished

logger = logging.getLogger(__name__)


@provider_task(name="tenancy.provision")
def provision(provisioning_id: str) -> None:
    """Make the hospital of one request, from where an earlier run left it. Does nothing when somebody is at it."""
    run_provisioning(UUID(provisioning_id))


@provider_task(name="tenancy.resume_provisioning")
def resume_provisioning() -> None:
    """Send again what is not done: the first message may be lost, and a worker may have been killed."""
    for provisioning_id in unfinished():
        provision.apply_async(args=[str(provisioning_id)])


@provider_task(name="tenancy.check_schemas")
def check_schemas() -> None:
    """Name the hospitals whose schema or version record is not what it should be."""
    for slug in reconcile():
        logger.error("the version record of %s was wrong and has been corrected", slug)
    for drift in take_fingerprints():
        logger.error("the schema of %s has drifted from its template", drift.slug)


schedules.register(Schedule("tenancy.check_schemas", check_schemas, timedelta(days=1)))
schedules.register(Schedule("tenancy.resume_provisioning", resume_provisioning, timedelta(seconds=60)))
