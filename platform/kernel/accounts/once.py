"""A form that is sent twice is done once: the second sending waits for the first and gets its answer.

Every page has a token against foreign sites, masked anew each time it is drawn. So a form that comes again with the
same token, from the same session, to the same address and with the same content is the same click: an impatient finger,
a browser that repeats what the network lost, or "send it again" on the page of an outage. No form has to do anything,
and none can forget it. Sending the same thing twice on purpose works: the page is drawn anew in between.
"""

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError

from kernel import clock
from kernel.accounts.doors import scope_label
from kernel.accounts.models import SentForm
from kernel.web.outage import TOKEN_FIELD, StillRunning

# A page that is drawn from a browser's memory may bear an old token: later than that, the same form is a new wish.
ANSWERED_FOR = timedelta(seconds=60)
# A process that was killed left its form unanswered. No request takes as long as that.
GIVEN_UP_AFTER = timedelta(seconds=20)
SECONDS_TO_WAIT = 2.0
PAUSE = 0.05
LARGEST_ANSWER = 512 * 1024
_KEPT_HEADERS = ("Location", "Content-Type", "Content-Language", "Content-Disposition", "Cache-Control")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
REPEATED = "Idempotent-Replayed"


class OnceMiddleware:
    """Stands after session, account and language. What a script sends by itself may come again and is let through."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = _key_of(request)
        if key is None:
            return self.get_response(request)
        form = _claimed(key)
        if form.answer:
            return _kept_answer(form)
        session_key = request.session.session_key
        try:
            response = self.get_response(request)
        except BaseException:
            _forget(form)
            raise
        # An answer that begins or ends a session is the business of one browser and one moment; one that refuses leaves
        # the form to be sent again.
        if _can_be_kept(response) and request.session.session_key == session_key:
            _keep(form, response)
        else:
            _forget(form)
        return response


def forget_old() -> None:
    """Remove what nobody will ask for again."""
    SentForm.objects.filter(sent_at__lt=clock.now() - 2 * ANSWERED_FOR).delete()


def _key_of(request: HttpRequest) -> str | None:
    """What makes two sendings of one host the same one (S06); None for everything that is not a form of a page."""
    if request.method != "POST" or request.content_type not in _FORMS:
        return None
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return None
    try:
        token, fields, files = request.POST.get(TOKEN_FIELD), request.POST, request.FILES
    except UnreadablePostError:
        return None
    if not token:
        return None
    digest = hashlib.sha256()
    who = request.session.session_key or request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")
    digest.update(json.dumps([scope_label(), who, request.get_full_path(), sorted(fields.lists())]).encode())
    for name, several in sorted(files.lists()):
        for file in several:
            digest.update(json.dumps([name, file.name, file.size]).encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()


def _claimed(key: str) -> SentForm:
    """A form without an answer, which is ours to answer; or one with the answer that somebody else's sending got.

    Raises StillRunning when that one takes longer than a page may.
    """
    end = time.monotonic() + SECONDS_TO_WAIT
    while True:
        now = clock.now()
        try:
            form, is_new = SentForm.objects.get_or_create(key=key, defaults={"sent_at": now})
        except IntegrityError:
            continue  # the other sending was refused at this very moment, and has made room
        if is_new or _is_taken_over(form, now):
            return form
        if form.answer:
            return form
        if time.monotonic() > end:
            raise StillRunning("the same form was sent before and is not answered yet")
        time.sleep(PAUSE)


def _is_taken_over(form: SentForm, now: datetime) -> bool:
    """Whether the form was answered so long ago, or has waited so long, that this sending counts anew."""
    if now - form.sent_at <= (ANSWERED_FOR if form.answer else GIVEN_UP_AFTER):
        return False
    if not SentForm.objects.filter(pk=form.pk, sent_at=form.sent_at).update(sent_at=now, answer=None):
        return False
    form.sent_at, form.answer = now, None
    return True


def _can_be_kept(response: Any) -> bool:
    return (
        response.status_code < 400
        and not response.streaming
        and len(response.content) <= LARGEST_ANSWER
        and response.headers.get("Content-Type", "text/").startswith("text/")
    )


def _keep(form: SentForm, response: HttpResponse) -> None:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    answer = {"status": response.status_code, "headers": headers, "body": response.content.decode()}
    form.answer = json.dumps(answer)
    # What was asked for is done: that its answer cannot be remembered must not become an error.
    with suppress(OperationalError, InterfaceError):
        form.save(update_fields=["answer"])


def _kept_answer(form: SentForm) -> HttpResponse:
    answer = json.loads(str(form.answer))
    response = HttpResponse(answer["body"], status=answer["status"], headers=answer["headers"])
    response.headers[REPEATED] = "true"
    return response


def _forget(form: SentForm) -> None:
    with suppress(OperationalError, InterfaceError):
        SentForm.objects.filter(pk=form.pk, sent_at=form.sent_at).delete()
