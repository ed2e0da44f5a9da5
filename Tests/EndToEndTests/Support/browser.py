#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium that does what it is told over HTTP.

    browser.py FOLDER      FOLDER is for the browser's profile

Prints `PORT n`. Each POST there is a command as JSON, {"do": NAME, ...}; the answer is {"value": ...} or {"error": "..."}. When
the connection that brought the first command closes, the browser ends.

It remembers what the page asked for, and everything that the page or the browser complained of.
"""

import asyncio
import base64
import ctypes
import json
import re
import signal
import subprocess
import sys
import urllib.request

import websockets

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-extensions",
    "--disable-sync", "--remote-debugging-port=0", "about:blank",
]
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, "Space": 32}

# Looks again whenever the page has changed, which is sooner than asking again and again.
WAIT = """new Promise((resolve, reject) => {
  const look = () => {
    const value = (() => (%s))();
    if (!value) return;
    observer.disconnect();
    clearTimeout(timer);
    clearInterval(also);
    resolve(value);
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  // Where the focus is, for one, is no part of the document.
  const also = setInterval(look, 100);
  const timer = setTimeout(() => { observer.disconnect(); clearInterval(also); reject(new Error("waited in vain")); }, %d);
  look();
})"""


def start(folder):
    def end_with_parent():
        # prctl(2): PR_SET_PDEATHSIG is 1.
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)

    browser = subprocess.Popen(
        ["chromium", f"--user-data-dir={folder}", *FLAGS], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=end_with_parent, env={"PATH": "/usr/bin:/bin", "HOME": folder},
    )
    for line in browser.stderr:
        if match := re.search(r"DevTools listening on ws://[^:]+:(\d+)/", line):
            return browser, int(match.group(1))
    sys.exit("chromium did not start")


class Page:
    """One tab, by the DevTools protocol."""

    def __init__(self, socket):
        self.socket = socket
        self.count = 0
        self.answers = {}
        self.complaints = []
        self.requests = []
        self.loaded = asyncio.Event()

    async def listen(self):
        async for text in self.socket:
            message = json.loads(text)
            if "id" in message:
                self.answers.pop(message["id"]).set_result(message)
            else:
                self.note(message["method"], message["params"])

    def note(self, method, about):
        if method == "Page.loadEventFired":
            self.loaded.set()
        elif method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = about["exceptionDetails"]
            self.complain("exception", details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
            self.complain("console", " ".join(str(part.get("value", part.get("description"))) for part in about["args"]))
        elif method == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.complain(about["entry"]["source"], about["entry"]["text"])
        elif method == "Audits.issueAdded" and about["issue"]["code"] != "PerformanceIssue":
            self.complain("issue", json.dumps(about["issue"]))

    def complain(self, source, text):
        self.complaints.append({"source": source, "text": text})

    async def call(self, method, **parameters):
        self.count += 1
        answer = self.answers[self.count] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        message = await answer
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']['message']}")
        return message["result"]

    async def evaluate(self, script):
        result = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return result["result"].get("value")

    # What can be asked for

    async def do_look(self, width=1280, height=800, dark=False, mobile=False):
        await self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])

    async def do_open(self, url):
        self.loaded.clear()
        await self.call("Page.navigate", url=url)
        await self.loaded.wait()

    async def do_evaluate(self, script):
        return await self.evaluate(script)

    async def do_wait(self, script, seconds):
        try:
            return await self.evaluate(WAIT % (script, seconds * 1000))
        except RuntimeError as error:
            # The page is loaded anew, and the waiting went with the old one.
            if "navigated" in str(error) or "context was destroyed" in str(error):
                return await self.do_wait(script, seconds)
            text = await self.evaluate("document.body.innerText")
            raise RuntimeError(f"{error}: {script}\n--- the page ---\n{text}") from None

    async def do_click(self, selector):
        """As a person does: in the middle of what is to be seen of it."""
        where = await self.evaluate(f"""(() => {{
          const node = document.querySelector({json.dumps(selector)});
          if (!node) return "nothing is there";
          node.scrollIntoView({{ block: "center" }});
          const {{ left, top, width, height }} = node.getBoundingClientRect();
          const [x, y] = [left + width / 2, top + height / 2];
          const there = document.elementFromPoint(x, y);
          return node.contains(there) ? {{ x, y }} : `${{there?.outerHTML}} is in front`;
        }})()""")
        if isinstance(where, str):
            raise RuntimeError(f"click on {selector}: {where}")
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **where)

    async def do_press(self, key, shift=False):
        code = {"key": " " if key == "Space" else key, "code": key, "windowsVirtualKeyCode": KEYS[key], "modifiers": 8 if shift else 0}
        text = {"Enter": "\r", "Space": " "}.get(key)
        await self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **code, **({"text": text} if text else {}))
        await self.call("Input.dispatchKeyEvent", type="keyUp", **code)

    async def do_type(self, text):
        await self.call("Input.insertText", text=text)

    async def do_tree(self):
        """What a screen reader is told: the role, name and place of everything that it is told of."""
        nodes = (await self.call("Accessibility.getFullAXTree"))["nodes"]
        return [
            {"role": node["role"]["value"], "name": node.get("name", {}).get("value", "")}
            for node in nodes if not node.get("ignored")
        ]

    async def do_report(self):
        return {"complaints": self.complaints, "requests": self.requests}

    async def do_picture(self, path):
        data = (await self.call("Page.captureScreenshot", format="png"))["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))


async def serve(page, reader, writer, over):
    while head := (await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b""):
        length = int(re.search(rb"content-length: *(\d+)", head, re.I).group(1))
        command = json.loads(await reader.readexactly(length))
        try:
            answer = {"value": await getattr(page, "do_" + command.pop("do"))(**command)}
        except RuntimeError as error:
            answer = {"error": str(error)}
        body = json.dumps(answer).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        await asyncio.sleep(0)
        if reader.at_eof():
            break
    over.set()


async def main(folder):
    browser, port = start(folder)
    tabs = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10))
    address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
    async with websockets.connect(address, max_size=None) as socket:
        page = Page(socket)
        listening = asyncio.create_task(page.listen())
        for part in ("Page", "Runtime", "Log", "Network", "Accessibility", "Audits"):
            await page.call(f"{part}.enable")
        over = asyncio.Event()

        async def handle(reader, writer):
            try:
                await serve(page, reader, writer, over)
            except (asyncio.IncompleteReadError, ConnectionError):
                over.set()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        print("PORT", server.sockets[0].getsockname()[1], flush=True)
        await over.wait()
        listening.cancel()
    browser.terminate()
    browser.wait()


asyncio.run(main(sys.argv[1]))
