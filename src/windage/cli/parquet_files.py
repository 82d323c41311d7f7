"""The Parquet files that an argument stands for: a file, a folder, a glob or any fsspec URL."""

from __future__ import annotations

from glob import has_magic

from windage.errors import InvalidInput, did_you_mean
from windage.files import local_path
from windage.partitions.listing import ENDINGS, files_at, is_data


def parquet_files(place: str) -> list[str]:
    """The files, sorted. A folder is searched recursively; a file that is named itself needs no Parquet extension.

    Raises:
        InvalidInput: there is nothing at ``place``, or no Parquet file in it.
        ReadFailed: the place could not be listed; a retry may help.
    """
    path = local_path(place)
    itself = place if path is None else str(path)
    found = [each.location for each in files_at(place, deep=True)]
    files = [each for each in found if each == itself or is_data(each)]
    if files:
        return files
    if path is not None and not path.exists() and not has_magic(itself):
        siblings = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        raise InvalidInput(f"no such file or folder: {path}.{did_you_mean(path.name, siblings)}")
    raise InvalidInput(f"{place} contains no Parquet files ({', '.join(ENDINGS)}). Give a file, a folder or a glob.")
