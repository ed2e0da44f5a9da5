#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A backend that judges the signature of every request (AWS Signature Version 4) with botocore, AWS's own library.

    aws-verifier.py SERVICE ACCESS_KEY SECRET_KEY [STATUS [TOKEN]]

Prints "PORT n", a free port of 127.0.0.1. A request whose signature and payload are right is answered with 200, or STATUS, and
what came, in JSON; any other with 403 and what is wrong.
"""

import hashlib
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

service, access_key, secret_key, *others = sys.argv[1:]
status, token = (others + [""] * 2)[:2]
credentials = Credentials(access_key, secret_key, token or None)
region = "eu-central-1"


def judge(method, target, fields, body):
    """Why the request is not to be believed, or None."""
    named = {}
    for name, value in fields:
        named.setdefault(name.lower(), []).append(value)
    if len(named.get("authorization", [])) != 1:
        return f"{len(named.get('authorization', []))} Authorization fields"
    scheme, _, parameters = named["authorization"][0].partition(" ")
    given = dict(parameter.split("=", 1) for parameter in parameters.split(", "))
    signed = given["SignedHeaders"].split(";")
    for name in named:
        if (name == "host" or name == "content-type" or name.startswith("x-amz-")) and name not in signed:
            return f"{name} is not signed"
    request = AWSRequest(method=method, url=f"http://{named['host'][0]}{target}", data=body)
    for name, value in fields:
        if name.lower() in signed:
            request.headers.add_header(name.lower(), value)
    request.context["timestamp"] = named["x-amz-date"][0]
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    auth = kind(credentials, service, region)
    # What botocore itself would send: that it is among what is signed was seen above.
    if named.get("x-amz-security-token", []) != ([token] if token else []):
        return "the session token is another"
    # Everything that is left in the request's headers is signed, and nothing else.
    auth.headers_to_sign = lambda request: request.headers
    canonical = auth.canonical_request(request)
    signature = auth.signature(auth.string_to_sign(request, canonical), request)
    scope = f"{access_key}/{request.context['timestamp'][:8]}/{region}/{service}/aws4_request"
    if scheme != "AWS4-HMAC-SHA256" or given["Credential"] != scope or given["Signature"] != signature:
        return f"the signature is not that of\n{canonical}"
    payload = named["x-amz-content-sha256"][0]
    if payload == "UNSIGNED-PAYLOAD":
        return None if service == "s3" else "the payload is not signed"
    return None if payload == hashlib.sha256(body).hexdigest() else "the payload is another"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fields = list(self.headers.items())
        problem = judge(self.command, self.path, fields, body)
        if "Transfer-Encoding" in self.headers:
            problem = "it is chunked"
        answer = (problem or json.dumps({"fields": fields, "size": len(body)})).encode()
        self.send_response(403 if problem else int(status if status and self.path != "/health" else 200))
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = handle_one

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("PORT", server.server_port, flush=True)
server.serve_forever()
