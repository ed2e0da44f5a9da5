#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what the admin API answers with what its own OpenAPI description says.

    check-openapi.py http://127.0.0.1:PORT

Each path is asked for, with names that exist where it has any; status, content type and body must be as described, and a
path that is not described must not be there.
"""

import json
import sys
import urllib.error
import urllib.request

import jsonschema

base = sys.argv[1]


def ask(path, method="GET"):
    request = urllib.request.Request(base + path, method=method)
    try:
        response = urllib.request.urlopen(request, timeout=10)
    except urllib.error.HTTPError as error:
        response = error
    kind = response.headers.get_content_type()
    # Events have no end.
    body = b"" if kind == "text/event-stream" else response.read()
    return response.status, kind, body, response.headers


document = json.loads(ask("/v1/openapi.json")[2])
assert document["openapi"].startswith("3.1"), document["openapi"]
problems = []


def schema(of):
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"], **of}


def check(path, template, expected):
    status, kind, body, _ = ask(path)
    described = document["paths"][template]["get"]["responses"]
    if status != expected or str(status) not in described:
        problems.append(f"{path}: {status}, expected {expected}, described {list(described)}")
        return None
    content = described[str(status)]["content"]
    if kind not in content:
        problems.append(f"{path}: {kind}, described {list(content)}")
    elif kind.endswith("json"):
        value = json.loads(body)
        validator = jsonschema.Draft202012Validator(schema(content[kind]["schema"]))
        problems.extend(f"{path}: {error.json_path}: {error.message}" for error in validator.iter_errors(value))
        return value
    return None


pools = check("/v1/pools", "/v1/pools", 200)["pools"]
name, backend = pools[0]["name"], pools[0]["backends"][0]["id"]
for template in document["paths"]:
    check(template.replace("{name}", name).replace("{id}", backend), template, 200)
    if "{name}" in template:
        check(template.replace("{name}", "none").replace("{id}", backend), template, 404)
    if "{id}" in template:
        check(template.replace("{name}", name).replace("{id}", "none"), template, 404)
    status, _, _, headers = ask(template.replace("{name}", name).replace("{id}", backend), "PUT")
    allowed = {method.strip().lower() for method in (headers["Allow"] or "").split(",")} - {"head"}
    if status != 405 or allowed != set(document["paths"][template]) - {"parameters"}:
        problems.append(f"{template}: PUT gives {status} and Allow: {headers['Allow']}")

print("\n".join(problems) or "as described")
sys.exit(1 if problems else 0)
