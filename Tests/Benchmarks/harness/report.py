# SPDX-License-Identifier: Apache-2.0
"""What was measured, as tables."""

import json
import platform
from pathlib import Path
from statistics import median


def machine():
    """One line that says where the figures come from."""
    model = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    cores = sum(1 for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("processor"))
    return f"{cores} cores of {model}, Linux {platform.release()}"


def middle(rounds):
    """The medians of several rounds of one gateway under one load."""
    return {key: median(round[key] for round in rounds) for key in rounds[0]}


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"


def table(load, figures):
    """One table for a load; `figures` are the medians of each gateway."""
    lines = [f"{load.name}: {load.what}", ""]
    head = ["gateway", "CPU µs/request", "× nginx", "× haproxy", "requests/s", "p50 µs", "p99 µs", "p99.9 µs", "memory MB"]
    rows = []
    for name, figure in figures.items():
        if figure is None:
            rows.append([name, "errors: no result"] + [""] * 7)
            continue
        row = [name, number(figure["cpu"])]
        for peer in ("nginx", "haproxy"):
            other = figures.get(peer)
            row.append(f"{figure['cpu'] / other['cpu']:.2f}" if other else "")
        row += [number(figure[key]) for key in ("rate", "p50", "p99", "p999", "memory")]
        rows.append(row)
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        cells = [cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths))]
        lines.append("| " + " | ".join(cells) + " |")
        if row is head:
            lines.append("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines) + "\n"


def write(file, results):
    """Everything that was measured, for other tools."""
    file.write_text(json.dumps(results, indent=1) + "\n")
