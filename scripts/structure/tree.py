"""The files that the rules look at, and what a rule reports."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

IGNORED_FOLDERS = {".git", "build", "hourglass-data", "__pycache__", ".pytest_cache", ".cache"}


@dataclass(frozen=True)
class Finding:
    """One breach of one rule, in the form that editors jump to."""

    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


class Tree:
    """The files of a repository, by their paths from its root."""

    def __init__(self, root):
        self.root = Path(root)
        self.paths = sorted(path for path in self._list() if (self.root / path).is_file())

    def _list(self):
        if (self.root / ".git").exists():
            listed = subprocess.run(
                ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                check=True, capture_output=True, text=True,
            )
            return {path for path in listed.stdout.split("\0") if path}
        return self._walk()

    def _walk(self):
        found = set()
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in IGNORED_FOLDERS]
            found.update(str((Path(folder) / name).relative_to(self.root)) for name in names)
        return found

    def with_suffix(self, *suffixes):
        return [path for path in self.paths if path.endswith(suffixes)]

    def text(self, path):
        """The text of a file; None when it is not text."""
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return None

    def lines(self, path):
        """The lines of a file with their numbers."""
        return enumerate((self.text(path) or "").splitlines(), start=1)
