"""A browser for tests: headless Chromium, driven by chromedriver in the words of W3C's WebDriver."""
import base64
import contextlib
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

LIMIT = 60  # seconds in which the browser has to do what it is told
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--hide-scrollbars"]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def available():
    return all(map(shutil.which, ("chromium", "chromedriver")))


class WebDriverError(Exception):
    """What the driver refused, in its words."""


class Browser:
    """A session. Elements are what find() gave."""

    def __init__(self, server, profile):
        self.server = server
        answer = self.call("POST", f"{server}/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": [*ARGUMENTS, f"--user-data-dir={profile}"]}}}})
        self.session = f"{server}/session/{answer['sessionId']}"

    @staticmethod
    def call(method, url, body=None):
        request = urllib.request.Request(url, method=method, headers={"Content-Type": "application/json"},
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=LIMIT) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise WebDriverError(json.load(error)["value"]["message"]) from None

    def post(self, path, **body):
        return self.call("POST", f"{self.session}/{path}", body)

    def open(self, file, fragment=""):
        self.post("url", url="about:blank")  # the same file with another fragment is loaded again
        self.post("url", url=pathlib.Path(file).as_uri() + (f"#{fragment}" if fragment else ""))

    def run(self, script, *arguments):
        """What a function body returns in the page."""
        return self.post("execute/sync", script=script, args=list(arguments))

    def find(self, selector):
        return self.post("element", using="css selector", value=selector)

    def click(self, selector):
        # The driver brings it to an edge, where something that stays in place may cover it.
        self.run("document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })", selector)
        self.post(f"element/{self.find(selector)[ELEMENT]}/click")

    def type(self, selector, text):
        self.post(f"element/{self.find(selector)[ELEMENT]}/value", text=text)

    def keys(self, *names):
        """Presses keys one after the other, wherever the focus is."""
        actions = [{"type": kind, "value": name} for name in names for kind in ("keyDown", "keyUp")]
        self.post("actions", actions=[{"type": "key", "id": "keys", "actions": actions}])

    def wait(self, script, *arguments):
        """Until the function body returns something true; that."""
        return self.post("execute/async", args=list(arguments), script=f"""
            const done = arguments[arguments.length - 1];
            const given = [...arguments].slice(0, -1);
            const test = () => {{
              const value = (function () {{ {script} }})(...given);
              if (value) done(value); else requestAnimationFrame(test);
            }};
            test();""")

    def devtools(self, command, **parameters):
        return self.post("goog/cdp/execute", cmd=command, params=parameters)

    def resize(self, width, height=900):
        """The size of the page itself, also one that no window of a desktop has."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                      mobile=False)

    def colours(self, scheme):
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def log(self):
        """What the console said since it was asked last."""
        return self.post("se/log", type="browser")

    def screenshot(self, file):
        pathlib.Path(file).write_bytes(base64.b64decode(self.call("GET", f"{self.session}/screenshot")))


@contextlib.contextmanager
def browser():
    profile = pathlib.Path(tempfile.mkdtemp(prefix="hbalab-browser."))
    driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    session = None
    try:
        port = None
        for line in driver.stdout:  # it ends when the driver does
            port = re.search(r"started successfully on port (\d+)", line)
            if port:
                break
        assert port, "chromedriver did not start"
        session = Browser(f"http://127.0.0.1:{port[1]}", profile)
        session.post("timeouts", script=LIMIT * 1000, pageLoad=LIMIT * 1000)
        yield session
    finally:
        if session:
            with contextlib.suppress(OSError, WebDriverError):
                Browser.call("DELETE", session.session)
        driver.terminate()
        driver.communicate()
        # The browser writes to its profile for a little after it was told to end.
        end = time.monotonic() + 5
        while profile.exists() and time.monotonic() < end:
            shutil.rmtree(profile, ignore_errors=True)
