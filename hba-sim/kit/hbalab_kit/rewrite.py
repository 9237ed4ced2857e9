"""Makes the compiler read a driver's source as Microsoft's would.

The driver's files stay as they are: what is compiled are copies that differ where gcc and clang read
something else than was meant, with #line directives, and in characters of the same columns. See
docs/driver-kit.md for the list.
"""

import re

from . import tokens as lex

SPECIFIERS = {"unsigned", "signed", "const", "volatile", "register", "static", "extern"}
INLINE = {"inline", "__inline", "__inline__", "_inline", "__forceinline", "FORCEINLINE", "CFORCEINLINE"}
SUFFIX = re.compile(r"(0[xX][0-9a-fA-F]+|[0-9]+)([uUlLiI0-9]*)\Z")
MICROSOFT_SUFFIX = re.compile(r"(0[xX][0-9a-fA-F]+?|[0-9]+?)(u?)i(8|16|32|64)\Z", re.IGNORECASE)
NOT_JOINED = {"return", "case", "sizeof", "else", "goto", "if", "while", "do", "__attribute__"}


def number(text):
    """An integer constant with the type that it has where long has 32 bits."""
    match = MICROSOFT_SUFFIX.match(text)
    if match:
        digits, unsigned, bits = match.groups()
        return (digits + unsigned + ("LL" if bits == "64" else "")).ljust(len(text))
    match = SUFFIX.match(text)
    if not match or match.group(2).upper().count("L") != 1:
        return text
    digits, suffix = match.groups()
    suffix = suffix.replace("l", "").replace("L", "")
    if not suffix and digits[:2].lower() != "0x" and not digits.startswith("0") and \
            int(digits) > 0x7FFFFFFF:
        suffix = "u"
    return (digits + suffix).ljust(len(text))


def specifier_run(tokens, index):
    """Indices of the type specifiers around one."""
    run = [index]
    for direction in (-1, 1):
        at = lex.step(tokens, index, direction)
        while at is not None and tokens[at].kind == "word" and \
                (tokens[at].text in SPECIFIERS or tokens[at].text in ("long", "int", "double", "short")):
            run.append(at)
            at = lex.step(tokens, at, direction)
    return run


def shorten_long(tokens):
    """`long` has 32 bits on Windows: it becomes int, but not in `long long` and `long double`."""
    for index, token in enumerate(tokens):
        if token.kind == "number":
            token.text = number(token.text)
        if token.kind != "word" or token.text != "long":
            continue
        words = [tokens[at].text for at in specifier_run(tokens, index)]
        if words.count("long") == 1 and "double" not in words:
            token.text = "    " if "int" in words else "int "


def joins(tokens, index):
    """Whether a token stands beside a string, so that it has to be one."""
    for direction in (-1, 1):
        at = lex.step(tokens, index, direction)
        if at is None:
            continue
        other = tokens[at]
        if other.kind == "string" or (other.kind == "word" and other.text not in NOT_JOINED and
                                      direction == 1):
            return True
    return False


def name_functions(tokens):
    """__FUNCTION__ is a string literal for Microsoft's compiler; beside another it becomes the file."""
    for index, token in enumerate(tokens):
        if token.kind == "word" and token.text in ("__FUNCTION__", "__FUNCSIG__") and \
                (token.text == "__FUNCSIG__" or joins(tokens, index)):
            token.text = "__FILE__".ljust(len(token.text))


def skip_group(tokens, index):
    """Index behind the group that opens at index."""
    depth = 0
    while index < len(tokens):
        text = tokens[index].text
        if text in ("(", "{", "["):
            depth += 1
        elif text in (")", "}", "]"):
            depth -= 1
            if depth == 0:
                return index
        index += 1
    return index


def function_after(tokens, index):
    """The name of the function that a declaration with `inline` at index declares."""
    at = lex.step(tokens, index, 1)
    while at is not None:
        token = tokens[at]
        if token.kind == "word":
            behind = lex.step(tokens, at, 1)
            if behind is not None and tokens[behind].text == "(":
                if not token.text.startswith("_"):
                    return token.text
                at = skip_group(tokens, behind)
                if at >= len(tokens):
                    return None
        elif token.text not in ("*", "&", ":", "::"):
            return None
        at = lex.step(tokens, at, 1)
    return None


def find_inlines(tokens, keywords, names):
    """
    Collects what is inline: an inline function of a header is in every object, and one of them
    stays. `extern inline` would be in none.
    """
    for index, token in enumerate(tokens):
        if token.kind != "word" or token.text not in keywords:
            continue
        if token.directive:
            define_keyword(tokens, index, keywords)
            continue
        for direction in (-1, 1):
            at = lex.step(tokens, index, direction)
            while at is not None and tokens[at].kind == "word" and \
                    (tokens[at].text in SPECIFIERS or tokens[at].text in keywords):
                if tokens[at].text == "extern":
                    tokens[at].text = "      "
                    tokens[at].kind = "blank"
                at = lex.step(tokens, at, direction)
        name = function_after(tokens, index)
        if name:
            names.add(name)


def define_keyword(tokens, index, keywords):
    """`#define NAME [static] __inline`: NAME is such a keyword too."""
    words = []
    at = index
    while at is not None:
        words.insert(0, tokens[at].text)
        at = lex.step(tokens, at, -1)
    if lex.step(tokens, index, 1) is None and words[:2] == ["#", "define"] and len(words) >= 4 and \
            "static" not in words and words[3] not in ("(",):
        keywords.add(words[2])


def leave_blocks(tokens):
    """__leave goes to the end of the __try block that it is in."""
    open_blocks = []
    pending_try = False
    label = 0
    for token in tokens:
        if token.kind == "word" and token.text == "__try":
            pending_try = True
        elif token.text == "{" and token.kind == "other":
            open_blocks.append([pending_try, None])
            pending_try = False
        elif token.text == "}" and token.kind == "other" and open_blocks:
            _, used = open_blocks.pop()
            if used:
                token.text = f"{used}:; }}"
        elif token.kind == "word" and token.text == "__leave":
            for block in reversed(open_blocks):
                if block[0]:
                    if block[1] is None:
                        label += 1
                        block[1] = f"hbalab_leave_{label}"
                    token.text = f"goto {block[1]}"
                    break


def unname_packs(tokens):
    """`#pragma pack(push, name, 4)`: gcc would ignore all of it for the name."""
    for index, token in enumerate(tokens):
        if token.kind != "word" or token.text != "pack" or not token.directive:
            continue
        at = lex.step(tokens, index, 1)
        while at is not None and tokens[at].text != ")":
            if tokens[at].kind == "word" and tokens[at].text not in ("push", "pop", "show"):
                comma = lex.step(tokens, at, -1)
                tokens[at].text = ""
                if tokens[comma].text == ",":
                    tokens[comma].text = ""
            at = lex.step(tokens, at, 1)


def drop_commas(tokens):
    """Microsoft's preprocessor drops the comma before __VA_ARGS__ where there are none."""
    for index, token in enumerate(tokens):
        if token.kind == "word" and token.text == "__VA_ARGS__" and token.directive:
            before = lex.step(tokens, index, -1)
            if before is not None and tokens[before].text == ",":
                token.text = "##__VA_ARGS__"


ASSIGNMENTS = {"=", "+", "-", "|", "&", "^", "*", "/", "%"}


def cast_assignments(tokens):
    """`(ULONG_PTR)Srb->DataBuffer += 4;` assigns to what is cast: *(ULONG_PTR*)&Srb->DataBuffer."""
    for index, token in enumerate(tokens):
        if token.text != "(" or token.kind != "other" or token.directive:
            continue
        before = lex.step(tokens, index, -1)
        if before is None or tokens[before].text not in (";", "{", "}"):
            continue
        end = skip_group(tokens, index)
        inside = [t for t in tokens[index + 1:end] if lex.is_code(t)]
        at = lex.step(tokens, end, 1) if end < len(tokens) else None
        if not inside or at is None or tokens[at].kind != "word" or \
                any(t.kind != "word" and t.text != "*" for t in inside):
            continue
        while at is not None and (tokens[at].kind == "word" or tokens[at].text in (".", "-", ">", "[")):
            if tokens[at].text == "-" and tokens[at + 1].text != ">":
                break
            if tokens[at].text == "[":
                at = skip_group(tokens, at)
            at = lex.step(tokens, at, 1)
        if at is not None and tokens[at].text in ASSIGNMENTS and \
                (tokens[at].text == "=") != (tokens[at + 1].text == "="):
            token.text = "*("
            tokens[end].text = "*)&"


def align_types(tokens):
    """`__declspec(align(8)) struct NAME` aligns the type: gcc wants that behind `struct`."""
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = None
        if token.kind == "word" and token.text in ("__declspec", "_declspec", "DECLSPEC_ALIGN"):
            start = lex.step(tokens, index, 1)
            if start is not None and tokens[start].text == "(":
                end = skip_group(tokens, start)
        elif token.kind == "word" and token.text == "DECLSPEC_CACHEALIGN":
            end = index
        if end is not None and end < len(tokens):
            keyword = lex.step(tokens, end, 1)
            if keyword is not None and tokens[keyword].text in ("struct", "union", "class"):
                moved = tokens[index:end + 1]
                tokens[index:keyword + 1] = [tokens[keyword], lex.Token("blank", " ", token.directive),
                                             *moved, *tokens[end + 1:keyword]]
                index = keyword
        index += 1


def functions_of_tracing(text, names):
    """WPP's macros are declared in comments: FUNC TraceEvents(LEVEL, FLAGS, MSG, ...);"""
    for block in re.findall(r"begin_wpp\s+config(.*?)end_wpp", text, re.DOTALL):
        for name in re.findall(r"^[\s/*]*FUNC\s+([A-Za-z_]\w*)", block, re.MULTILINE):
            names.add(name)


def rewrite(source, is_c, state, resolve_include):
    """The text to compile. state collects names over all files; see hbalab_cc.State."""
    functions_of_tracing(source, state.trace_functions)
    tokens = lex.split(source)
    for index, token in enumerate(tokens):
        if token.kind == "word" and token.directive and token.text in ("include", "include_next", "import"):
            include(tokens, index, resolve_include)
    shorten_long(tokens)
    name_functions(tokens)
    leave_blocks(tokens)
    unname_packs(tokens)
    align_types(tokens)
    drop_commas(tokens)
    if is_c:
        cast_assignments(tokens)
        find_inlines(tokens, state.inline_keywords, state.inline_functions)
    return "".join(token.text for token in tokens)


def include(tokens, index, resolve_include):
    """Replaces the name of an #include by what it means here."""
    hash_sign = lex.step(tokens, index, -1)
    first = lex.step(tokens, index, 1)
    if hash_sign is None or tokens[hash_sign].text != "#" or first is None:
        return
    if tokens[first].kind == "string":
        last = first
        name, quoted = tokens[first].text[1:-1], True
    elif tokens[first].text == "<":
        last = first
        while last + 1 < len(tokens) and tokens[last].text != ">" and tokens[last + 1].kind != "newline":
            last += 1
        name, quoted = "".join(t.text for t in tokens[first + 1:last]).strip(), False
    else:
        return  # a macro: the compiler has to find it
    found = resolve_include(name, quoted)
    if found is None:
        return
    tokens[index].text = "include"
    tokens[first].text = found
    tokens[first].kind = "string"
    for token in tokens[first + 1:last + 1]:
        token.text = ""
        token.kind = "blank"
