"""Which column of a facility's tables is what: edited on a sample, with what its rows become beside it.

The sample is looked at in memory and kept nowhere (`tables.sampling`). What a facility sent stays the worker's, but for
those who may see its patients: they may take a table that was received as the sample (`exchange.received`).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import router, transaction
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters

from foundation import clock
from foundation.middleware import reference_of
from records.exchange import received
from records.exchange.messages import UNREADABLE_KIND
from records.exchange.models import Held, Source
from records.exchange.tables import check, sampling
from records.exchange.tables.choosing import LABELS, SETTINGS
from records.exchange.tables.editing import ColumnsForm, Group, Word, draft
from records.exchange.tables.fields import WIDE
from records.exchange.tables.plan import read_plan
from records.exchange.tables.preview import Preview, preview
from records.exchange.tables.problems import BadPlan
from records.exchange.tables.showing import ShownRow, shown_cells, shown_rows, unknown_words
from records.exchange.translating import Setup
from residents.access import address_of
from residents.openings import Origin

ROWS = 8
Options = Mapping[str, Any]


@dataclass(frozen=True)
class Editor:
    """A sample with the form about it, and what the form makes of it."""

    carried: str
    looked: sampling.Looked
    form: ColumnsForm
    found: Preview
    faults: list[str]
    rows: list[ShownRow]
    plain: list[list[str]]
    words: list[Word]

    @property
    def reading(self) -> list[BoundField]:
        """How the file is to be read."""
        names = ["layout", "charset", "header_row"]
        names += ["sheet"] if self.looked.sheets else ["separator"]
        return [self.form[name] for name in names]

    @property
    def writing(self) -> list[BoundField]:
        """How the facility writes dates, numbers and nothing."""
        names = ["date_formats", "blanks", "birth_date_from_document", "decimal_comma"]
        return [self.form[name] for name in names]

    @property
    def is_written(self) -> bool:
        """Whether one of these is in use."""
        return any(field.value() for field in self.writing)

    @property
    def groups(self) -> list[Group]:
        """The fields as they stand on the page."""
        return list(self.form.groups())

    @property
    def is_wide(self) -> bool:
        """Whether items have columns of their own."""
        return self.form.shape() == WIDE

    @property
    def warnings(self) -> list[str]:
        """What can be stored and is worth a thought."""
        return [] if self.faults else list(self.found.sentences)


class ColumnPages(admin.ModelAdmin):
    """What a source of tables has besides: its column mapping. Put before the room's own class."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(sensitive_post_parameters()(self.columns_view))
        return [path("<uuid:source_id>/columns/", view, name="exchange_source_columns"), *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = list(super().get_readonly_fields(request, obj))
        return [*fields, "column_mapping"] if obj is not None and obj.kind == Source.Kind.TABLE else fields

    @admin.display(description=gettext_lazy("列对照"))
    def column_mapping(self, source: Source) -> str:
        """The way to the mapping's page, and how much of it there is."""
        count = len(source.options.get("columns", {}).get("columns", {}))
        said = ngettext("已对照 %(count)d 项，去修改", "已对照 %(count)d 项，去修改", count) % {"count": count}
        address = reverse("admin:exchange_source_columns", args=[source.pk])
        return format_html('<a href="{}">{}</a>', address, said if count else _("还没有设置，去设置"))

    def columns_view(self, request: HttpRequest, source_id: UUID) -> HttpResponse:
        """The mapping's page: a sample, the form, what the sample becomes; and saving."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        source = self.get_queryset(request).filter(pk=source_id, kind=Source.Kind.TABLE).first()
        if source is None:
            raise Http404
        editor, problem = self._editor(request, source)
        wanted = editor is not None and request.POST.get("deed") == "save" and not editor.faults
        if editor is not None and wanted and self._saved(request, source, editor.form):
            return redirect("admin:exchange_source_columns", source.pk)
        seen = request.POST.get("seen") or seen_of(source.options)
        context = {
            **self.admin_site.each_context(request),
            "source": source,
            "editor": editor,
            "problem": problem,
            "received": received.newest(source.pk, sampling.LARGEST),
            "saved": _saved_lines(source.options),
            "seen": seen,
            "may_retry": request.user.has_perm("exchange.change_held"),
        }
        return TemplateResponse(request, "records/exchange/columns.html", context)

    def _editor(self, request: HttpRequest, source: Source) -> tuple[Editor | None, str]:
        """The form about the sample that came with this request; nothing where none did, with what is wrong."""
        account_id = _account(request)
        raw, problem = _chosen(request, source)
        if problem:
            return None, problem
        if raw is not None:
            return _opened(raw, sampling.carried(raw, source.pk, account_id), source, None), ""
        carried = request.POST.get("sample", "")
        if not carried:
            return None, _("请先选择一个样本文件。") if request.method == "POST" else ""
        try:
            raw = sampling.opened(carried, source.pk, account_id)
        except sampling.NoSample:
            return None, _("请重新选择样本文件。")
        return _opened(raw, carried, source, request.POST), ""

    def _saved(self, request: HttpRequest, source: Source, form: ColumnsForm) -> bool:
        """Store the mapping unless somebody else changed it meanwhile, and write down what changed."""
        with transaction.atomic(using=router.db_for_write(Source)):
            options = Source.objects.select_for_update().get(pk=source.pk).options
            if seen_of(options) != request.POST.get("seen"):
                messages.error(request, _("没有保存：这段时间里有人改过这份列对照。请重新打开这一页再改。"))
                return False
            made = {name: said for name, said in options.items() if name not in ("columns", "charset")}
            made |= {"columns": form.mapping()} | ({"charset": said} if (said := form.value("charset")) else {})
            Source.objects.filter(pk=source.pk).update(options=made)
        changed = [str(label) for label in changes(options, made)]
        self.log_change(request, source, [{"changed": {"fields": [_("列对照"), *changed]}}])
        messages.success(request, _("列对照已保存，下一个文件就按它读。"))
        if request.POST.get("retry") and request.user.has_perm("exchange.change_held"):
            _ask_again(request, source)
        return True


def _account(request: HttpRequest) -> UUID:
    key = request.user.pk
    assert isinstance(key, UUID)
    return key


def _chosen(request: HttpRequest, source: Source) -> tuple[bytes | None, str]:
    """The sample that has just been chosen, sent along or out of what was received; nothing, or what is wrong."""
    upload = request.FILES.get("sample_file")
    if upload is not None:
        if not upload.size or upload.size > sampling.LARGEST:
            return None, _("样本请不要超过 1 MB，也不能是空的：导出几百行就够了。")
        return upload.read(), ""
    chosen = request.POST.get("stored", "")
    if not chosen:
        return None, ""
    try:
        raw = received.take(
            source.pk, UUID(chosen), sampling.LARGEST, Origin(address_of(request), reference_of(request))
        )
    except ValueError:
        raw = None
    return raw, "" if raw else _("这个文件不能用作样本。请重新选择。")


def _opened(raw: bytes, carried: str, source: Source, data: Any) -> Editor:
    """The form and the preview; `data` is None for a sample that has just come."""
    saved, charset = source.options.get("columns", {}), str(source.options.get("charset", ""))
    before = saved if data is None else {**saved, **_reading(data)}
    looked = sampling.look(raw, charset if data is None else str(data.get("charset", "")), before)
    header = looked.table.header if looked.table else ()
    mapping = draft(saved, header) if data is None else saved
    form = ColumnsForm(data, header=header, sheets=looked.sheets, mapping=mapping, charset=charset)
    said = form.mapping()
    setup = Setup(source.facility.code, source.facility.name, form.value("charset"), said)
    found = preview(raw, setup, ROWS)
    return Editor(
        carried=carried,
        looked=looked,
        form=form,
        found=found,
        faults=_faults(said, form),
        rows=shown_rows(found) if not found.problem and not _unusable(said) else [],
        plain=shown_cells(looked.table, 3) if looked.table else [],
        words=form.ask(unknown_words(looked.table, said) if looked.table else {}),
    )


def _reading(data: Any) -> dict[str, Any]:
    row = str(data.get("header_row", ""))
    said = {"sheet": str(data.get("sheet", "")), "separator": str(data.get("separator", ""))}
    return said | {"header_row": int(row) if row.isdecimal() and int(row) <= 1000 else 0}


def _unusable(mapping: Options) -> list[str]:
    try:
        read_plan(mapping)
    except BadPlan as problem:
        return problem.sentences
    return []


def _faults(mapping: Options, form: ColumnsForm) -> list[str]:
    """Why a mapping cannot be stored: what `plan` would refuse, and columns that the sample has not."""
    faults = _unusable(mapping)
    lacking = [one for one in check(mapping, form.header) if one.startswith("表头里")] if not faults else []
    errors = [str(one) for some in form.errors.values() for one in some] if form.is_bound else []
    return [*faults, *lacking, *errors]


def seen_of(options: Options) -> str:
    """A name for a source's settings as they stand, by which a later change is noticed."""
    said = json.dumps(options, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def changes(before: Options, after: Options) -> list[str | Promise]:
    """What two settings of a source differ in, by the names of fields and settings."""
    old, new = before.get("columns", {}), after.get("columns", {})
    found: list[str | Promise] = []
    for kind in ("columns", "constants"):
        one, other = old.get(kind, {}), new.get(kind, {})
        found += [label for name, label in LABELS.items() if one.get(name) != other.get(name)]
    found += [label for name, label in SETTINGS.items() if name != "charset" and old.get(name) != new.get(name)]
    return found + ([SETTINGS["charset"]] if before.get("charset", "") != after.get("charset", "") else [])


def _saved_lines(options: Options) -> list[tuple[str | Promise, str]]:
    """The mapping in force, in words."""
    said = options.get("columns", {})
    columns = said.get("columns", {})
    lines = [(LABELS[name], columns[name]) for name in LABELS if name in columns]
    lines += [(LABELS[name], said["constants"][name]) for name in LABELS if name in said.get("constants", {})]
    made: list[tuple[str | Promise, str]] = [
        (label, " + ".join(value) if isinstance(value, list) else str(value)) for label, value in lines
    ]
    items = "、".join(item["column"] for item in said.get("items", []))
    return [*made, *([(SETTINGS["items"], items)] if items else [])]


def _ask_again(request: HttpRequest, source: Source) -> None:
    """Ask the worker to read again, by the new mapping, the files of which something could not be read."""
    waiting = Held.objects.filter(source=source, kind=UNREADABLE_KIND, resolved_at=None)
    count = waiting.update(retry_requested_at=clock.now())
    if count:
        messages.info(request, _("已请求按新的列对照重新读以前没读成的文件，几分钟内完成。"))
