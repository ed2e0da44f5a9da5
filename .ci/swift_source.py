"""What the checks of this folder need to know about Swift source: which files there are, and what in them is code."""

import re
from pathlib import Path


class Report:
    """Collects violations, so that one run names all of them."""

    def __init__(self, root):
        self.root = root
        self.lines = []

    def add(self, path, line, message, hint):
        shown = path.relative_to(self.root) if path.is_relative_to(self.root) else path
        self.lines.append((str(shown), line, f"{message}; {hint}"))

    def finish(self, check, summary):
        for path, line, text in sorted(self.lines):
            print(f"{path}:{line}: {text}")
        if self.lines:
            print(f"{check}: {len(self.lines)} to mend")
            return 1
        print(f"{check}: {summary}")
        return 0


def swift_files(folder):
    return sorted(path for path in Path(folder).rglob("*.swift") if ".build" not in path.parts)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def code(text):
    """`text` with comments and what stands between the quotes of strings blanked out, every other character where it was.

    Interpolated expressions are code and stay. Regex literals are left alone: none of the checks is misled by one.
    """
    out = list(text)
    end = len(text)

    def blank(start, stop):
        for i in range(start, stop):
            if out[i] != "\n":
                out[i] = " "

    def string(i):
        """Blanks the literal that starts at `i` (at its first # or quote) and returns the offset after it."""
        start = i
        while text[i] == "#":
            i += 1
        hashes = "#" * (i - start)
        quote = '"""' if text.startswith('"""', i) else '"'
        i += len(quote)
        plain = i
        while i < end:
            if text.startswith(quote + hashes, i):
                blank(plain, i)
                return i + len(quote) + len(hashes)
            if text[i] == "\n" and quote == '"':
                break
            if text.startswith("\\" + hashes + "(", i):
                blank(plain, i + 2 + len(hashes))
                i = plain = scan(i + 2 + len(hashes), in_interpolation=True)
            elif text.startswith("\\" + hashes, i):
                i += 2 + len(hashes)
            else:
                i += 1
        blank(plain, min(i, end))
        return i

    def scan(i, in_interpolation):
        depth = 0
        while i < end:
            if text.startswith("//", i):
                stop = text.find("\n", i)
                stop = end if stop < 0 else stop
                blank(i, stop)
                i = stop
            elif text.startswith("/*", i):
                i = block_comment(i)
            elif text[i] == '"' or re.match(r'#+"', text[i : i + 8]):
                i = string(i)
            elif in_interpolation and text[i] == "(":
                depth += 1
                i += 1
            elif in_interpolation and text[i] == ")":
                if depth == 0:
                    return i
                depth -= 1
                i += 1
            else:
                i += 1
        return i

    def block_comment(i):
        start, depth = i, 0
        while i < end:
            if text.startswith("/*", i):
                depth += 1
                i += 2
            elif text.startswith("*/", i):
                depth -= 1
                i += 2
                if depth == 0:
                    break
            else:
                i += 1
        blank(start, i)
        return i

    scan(0, in_interpolation=False)
    return "".join(out)
