"""What a SMART Health Link leads to: one file, encrypted with a key that only the link itself holds."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.keys import uuid7


class SharedFile(models.Model):
    """The file behind a health link, as it was when the link was made; `size` is its length as it is handed out.

    `content` is a JWE that this server cannot open, sealed once more as everything is; null once the link has ended.
    `rows` are the entries of the record in it: the database hands the file out only while each may still be shown.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+")
    share = models.OneToOneField("records.ShareLink", models.PROTECT, related_name="file")
    made_at = models.DateTimeField(_("生成时间"))
    size = models.PositiveIntegerField(_("大小"))
    rows = ArrayField(models.UUIDField())
    content = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("健康链接的文件")
        verbose_name_plural = _("健康链接的文件")
        constraints = [models.CheckConstraint(name="shared_file_has_a_size", condition=Q(size__gte=1))]


def file_place(file_id: object) -> bytes:
    """What a file's bytes are sealed for."""
    return f"{SharedFile._meta.db_table}.content.{file_id}".encode()
