"""What a program needs to call every function by its name, to read arguments from text and to show
answers: tables of C++ made of api.json (functions, layouts), commands.json (what arguments and members
are) and schemas/enums.json (named values). Part of generate.py.

commands.json, below "structures" and "functions": a member or an argument is its type as a text, or an
object. Structures with a star have two variants; the tables are those of the A functions, whose texts
are UTF-8. Members and arguments that recur stand below "arguments". Structures
that people write as one text have its "form" and one of "id", "pair" (with the separator of their two
members; answers have ids in that way), "portal" and "list". Keys of an object:
  type           C type, where api.json does not say it; T* and TCHAR are the variant's, X[] has the size
                 that the layout gives it
  text           what it is, for people
  required       an argument that has to be given
  out, inout     an argument that answers
  size_of        the length, in bytes, of the member or argument of this name
  count_of       its number of elements
  default        what stands for nothing given: a number, or the name of one
  names          named values: an enumeration, or a key below "enumerations"
  hex            shown to people in hexadecimal
  secret         never shown
  reserved       nothing
  strings        a list of texts
  capacity       the constant that limits an answer that is a text
  specifies      members, with the flag of this one that makes each of them count
  first_call_only  not repeated when a buffer was too small
  only_with      the failure that has such an answer; nothing else has
  chosen_by      the argument that decides what an answer is; "cases" has an object for each of its values,
                 "list": a count and so many structures, which begin on multiples of "align"
"""

import re

NUMBERS = {"UCHAR": 1, "USHORT": 2, "ULONG": 4, "DWORD": 4, "ULONGLONG": 8}
ANOTHER_NAME = {"ISCSI_UNIQUE_CONNECTION_ID": "ISCSI_UNIQUE_SESSION_ID"}
ENUMERATION_SIZES = {"uint8": 1, "uint32": 4, "uint64": 8}
SLOT = 8  # an argument


def fail(text):
    raise SystemExit(f"generate.py: {text}")


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def number(value):
    return int(value, 0) if isinstance(value, str) else value


class Tables:
    def __init__(self, api, commands, schema):
        self.commands = commands
        self.constants = {row["name"]: row["value"] for row in api["constants"] + api["enumerators"]}
        self.layouts = {row["name"]: row for row in api["structures"]}
        self.schema = {row["name"]: row for row in schema["enumerations"]}
        self.enumerations = {}
        self.records = {}
        self.text = ""

    # ---- named values -------------------------------------------------------------------------

    def enumeration(self, name):
        """The variable with the names of an enumeration."""
        if name not in self.enumerations:
            self.enumerations[name] = variable = "kNames_" + re.sub(r"\W", "_", name)
            rows, flags = self.values(name)
            self.text += f"constexpr Name {variable}_rows[] = {{\n"
            for value in rows:
                self.text += "    {" + ", ".join([quoted(value[0]), quoted(value[1]),
                                                f"{value[2]}u"]) + "},\n"
            self.text += (f"}};\nconstexpr Enumeration {variable}{{{'true' if flags else 'false'}, "
                          f"{variable}_rows}};\n")
        return self.enumerations[name]

    def values(self, name):
        """Rows of name, short name, value; and whether they are flags."""
        described = self.commands["enumerations"][name]
        if "constants" in described:
            return [(n, s, self.constants[n]) for n, s in described["constants"].items()], False
        row = self.schema[described.get("schema", name)]
        begin, end = described.get("short", ["", ""])
        rows = []
        for value in row["values"]:
            full, given = value["name"], number(value["value"])
            if self.constants.get(full, given) != given:
                fail(f"{full} is {given} in schemas/enums.json, {self.constants[full]} in api.json")
            short = full.removeprefix(begin).removesuffix(end).lower() if begin or end else ""
            rows.append((full, short, given))
        return rows, row["kind"] == "flags"

    # ---- members and arguments ----------------------------------------------------------------

    def value(self, kind):
        """Form and size of a value of a C type, and what else there is to say of it."""
        kind = ANOTHER_NAME.get(kind, kind)
        if kind in NUMBERS:
            return {"form": "number", "size": NUMBERS[kind]}
        if kind == "BOOLEAN":
            return {"form": "boolean", "size": 1}
        if kind == "GUID":
            return {"form": "guid", "size": 16}
        if kind in self.commands["enumerations"]:
            row = self.schema[self.commands["enumerations"][kind].get("schema", kind)]
            return {"form": "number", "size": ENUMERATION_SIZES[row["underlying"]],
                    "names": self.enumeration(kind)}
        if kind in self.commands["structures"]:
            return {"form": "record", "record": self.record(kind),
                    "size": self.layouts[kind.replace("*", "A")]["size"]}
        return fail(f"nothing is known of the type {kind}")

    def typed(self, kind, described):
        """The same for what may be an address or an array."""
        if described.get("reserved"):
            return {"form": "reserved"}
        if described.get("strings"):
            return {"form": "strings", "pointer": not kind.endswith("[]")}
        if described.get("out") and "type" in described:
            return {**self.value(described["type"]), "pointer": True}
        if kind in ("PTSTR", "PTCHAR"):
            return {"form": "text", "pointer": True}
        if kind == "TCHAR[]":
            return {"form": "text"}
        if kind == "UCHAR[]":
            return {"form": "bytes"}
        if kind in ("PUCHAR", "PCHAR"):
            return {"form": "bytes", "pointer": True}
        if "cases" in described:
            return {"form": "chosen", "pointer": True}
        if kind.endswith("[]"):
            return self.value(kind[:-2])
        if kind.startswith("P") and kind not in self.commands["structures"]:
            return {**self.value(kind[1:]), "pointer": True}
        return self.value(kind)

    def fields(self, owner, entries):
        """`entries`: name, type, description, offset, room. One initializer each."""
        names = [entry[0] for entry in entries]
        counted = {}
        for name, _, described, _, _ in entries:
            for key in ("size_of", "count_of"):
                if key in described:
                    if described[key] not in names:
                        fail(f"{owner}.{name}: there is no {described[key]}")
                    counted.setdefault(described[key], {})[key] = names.index(name)
        flags = {}
        for _, kind, described, _, _ in entries:
            for member, flag in described.get("specifies", {}).items():
                flags[member] = {s: v for _, s, v in self.values(kind)[0]}[flag.lower()]
        rows = []
        for name, kind, described, offset, room in entries:
            row = {**self.field(owner, name, kind, described), "offset": offset}
            if room is not None and row["form"] in ("text", "bytes") and not row.get("pointer"):
                row["size"] = room
            by = counted.get(name, {})
            row["sized_by"] = by.get("size_of")
            row["counted_by"] = by.get("count_of")
            row["specifies"] = flags.get(name)
            rows.append(row)
        return rows

    def field(self, owner, name, kind, described):
        row = {"name": name, "text": described.get("text"), **self.typed(kind, described)}
        if "names" in described:
            row["names"] = self.enumeration(described["names"])
        if "default" in described:
            value = described["default"]
            row["default_value"] = self.constants[value] if isinstance(value, str) else value
        if "capacity" in described:
            row["size"] = self.constants[described["capacity"]] + 1
        for key in ("required", "secret", "hex", "first_call_only", "only_with"):
            row[key] = described.get(key)
        row["way"] = "counts" if "size_of" in described or "count_of" in described else \
            "out" if "out" in described else "both" if "inout" in described else "in"
        if "specifies" in described:
            row["specified"] = True
        if "cases" in described:
            row.update(self.cases(f"{owner}_{name}", described))
        return row

    def cases(self, owner, described):
        values = {full: value for full, _, value in self.values("TARGET_INFORMATION_CLASS")[0]}
        rows = []
        for name, case in described["cases"].items():
            row = {**self.field(owner, name, case["type"], case), "when": values[name],
                   "listed": case.get("list"), "align": case.get("align")}
            rows.append(row)
        if set(values) != set(described["cases"]):
            fail(f"{owner} has not the cases {', '.join(values)}")
        self.array(f"kCases_{owner}", rows)
        return {"cases": f"kCases_{owner}", "chosen_by": described["chosen_by"]}

    # ---- what is written ----------------------------------------------------------------------

    ORDER = ("name", "text", "form", "way", "pointer", "required", "secret", "hex", "specified",
             "first_call_only", "listed", "offset", "size", "align", "sized_by", "counted_by",
             "default_value", "specifies", "when", "only_with", "names", "record", "chosen_by",
             "cases")

    def initializer(self, row):
        shown = []
        for key in self.ORDER:
            value = row.get(key)
            if value is None or value is False or (key == "way" and value == "in"):
                continue
            if key in ("name", "text"):
                value = quoted(value)
            elif key == "form":
                value = f"Form::{value}_" if value == "boolean" else f"Form::{value}"
            elif key == "way":
                value = f"Way::{value}"
            elif key in ("names", "record"):
                value = "&" + value
            elif key in ("specifies", "default_value", "when"):
                value = f"{value}u"
            elif value is True:
                value = "true"
            shown.append(f".{key} = {value}")
        return "    {" + ", ".join(shown) + "},\n"

    def array(self, variable, rows):
        self.text += (f"constexpr Field {variable}[] = {{\n" +
                      "".join(self.initializer(row) for row in rows) + "};\n")

    def record(self, name):
        """The variable that describes a structure."""
        if name not in self.records:
            described = self.commands["structures"][name]
            layout = self.layouts[name.replace("*", "A")]
            members = {n: {"type": d} if isinstance(d, str) else d
                       for n, d in described["members"].items()}
            if list(members) != [row[0] for row in layout["members"]]:
                fail(f"commands.json and api.json tell of other members of {name}")
            entries = [(n, members[n]["type"], members[n], offset, size)
                       for n, offset, size in layout["members"]]
            plain = name.replace("*", "")
            rows = self.fields(plain, entries)
            self.array(f"kFields_{plain}", rows)
            shape = next((s for s in ("id", "pair", "portal", "list") if s in described), "none")
            separator = described[shape] if shape in ("id", "pair") else " "
            self.text += (f"constexpr Record kRecord_{plain}{{.name = {quoted(plain)}, "
                          f".syntax = {quoted(described.get('form', 'JSON'))}, "
                          f".shorthand = Shorthand::{shape}, "
                          f".separator = '{separator}', "
                          f".fields = kFields_{plain}, .size = {layout['size']}}};\n")
            self.records[name] = f"kRecord_{plain}"
        return self.records[name]

    def function(self, entry):
        name = entry["name"]
        described = dict(self.commands["functions"][name])
        summary = described.pop("summary")
        if list(described) != [parameter for _, parameter in entry["params"]]:
            fail(f"commands.json and api.json tell of other arguments of {name}")
        entries = []
        for index, (kind, parameter) in enumerate(entry["params"]):
            what = described[parameter]
            what = self.commands["arguments"][what] if isinstance(what, str) else dict(what)
            if "chosen_by" in what:
                what["chosen_by"] = list(described).index(what["chosen_by"])
            if what.get("size_of") or what.get("count_of"):
                kind = "ULONG"
            entries.append((parameter, kind, what, index * SLOT, None))
        fields = "{}"
        if entries:
            self.array(f"kFields_{name}", self.fields(name, entries))
            fields = f"kFields_{name}"
        variant = "A" if entry["variants"] else ""
        return (f"    {{.arguments = {{.name = {quoted(name)}, .fields = {fields}, "
                f".size = {SLOT * len(entries)}}},\n"
                f"     .summary = {quoted(summary)},\n     .call = &invoke<&::{name}{variant}>}},\n")


def command_table(api, commands, schema, families):
    tables = Tables(api, commands, schema)
    rows = [tables.function(entry) for entry in api["functions"] if entry["family"] in families]
    text = tables.text + "constexpr Function kFunctions[] = {\n" + "".join(rows) + "};\n"
    text += "constexpr Status kWin32Statuses[] = {\n"
    for status in commands["statuses"]:
        text += f"    {{{status['name']}, {quoted(status['name'])}, {quoted(status['text'])}}},\n"
    return text + "};\n"


def member_types(api, commands):
    """HBALAB_DSC_TYPE(structure, member, type) for each member of each structure and variant."""
    sizes = {"TCHARW": 2, "TCHARA": 1, "UCHAR": 1}
    layouts = {row["name"]: row for row in api["structures"]}
    text = ""
    for name, described in commands["structures"].items():
        for variant in ("W", "A") if name.endswith("*") else ("",):
            layout = layouts[name.replace("*", variant)]
            room = {member: size for member, _, size in layout["members"]}
            for member, what in described["members"].items():
                kind = what if isinstance(what, str) else what["type"]
                array = kind.endswith("[]")
                kind = kind.removesuffix("[]").replace("*", variant)
                if array:
                    element = sizes.get(kind + variant if kind == "TCHAR" else kind)
                    element = element or layouts[kind]["size"]
                    count = f"[{room[member] // element}]"
                kind = kind.replace("TCHAR", "WCHAR" if variant == "W" else "CHAR")
                text += (f"HBALAB_DSC_TYPE({layout['name']}, {member}, "
                         f"{kind}{count if array else ''})\n")
    return text
