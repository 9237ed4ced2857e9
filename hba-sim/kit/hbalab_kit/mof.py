"""Joins MOF files, and what they include, into one file that stands for itself."""

import os
import re

from hbalab_kit import includes

_INCLUDE = re.compile(r'\s*#\s*(?:pragma\s+)?include\s*\(?\s*(?:"([^"]+)"|<([^>]+)>)', re.IGNORECASE)
_ONCE = re.compile(r"\s*#\s*pragma\s+once\b", re.IGNORECASE)
# What hides an include, or looks like what does.
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|//.*|/\*|\*/')


def _in_comment(line, inside):
    """Whether a comment of several lines is open behind the line."""
    for token in _TOKEN.findall(line):
        if inside:
            inside = "*/" not in token  # a string may hold it
        elif token == "/*":
            inside = True
    return inside


class Joiner:
    """dependencies becomes the files that were read, in their order."""

    def __init__(self, include_directories):
        self.include_directories = include_directories
        self.dependencies = []
        self.once = set()

    def text(self, path, stack=()):
        """A file with what it includes in its place. What is not found is left to the lab."""
        path = os.path.abspath(path)
        if path not in self.dependencies:
            self.dependencies.append(path)
        here = [*stack, path]
        lines = []
        inside = False
        source = includes.read(path)
        for number, line in enumerate(source.split("\n"), 1):
            found = None if inside else _INCLUDE.match(line)
            inside = _in_comment(line, inside)
            if _ONCE.match(line):
                self.once.add(path)
                line = ""  # of the joined file it is not meant
            elif found:
                line = self._included(found, here, line, number)
            lines.append(line)
        return "\n".join(lines)

    def _included(self, found, stack, line, number):
        name, quoted = (found[1], True) if found[1] else (found[2], False)
        path = includes.find(name.replace("\\\\", "\\"), quoted, stack, self.include_directories)
        if path is None:
            return line
        path = os.path.abspath(path)
        if path in stack or path in self.once:
            return ""
        text = self.text(path, stack)
        return f'#line 1 "{path}"\n{text.rstrip()}\n#line {number + 1} "{stack[-1]}"'


def join(files, include_directories):
    """The text of the files one after the other, and the files that were read."""
    joiner = Joiner(include_directories)
    text = ""
    for path in files:
        if not os.path.isfile(path):
            raise RuntimeError(f"{path}: there is no such file")
        part = joiner.text(path)
        text += part if part.endswith("\n") else part + "\n"
    return text, joiner.dependencies
