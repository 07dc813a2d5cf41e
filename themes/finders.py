"""How collected static files get their fonts: whoever lists static files gets freshly cut ones."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

from themes import fonts


class FontFinder(BaseFinder):
    """Makes the font files in ``THEMES_STATIC_DIR`` when static files are listed or looked for, and offers them.

    Among ``STATICFILES_FINDERS``; ``collectstatic`` and the development server then need no step of their own.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.folder = Path(settings.THEMES_STATIC_DIR)
        self.storage = FileSystemStorage(location=self.folder)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Every made file."""
        fonts.build(self.folder)
        for file in sorted((self.folder / fonts.STATIC_FOLDER).iterdir()):
            yield f"{fonts.STATIC_FOLDER}/{file.name}", self.storage

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The made file at ``path``, for the development server."""
        wanted = Path(path)
        file = self.folder / fonts.STATIC_FOLDER / wanted.name
        if wanted.parent.as_posix() != fonts.STATIC_FOLDER or not file.is_file():
            return []
        return [str(file)] if find_all else str(file)
