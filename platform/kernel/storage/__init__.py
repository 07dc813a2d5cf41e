"""Files of hospitals: one key prefix each, encrypted, reached only through a view that has checked (S11, S12)."""

from kernel.storage.files import FileMissing, StoredFile, read_file, remove_file, store_file
from kernel.storage.links import download_link, opened_link

__all__ = ["FileMissing", "StoredFile", "download_link", "opened_link", "read_file", "remove_file", "store_file"]
