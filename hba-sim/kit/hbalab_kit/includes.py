"""Finds what a driver includes, as a file system without case and with backslashes would."""

import os


class Directory:
    """The names of a directory, by their lower-case form."""

    _known = {}

    @classmethod
    def of(cls, path):
        path = os.path.normpath(path)
        if path not in cls._known:
            try:
                cls._known[path] = {name.lower(): name for name in sorted(os.listdir(path), reverse=True)}
            except OSError:
                cls._known[path] = None
        return cls._known[path]


def find_below(directory, name):
    """The path that a name, with either slash, has below a directory; None when there is none."""
    at = directory
    for part in name.replace("\\", "/").split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            at = os.path.normpath(os.path.join(at, ".."))
            continue
        entries = Directory.of(at)
        if entries is None:
            return None
        if os.path.lexists(os.path.join(at, part)):
            at = os.path.join(at, part)
        elif part.lower() in entries:
            at = os.path.join(at, entries[part.lower()])
        else:
            return None
    return at if os.path.isfile(at) else None


def find(name, quoted, stack, include_directories):
    """
    A quoted name is looked for beside the file that includes it, then beside those that include
    that one, as Microsoft's compiler does; then, like all others, in the directories of -I.
    """
    if name.startswith("/") and os.path.isfile(name):
        return name
    places = [os.path.dirname(path) for path in reversed(stack)] if quoted else []
    for place in places + include_directories:
        found = find_below(place, name)
        if found:
            return found
    return None


def read(path):
    """A source file as text: UTF-8, UTF-16 with its mark, else what Windows calls ANSI."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x1a", "")
