"""Splits C and C++ source into preprocessing tokens without losing a character."""

import re

# A blank of any kind, or a line that goes on: the order of the alternatives matters.
_TOKEN = re.compile(
    r"""
    (?P<comment>//(?:\\\n|[^\n])*|/\*.*?(?:\*/|\Z))
  | (?P<string>(?:u8|[LuU])?"(?:\\.|[^"\\\n])*")
  | (?P<char>[LuU]?'(?:\\.|[^'\\\n])+')
  | (?P<number>\.?[0-9](?:[eEpP][+-]|[0-9A-Za-z_.])*)
  | (?P<word>[A-Za-z_$][A-Za-z0-9_$]*)
  | (?P<blank>(?:[ \t\f\v\r]|\\[ \t]*\n)+)
  | (?P<newline>\n)
  | (?P<other>.)
    """, re.VERBOSE | re.DOTALL)


class Token:
    """kind is the name of an alternative above; directive: inside a preprocessor line."""

    __slots__ = ("kind", "text", "directive")

    def __init__(self, kind, text, directive):
        self.kind = kind
        self.text = text
        self.directive = directive


def split(text):
    tokens = []
    directive = False
    line_start = True
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        piece = match.group()
        if kind == "newline":
            directive = False
            line_start = True
        elif kind == "other" and piece == "#" and line_start:
            directive = True
            line_start = False
        elif kind not in ("blank", "comment"):
            line_start = False
        tokens.append(Token(kind, piece, directive))
    return tokens


def is_code(token):
    return token.kind not in ("blank", "comment", "newline")


def step(tokens, index, direction):
    """Index of the next token that counts, in the same directive or outside of any; None at an end."""
    start = tokens[index].directive
    index += direction
    while 0 <= index < len(tokens):
        token = tokens[index]
        if token.kind == "newline" and start:
            return None
        if is_code(token):
            return index if token.directive == start else None
        index += direction
    return None
