#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what the admin API answers with what its own OpenAPI description says.

    check-openapi.py http://127.0.0.1:PORT

Each operation is asked for, with names that exist where it has any, and with some that do not; status, content type and body
must be as described, and a method that is not described must not be taken. The gateway is as it was when this ends.
"""

import json
import socket
import sys
import urllib.error
import urllib.request

import jsonschema

base = sys.argv[1]
problems = []


def ask(path, method="GET", body=None, kind="application/json", accept="*/*"):
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(base + path, method=method, data=data, headers={"Accept": accept})
    if method != "GET":
        request.add_header("Content-Type", kind)
    try:
        response = urllib.request.urlopen(request, timeout=10)
    except urllib.error.HTTPError as error:
        response = error
    kind = response.headers.get_content_type() if response.headers["Content-Type"] else None
    # Events have no end.
    content = b"" if path == "/v1/events" else response.read()
    return response.status, kind, content, response.headers


document = json.loads(ask("/v1/openapi.json")[2])
assert document["openapi"].startswith("3.1"), document["openapi"]


def resolved(value):
    return document["components"]["responses"][value["$ref"].rsplit("/", 1)[1]] if "$ref" in value else value


def validator(schema):
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"], **schema}
    return jsonschema.Draft202012Validator(whole)


def check(template, expected, names=None, method="GET", **asked):
    """Asks for it, and returns the answer's value and header fields."""
    path = template.replace("{name}", (names or default)[0]).replace("{id}", (names or default)[1])
    status, kind, body, headers = ask(path, method, **asked)
    what = f"{method} {path} {asked or ''}"
    described = document["paths"][template][method.lower()]["responses"]
    if status != expected or str(status) not in described:
        problems.append(f"{what}: {status}, expected {expected}, described {list(described)}: {body.decode()}")
        return None, headers
    content = resolved(described[str(status)]).get("content")
    if content is None:
        if body or kind:
            problems.append(f"{what}: a body that is not described")
    elif kind not in content:
        problems.append(f"{what}: {kind}, described {list(content)}")
    elif kind.endswith("json"):
        value = json.loads(body)
        problems.extend(
            f"{what}: {error.json_path}: {error.message}" for error in validator(content[kind]["schema"]).iter_errors(value)
        )
        return value, headers
    return body.decode(), headers


default = ("", "")
pool = check("/v1/pools", 200)[0]["pools"][0]
default = (pool["name"], pool["backends"][0]["id"])

# What is described has examples that are as described.
for name, schema in document["components"]["schemas"].items():
    for example in schema.get("examples", []):
        problems.extend(f"example of {name}: {error.message}" for error in validator(schema).iter_errors(example))
for name, response in document["components"]["responses"].items():
    for content in response["content"].values():
        if "example" in content and content["schema"].get("$ref"):
            problems.extend(f"{name}: {error.message}" for error in validator(content["schema"]).iter_errors(content["example"]))

# Reading, and what everything has in common.
for template, item in document["paths"].items():
    if "get" in item:
        check(template, 200)
    methods = {method for method in item if method != "parameters"}
    _, _, _, headers = ask(template.replace("{name}", default[0]).replace("{id}", default[1]), "BREW")
    allowed = {method.strip().lower() for method in (headers["Allow"] or "").split(",")} - {"head"}
    if allowed != methods:
        problems.append(f"{template}: Allow: {headers['Allow']}, described {methods}")
    for method in sorted(methods):
        valid = {"patch": {"weight": 1}, "put": {"level": "info"}}.get(method, {})
        if template == "/v1/config/validate":
            valid = {"configuration": "backends: [http://h]"}
        elif template == "/v1/explain":
            valid = {"method": "GET", "url": "http://h/"}
        elif template == "/v1/pools/{name}/backends":
            valid = {"url": "http://127.0.0.1:9"}
        asked = {} if method == "get" else {"body": valid}
        if "{name}" in template:
            check(template, 404, ("none", default[1]), method.upper(), **asked)
        if "{id}" in template:
            check(template, 404, (default[0], "none"), method.upper(), **asked)
        if method != "get":
            check(template, 415, None, method.upper(), body=valid, kind="text/plain")
            check(template, 400, None, method.upper(), body=b"{")
            check(template, 400, None, method.upper(), body=[])
            check(template, 422, None, method.upper(), body={**valid, "no_such_member": 1})

check("/v1/config", 200, accept="application/json")


# What any operation may answer, since the request is not even read as one.
def converse(text):
    """The status, the content type and the body of the answer, after which the connection must end."""
    host, port = base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(text.encode())
        received = b""
        while part := connection.recv(65536):
            received += part
    head, _, body = received.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return int(head.split()[1]), fields["content-type"].split(";")[0], body


unread = {
    400: "HTTP/1.1\r\nHost : h",
    413: "HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048577",
    417: "HTTP/1.1\r\nHost: localhost\r\nExpect: more",
    431: "HTTP/1.1\r\nHost: localhost" + "\r\nX: y" * 101,
    501: "HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked",
    505: "HTTP/2.0\r\nHost: localhost",
}
for template, item in document["paths"].items():
    for method in sorted(set(item) - {"parameters"}):
        path = template.replace("{name}", default[0]).replace("{id}", default[1])
        start = f"{method.upper()} {path}"
        requests = {**{status: f"{start} {rest}" for status, rest in unread.items()}, 414: f"{start}?{'x' * 17_000} HTTP/1.1"}
        described = item[method]["responses"]
        # These take time, or many connections; other tests see that they come.
        problems.extend(f"{start}: {status} is not described" for status in ("408", "429", "503") if status not in described)
        for expected, request in requests.items():
            status, kind, body = converse(request + "\r\n\r\n")
            if status != expected or str(status) not in described:
                problems.append(f"{start}: {status}, expected {expected}, described {list(described)}")
            elif kind not in resolved(described[str(status)])["content"]:
                problems.append(f"{start}: {status} with {kind}")
            else:
                schema = resolved(described[str(status)])["content"][kind]["schema"]
                problems.extend(f"{start}: {status}: {error.message}" for error in validator(schema).iter_errors(json.loads(body)))

# Explaining.
for valid in (
    {"method": "GET", "url": "http://h/x?y", "headers": ["A: 1", "Cookie: curlew=x"], "from": "2001:db8::9"},
    {"method": "POST", "url": "/", "headers": ["Host: h", "Content-Length: 5", "Connection: upgrade", "Upgrade: websocket"]},
    {"method": "CONNECT", "url": "h:1"},
    {"method": "GET", "url": "/", "headers": ["Max-Forwards: 0", "Host: h"]},
    {"method": "GET", "url": "/", "headers": [":"]},
):
    check("/v1/explain", 200, method="POST", body=valid)
    check("/v1/explain", 200, method="POST", body=valid, accept="text/plain")
for wrong in ({}, {"method": "GET", "url": "ftp://h"}, {"method": "GET", "url": "/", "headers": ["x"]}):
    check("/v1/explain", 422, method="POST", body=wrong)

# Writing.
backend, drain = "/v1/pools/{name}/backends/{id}", "/v1/pools/{name}/backends/{id}/drain"


def expect(what, found, wanted):
    if found != wanted:
        problems.append(f"{what}: {found}, expected {wanted}")


changed = check(backend, 200, method="PATCH", body={"weight": 7})[0]
expect("weight", (changed["weight"], changed["enabled"], changed["overridden"]), (7, True, ["weight"]))
for wrong in ({"weight": 0}, {"weight": "7"}, {"weight": None}, {"enabled": "yes"}, {"weight": 7.5}):
    check(backend, 422, method="PATCH", body=wrong)
url = "http://127.0.0.1:9"
added, headers = check("/v1/pools/{name}/backends", 201, method="POST", body={"url": url, "weight": 3, "enabled": False})
expect("Location", headers["Location"], f"/v1/pools/{default[0]}/backends/{added['id']}")
expect("added", (added["url"], added["weight"], added["overridden"]), (url, 3, ["added"]))
check("/v1/pools/{name}/backends", 409, method="POST", body={"url": url})
check("/v1/pools/{name}/backends", 422, method="POST", body={"url": "ftp://h"})
names = (default[0], added["id"])
expect("drained", check(drain, 200, names, "POST", body={"timeout": "1s"})[0]["drained"], True)
check(drain, 200, names, "POST", accept="text/event-stream")
for wrong in ({"timeout": "2h"}, {"timeout": 5}):
    check(drain, 422, names, "POST", body=wrong)
overrides = check("/v1/overrides", 200)[0]["pools"][0]
expect("overrides", [b["url"] for b in overrides["added"]], [url])
check(backend, 204, names, "DELETE")
check(backend, 404, names, "DELETE")
for others in pool["backends"][1:]:
    check(backend, 204, (default[0], others["id"]), "DELETE")
check(backend, 409, None, "DELETE")
check("/v1/overrides", 200, method="DELETE")
expect("no overrides", check("/v1/overrides", 200)[0]["pools"], [])
expect("level", check("/v1/log/level", 200, method="PUT", body={"level": "warning"})[0], {"level": "warning"})
expect("level", check("/v1/log/level", 200)[0], {"level": "warning"})
check("/v1/log/level", 422, method="PUT", body={"level": "loud"})
check("/v1/overrides", 200, method="DELETE")
text = check("/v1/config", 200)[0]
found = check("/v1/config/validate", 200, method="POST", body={"configuration": text})[0]
expect("what runs", found["valid"], True)
found = check("/v1/config/validate", 200, method="POST", body={"configuration": "workers: [\n"})[0]
expect("what is none", (found["valid"], found["problems"][0]["line"]), (False, 2))
check("/v1/config/reload", 200, method="POST")

print("\n".join(problems) or "as described")
sys.exit(1 if problems else 0)
