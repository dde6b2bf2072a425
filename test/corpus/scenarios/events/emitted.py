"""What the plans of emitted events share."""

from .. import Plan

# What would emit events at times of its own.
RESTING = ("SCHEDULER", "LATE_RUNS", "FOREMAN", "PAUSE_EXPIRATIONS", "CANCELLATION_CLEANUP", "REPOSSESSOR", "CLEANUP_RECONCILER")


def plan(name, **more):
    settings = {f"PREFECT_SERVER_SERVICES_{service}_ENABLED": "false" for service in RESTING}
    # The reference stores each event as it comes.
    settings["PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE"] = "1"
    # On SQLite what stores the events keeps the reference's requests out of the database, and they fail.
    return Plan(f"events/{name}", services=True, recorded_on="postgres", settings=settings, **more)


def told(steps, count, *resources, **rest):
    """Ask for the events of resources once there are so many. Events of one instant have no order."""
    criteria = {"resource": {"id": list(resources)}, "order": "ASC"}
    steps.post(
        "/events/filter", {"filter": criteria, "limit": 50},
        until={"/total": count}, unordered=["/events", "/events/*/payload/updated_fields"], **rest,
    )  # fmt: skip
    return steps


def nothing_told(steps, *resources):
    """Show that there are no events of resources: one that was emitted later is there."""
    steps.post("/flows/", {"name": "${uniq} last"}, save={"last": "/id"})
    told(steps, 1, "prefect.flow.${last}")
    return told(steps, 0, *resources)
