"""Imaging studies: which pictures a PACS holds of a person. The pictures are never stored here."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from records.provenance import Provenance, provenance_constraints
from records.querysets import RecordQuerySet


class ImagingStudy(Provenance):
    """A study (影像检查) in a PACS. A report finds it by its accession number, and the PACS by its UID."""

    study_uid = models.CharField(max_length=64, blank=True)
    accession = models.CharField(_("检查单号"), max_length=80, blank=True)
    modality = models.CharField(_("设备类型"), max_length=100, blank=True)
    title = models.CharField(_("检查名称"), max_length=200, blank=True)
    images = models.PositiveIntegerField(_("图像数"), null=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("影像检查")
        verbose_name_plural = _("影像检查")
        indexes = [
            models.Index(
                fields=["resident", "accession"],
                name="study_by_accession",
                condition=Q(superseded_at__isnull=True),
            )
        ]
        constraints = provenance_constraints("imagingstudy")
