# SPDX-License-Identifier: Apache-2.0
"""The three backends that every gateway passes requests to: nginx for what is fetched, Curlew's own for what is sent."""

from .processes import Process, wait_for

SIZES = {"1k": 1000, "100k": 100_000, "1m": 1_000_000, "10m": 10_000_000}


def start(ports, cores, folder, nginx):
    """Starts one nginx that serves on all ports."""
    # Its workers may be another user's.
    folder.chmod(0o755)
    files = folder / "files"
    files.mkdir(exist_ok=True)
    for name, size in SIZES.items():
        (files / name).write_bytes(b"x" * size)
    headers = "".join(f"add_header X-Header-{number} value-of-header-{number};" for number in range(20))
    servers = "".join(
        f"""
        server {{
            listen 127.0.0.1:{port} backlog=4096{" reuseport" if index < 3 else ""};
            root {files};
            location = / {{ return 200 "hello from backend"; }}
            location = /19 {{ return 200 "nineteen bytes long"; }}
            location /route- {{ return 200 "nineteen bytes long"; }}
            location = /headers {{ {headers} return 200 "nineteen bytes long"; }}
        }}"""
        for index, port in enumerate(ports)
    )
    configuration = folder / "backends.conf"
    configuration.write_text(
        f"""daemon off; worker_processes {max(1, len(cores))}; pid {folder}/backends.pid; error_log stderr error;
events {{ worker_connections 8192; }}
http {{
    access_log off; default_type text/plain; sendfile on; tcp_nopush on; open_file_cache max=100;
    keepalive_requests 100000000; keepalive_timeout 600s;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;{servers}
}}
"""
    )
    process = Process([nginx, "-c", configuration, "-p", folder], cores, folder, "backends")
    for port in ports:
        wait_for(port, process, path="/1k")
    return process


def start_receivers(ports, cores, folder, curlew):
    """Starts one backend on each port that reads what it is sent."""
    processes = [
        Process([curlew, "backend", "--port", port], cores, folder, f"receiver-{port}") for port in ports
    ]
    for port, process in zip(ports, processes):
        wait_for(port, process)
    return processes
