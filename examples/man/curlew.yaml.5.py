#!/usr/bin/env python3
"""Writes the page curlew.yaml(5) from the schema of the configuration, so that it cannot say something else:

    curlew schema | examples/man/curlew.yaml.5.py >curlew.yaml.5
"""

import json
import sys
import textwrap

HEAD = r""".\" Written from `curlew schema`: change the schema, not this.
.Dd November 23, 2026
.Dt CURLEW.YAML 5
.Os
.Sh NAME
.Nm curlew.yaml
.Nd configuration of the HTTP load balancer curlew
.Sh DESCRIPTION
A file is YAML, or JSON.
.Ql curlew check FILE
names every mistake with its line and column, and prints what a valid file comes
to, with every default filled in.
.Pp
Durations are a number and
.Ql ms ,
.Ql s ,
.Ql m
or
.Ql h ;
sizes are bytes, or have a unit, such as
.Ql 64KiB
or
.Ql 1MB ;
shares are written
.Ql 20% .
.Ql ${NAME}
in a value is replaced by that variable of the environment,
.Ql ${NAME:-default}
also where it is unset or empty.
.Pp
Of several routes that fit a request the most specific one wins, wherever it
stands in the file.
"""

TAIL = r""".Sh FILES
.Bl -tag -width Ds
.It Pa /etc/curlew/curlew.yaml
What the service of the Debian package goes by.
.El
.Sh EXAMPLES
.Bd -literal -offset indent
pools:
  web:
    strategy: least_connections
    backends: ["http://10.0.0.5:8080", "http://10.0.0.6:8080"]
    health_check: { path: /health, interval: 2s }
routes:
  - { path: /old, redirect: { to: "/new{query}" } }
  - { pool: web }
.Ed
.Sh SEE ALSO
.Xr curlew 1
"""


def escaped(text):
    """`text` as roff prints it: nothing in it is a request or an escape."""
    text = text.replace("\\", "\\e").replace("'", "\\(aq").replace("-", "\\-").replace("^", "\\(ha").replace("~", "\\(ti")
    return "\\&" + text if text[:1] in (".", "\\(aq") or text.startswith("\\(aq") else text


def sentences(text):
    """Each sentence on a line of its own, as roff wants them, or on several short ones."""
    lines = []
    for sentence in text.replace(". ", ".\n").split("\n"):
        lines += textwrap.wrap(sentence, 60, break_long_words=False, break_on_hyphens=False)
    return "\n".join(escaped(line) for line in lines)


def written(value):
    return value if isinstance(value, str) else json.dumps(value)


def members(schema):
    """The keys of a section, each with what it means."""
    lines = [".Bl -tag -width Ds"]
    for key, value in schema["properties"].items():
        lines.append(f".It Cm {escaped(key)}")
        if "description" in value:
            lines.append(sentences(value["description"]))
        if "default" in value:
            lines += ["The default is", f".Ql {quoted(written(value['default']))} ."]
    return lines + [".El"]


def quoted(text):
    return '"' + escaped(text).replace('"', '""') + '"'


def main():
    schema = json.load(sys.stdin)
    lines = [HEAD.rstrip("\n"), ".Ss The file itself"] + members(schema)
    for name, section in schema["$defs"].items():
        if "properties" in section:
            lines += [f".Ss {escaped(name)}"] + members(section)
    print("\n".join(lines) + "\n" + TAIL, end="")


main()
