from django.db import models

from sync.models.connections import Connection


class StreamSubject(models.Model):
    """A customer whom a stream's receiver named: `included` where it added her, else where it removed her."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="subjects")
    subject = models.CharField(max_length=64)
    included = models.BooleanField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "subject"], name="sync_stream_subject_once")]

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.subject}"
