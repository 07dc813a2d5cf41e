"""The only way in which a file leaves the house."""

from django.db import transaction
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from kernel import audit
from kernel.accounts.requests import AccountRequest
from kernel.permissions import NotFound, signed_in
from kernel.storage.files import FileMissing, read_file
from kernel.storage.links import opened_link


def file_response(content: bytes, *, name: str, media_type: str) -> HttpResponse:
    """A file to save: never shown by the browser, never guessed at, never kept by it."""
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_safe
@signed_in
def download(request: AccountRequest, token: str) -> HttpResponse:
    """Answer a link made by ``download_link`` for this account."""
    wanted = opened_link(request.access, token)
    try:
        with transaction.atomic():
            content = read_file(wanted.key)
            audit.record(request.access, action="files.downloaded", detail={"key": wanted.key})
    except FileMissing:
        raise NotFound from None
    return file_response(content, name=wanted.name, media_type=wanted.media_type)
