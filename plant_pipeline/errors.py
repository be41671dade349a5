"""The errors of plant_pipeline, and which of them are worth another try.

PlantPipelineError
├── UsageError            what was asked for, or the configuration, is wrong; nothing was requested (exit 2)
├── SourceError           one API did not give what it should
│   ├── SourceUnavailable   passing fault: network, 408, 429, 5xx, cut or non-JSON body; retries are used up
│   ├── SourceRejected      the API refused for good: 400, 401, 403, 404, 410, 422 ...
│   ├── NotArchived         a replay asks for what the archive has no answer to
│   ├── CallNotAllowed      we were about to make a call that is not on the source's list; it was not sent
│   └── SourceShapeChanged  the answer is not what the documents describe
├── ContractViolation     our own data break our own contract
├── RegistryConflict      people's decisions contradict each other or the registry
├── ArchiveDamaged        an object of the archive is gone or was changed
│   └── ArchiveLost         it is gone
├── ArchiveRefused        the archive does not take an object, or cannot be asked
├── UploadFailed          a part was built but not accepted by the receiver
└── WarehouseError        the warehouse is unreachable or of another version
"""


class PlantPipelineError(Exception):
    """Base of all errors this project raises on purpose."""


class UsageError(PlantPipelineError):
    """Wrong arguments or configuration; the message names the variable or option and what to set."""


class SourceError(PlantPipelineError):
    """An API failed; carries the source's name, the path (without query), and the reason alone.

    If there was an answer, `http_status` is its status, `code` the error code in its body, if it names one, and `said`
    what its body says; None if that is no JSON object, as a page of a proxy is not.
    """

    is_transient = False

    def __init__(
        self,
        source: str,
        path: str,
        message: str,
        http_status: int | None = None,
        code: str | None = None,
        said: str | None = None,
    ) -> None:
        self.source, self.reason = source, message
        self.path = path.partition("?")[0]
        self.http_status, self.code, self.said = http_status, code, said
        super().__init__(f"{source}: {self.path}: {message}")

    @property
    def is_absence(self) -> bool:
        """Whether the API itself says that what was asked for is not there."""
        return self.http_status == 404 and self.said is not None

    def __reduce__(self) -> tuple[type[Exception], tuple[str]]:
        return (PlantPipelineError, (str(self),))


class SourceUnavailable(SourceError):
    """A passing fault that outlasted the retries: a later run may succeed."""

    is_transient = True


class SourceRejected(SourceError):
    """The API refused for good; a person has to change credentials, rights or configuration."""


class CallNotAllowed(SourceError):
    """A call that is not on the list of those that may be made; it was not sent."""


class NotArchived(SourceError):
    """The archive holds no answer to what a replay asks for; the message names it."""


class SourceShapeChanged(SourceError):
    """The answer does not have the documented shape; the message names the field."""


class ContractViolation(PlantPipelineError):
    """Data of our own making break the contract: a defect here, not at a source."""


class ArchiveDamaged(PlantPipelineError):
    """An object of the archive is not what was stored; the message names it."""


class ArchiveLost(ArchiveDamaged):
    """An object of the archive is not there; the message names it."""


class ArchiveRefused(PlantPipelineError):
    """The archive took nothing; the message says where and why."""


class RegistryConflict(PlantPipelineError):
    """Decisions contradict each other; the message names the lines or decisions."""


class UploadFailed(PlantPipelineError):
    """A part could not be delivered; the message names part, receiver and status, never the signed URL."""


class WarehouseError(PlantPipelineError):
    """The warehouse cannot be used as it is; the message says which command mends it."""
