"""What the gate can be asked to do with settings."""

from enum import StrEnum

from gate.domain.report import Record


class Command(StrEnum):
    """A command that takes settings, by its name."""

    CHECK = "check"
    VERIFY = "verify"
    CAN_I_DEPLOY = "can-i-deploy"
    PUBLISH = "publish"
    RECORD_DEPLOYMENT = "record-deployment"
    RECORD_RELEASE = "record-release"
    RECORD_UNDEPLOYMENT = "record-undeployment"
    REPORT = "report"

    @property
    def verifies(self) -> bool:
        """Whether it verifies contracts."""
        return self in {Command.CHECK, Command.VERIFY}

    @property
    def posts(self) -> bool:
        """Whether it is about what another run left, so that nothing of a stranger's runs."""
        return self is Command.REPORT

    @property
    def record(self) -> Record | None:
        """What it records; None when it records nothing."""
        return RECORDS.get(self)


RECORDS = {
    Command.RECORD_DEPLOYMENT: Record.DEPLOYMENT,
    Command.RECORD_RELEASE: Record.RELEASE,
    Command.RECORD_UNDEPLOYMENT: Record.UNDEPLOYMENT,
}
