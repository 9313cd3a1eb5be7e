"""How the interface describes itself (OpenAPI): each operation with its refusals, none left out."""

from typing import Any, ClassVar

from drf_spectacular.openapi import AutoSchema

from foundation.api import problems

ALWAYS = ("not_signed_in", "forbidden", "method", "too_many")
WITH_QUERY = ("invalid",)
WITH_PLACE = ("not_found",)
CHANGING = ("csrf", "another_person")
WITH_BODY = ("malformed", "invalid", "too_large", "media_type")
WHOM = {
    "name": "Portal-Whom",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "这次请求是为谁填的：/api/me/ 里的 whom。与现在办理的人不同时不办，回答 409（another_person）。",
}


class Description(AutoSchema):
    """One operation, with every problem that it may answer."""

    problem_media: ClassVar[str] = problems.CONTENT_TYPE

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """The operation; to each documented answer come the refusals of its kind."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        if self.method not in {"GET", "HEAD"}:
            operation["parameters"] = [*operation.get("parameters", []), WHOM]
        for status, kinds in sorted(self._refusals(operation).items()):
            operation["responses"].setdefault(str(status), self._problem(kinds))
        return operation

    def _refusals(self, operation: dict[str, Any]) -> dict[int, list[problems.Kind]]:
        places = {parameter["in"] for parameter in operation.get("parameters", [])}
        codes = [*ALWAYS]
        codes += WITH_QUERY if "query" in places else ()
        codes += WITH_PLACE if "path" in places else ()
        codes += CHANGING if self.method not in {"GET", "HEAD"} else ()
        codes += WITH_BODY if "requestBody" in operation else ()
        codes += getattr(self.view, "refusals", {}).get(self.method.lower(), ())
        found: dict[int, list[problems.Kind]] = {}
        for kind in (problems.KINDS[code] for code in dict.fromkeys(codes)):
            found.setdefault(kind.status, []).append(kind)
        return found

    def _problem(self, kinds: list[problems.Kind]) -> dict[str, Any]:
        said = self.resolve_serializer(problems.ProblemSerializer, "response")
        words = "；".join(f"{kind.title}（{kind.code}）" for kind in kinds)
        return {"description": words, "content": {self.problem_media: {"schema": said.ref}}}
