"""Validates configurations against a JSON Schema, as an editor would.

Reads {"schema": …, "texts": [TEXT, …]} from the file that is named and writes, for each text, a line: "valid", or why it is not.
Each text is read twice, once with numbers and truth values and once with text alone.
"""

import json
import sys

import jsonschema
import yaml


class Core(yaml.SafeLoader):
    """YAML 1.2, as editors read it: `on` and `off` are words."""


Core.yaml_implicit_resolvers = {
    first: [(tag, words) for tag, words in resolvers if not tag.endswith(":bool") or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def judge(validator, text):
    for loader in (Core, yaml.BaseLoader):
        error = jsonschema.exceptions.best_match(validator.iter_errors(yaml.load(text, loader)))
        if error:
            return " ".join(f"{loader.__name__}: {error.json_path}: {error.message}".split())
    return "valid"


with open(sys.argv[1], encoding="utf-8") as file:
    order = json.load(file)
jsonschema.Draft202012Validator.check_schema(order["schema"])
validator = jsonschema.Draft202012Validator(order["schema"])
for text in order["texts"]:
    print(judge(validator, text))
