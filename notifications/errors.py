"""What goes wrong on the way out."""


class TransportFailed(Exception):
    """A transport could not hand a message over.

    `code` is short and free of personal data; `lasting` means that another attempt cannot help.
    """

    def __init__(self, code: str, *, lasting: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.lasting = lasting
