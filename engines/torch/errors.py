"""What a worker says when a job cannot be run: data, as codet5's own errors are."""


class JobError(Exception):
    """One clear line: what is wrong, what was expected, what was found, and where."""

    def __init__(self, code: str, message: str, **details: str) -> None:
        super().__init__(message)
        self.code = code
        self.details = details

    def to_json(self) -> dict[str, str]:
        return {"code": self.code, "message": str(self), **self.details}
