"""The database backend that settings name; Django looks for `DatabaseWrapper` in a module called `base`."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Connections are kept, one for each thread, and PostgreSQL may be restarted while they rest.

    A connection at rest has nothing to say. When its socket can be read, the server has said farewell or gone (or sent
    a notice): only then it is asked, and closed if it does not answer. So the first request after a restart succeeds,
    and every other one pays a system call instead of a statement.
    """

    def ensure_connection(self) -> None:
        """Connect where there is no connection, or none that lives; inside a transaction nothing is replaced."""
        if self.connection is not None and not self.in_atomic_block and self._speaks() and not self.is_usable():
            self.close()
        super().ensure_connection()

    def _speaks(self) -> bool:
        if self.connection.closed:
            return True
        watch = select.poll()
        watch.register(self.connection.fileno(), select.POLLIN)
        return bool(watch.poll(0))
