#!/usr/bin/env python3
"""The HTML report of the conformance suite, in a browser: what it shows, how it filters, links, copies and prints,
at the widths of a desk and of a phone, in light and dark. Skipped without chromium and chromedriver.

  conform_html.py [TEST...]            the tests, or those named
  conform_html.py --measure COUNT [VERDICT]
                                       how long a report of so many results, or of so many with one
                                       verdict, takes to open
  conform_html.py --screenshots DIR    pictures to look at
"""
import html.parser
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

from browser import made_report, webdriver
from lib import HBALAB

OPEN_LIMIT = 5_000  # milliseconds; a machine of a test may be busy, docs/performance.md has the figure
VOID = {"meta", "link", "br", "wbr", "input", "img", "hr"}
PHONE, DESK = 390, 1280


def page_of(work, report, before=None, name="report"):
    """The page that the program makes of a report that was written before."""
    made = work / f"{name}.json"
    made.write_text(json.dumps(report))
    more = []
    if before:
        (work / "before.json").write_text(json.dumps(before))
        more = ["--baseline", work / "before.json"]
    page = work / f"{name}.html"
    done = subprocess.run([HBALAB, "conform", "merge", made, "--html", page, *more], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode in (0, 1, 6) and page.exists(), done
    return page


def mixed():
    """A report with every kind of result, and an earlier one."""
    report = made_report.made_report(400)
    failed = [case for case in report["cases"] if case["verdict"] == "failed"]
    passed = [case for case in report["cases"] if case["verdict"] == "passed"]
    failed[0]["known"] = failed[1]["known"] = "DHCP is not there yet"
    passed[0]["known"] = "it trusts its callers"
    passed[1].update(verdict="not_run", reason="the run ended before")
    before = made_report.made_report(400)
    for case in before["cases"]:
        if case["id"] == failed[3]["id"]:
            case["verdict"] = "passed"
        if case["id"] == passed[5]["id"]:
            case["verdict"] = "failed"
    before["cases"][-1]["id"] = "MSiSCSI_Gone/block/query"
    return report, before


def of(report, verdict):
    return [case for case in report["cases"] if case["verdict"] == verdict and not case["known"]]


def text(browser, selector):
    return browser.run("return document.querySelector(arguments[0]).innerText", selector)


def shown(browser):
    """Ids of the rows in groups that are open, when all are made."""
    browser.run("makeAllRows()")
    return browser.run("return [...document.querySelectorAll('.group[open] .case')].map((row) => row.dataset.id)")


def quiet(browser):
    assert browser.log() == []


# ---- the text of the page ----------------------------------------------------------------------

class Reader(html.parser.HTMLParser):
    """Elements that do not close, close twice or load something."""

    def __init__(self):
        super().__init__()
        self.open, self.problems, self.ids, self.data = [], [], set(), ""

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if len(attributes) != len(attrs):
            self.problems.append(f"{tag} has an attribute twice")
        if attributes.get("id") in self.ids:
            self.problems.append(f"{attributes['id']} is an id twice")
        self.ids.add(attributes.get("id", self))
        loads = attributes.get("src") or (attributes.get("href") if tag == "link" else None)
        if loads and not loads.startswith("data:"):
            self.problems.append(f"{tag} loads {loads}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing at {self.getpos()}")

    def handle_data(self, data):
        if self.open and self.open[-1] == "script" and data.startswith('{"report":'):
            self.data = data


def the_text_is_well_formed(work, _):
    for report in (made_report.hostile_report(), made_report.made_report(50)):
        reader = Reader()
        reader.feed(page_of(work, report).read_text())
        reader.close()
        assert reader.problems == [] and reader.open == [], (reader.problems, reader.open)
        data = json.loads(reader.data)["report"]
        for key in ("subject", "started", "cases"):
            assert data[key] == report[key], key
    done = subprocess.run([HBALAB, "conform", "--builtin", "--select", "*/served", "--html", "-"], check=True,
                          stdout=subprocess.PIPE, text=True)
    assert done.stdout.startswith("<!doctype html>") and done.stdout.rstrip().endswith("</html>")


# ---- in the browser ----------------------------------------------------------------------------

def failures_come_first(work, browser):
    report, _ = mixed()
    browser.open(page_of(work, report))
    failed = of(report, "failed")
    groups = browser.run("""
        return [...document.querySelectorAll('.group')].map((group) => [group.innerText, group.open])""")
    assert groups[0][0].startswith(f"✗ failed {len(failed)}") and groups[0][1], groups[0]
    assert not groups[-1][1] and "skipped" in groups[-1][0]
    assert shown(browser)[:len(failed)] == [case["id"] for case in failed]
    sentence = text(browser, ".verdict")
    assert sentence.startswith("✗") and f"{len(failed)} of" in sentence, sentence
    first = failed[0]
    body = browser.wait("const row = document.querySelector('.case'); return !row.querySelector('.waiting') && "
                        "row.innerText")
    for part in (first["id"], first["title"], first["requirement"]["text"], first["requirement"]["source"],
                 first["command"], first["problems"][0]["expected"], first["problems"][0]["received"]):
        assert part in body, (part, body)
    assert browser.run("return [...document.querySelectorAll('.case')].every((row) => "
                       "row.querySelector('.id').textContent === row.dataset.id)")
    assert browser.run("return performance.getEntriesByType('resource').length") == 0
    assert browser.run("return document.querySelectorAll('h1').length") == 1
    quiet(browser)


def blocks_show_what_differs(work, browser):
    report, _ = mixed()
    page = page_of(work, report)
    for case in of(report, "failed"):
        evidence = case["problems"][0].get("evidence")
        if not evidence or not evidence["received"]:
            continue
        browser.open(page, "case-" + case["id"])
        row = f"document.getElementById({json.dumps('case-' + case['id'])})"
        marks = browser.run(f"""
            const rows = [...{row}.querySelector('.hex').querySelectorAll('tbody tr:not(.gap)')];
            const cells = rows.map((row) => [...row.querySelectorAll('td.digits')].pop());
            return {{
              differs: cells.flatMap((cell) => [...cell.querySelectorAll('.differs')].map((mark) => mark.textContent)),
              about: cells.flatMap((cell) => [...cell.querySelectorAll('.about')].map((mark) => mark.textContent)),
              names: rows.map((row) => (row.querySelector('.names strong') || {{}}).textContent).filter(Boolean),
              head: {row}.querySelector('.hex thead').innerText,
            }}""")
        where = case["problems"][0]["where"].replace("[", "/").replace("].", "/")
        assert marks["names"] == [where], (case["id"], marks)
        received, expected = (bytes.fromhex(evidence.get(key, "")) for key in ("received", "expected"))
        if expected:
            differing = [byte for byte, other in zip(received, expected) if byte != other]
            assert "".join(marks["differs"]).replace(" ", "") == bytes(differing).hex(), (case["id"], marks)
            assert "Expected" in marks["head"] and not marks["about"]
        else:
            place = next(each for each in evidence["ranges"] if each["name"] == where)
            digits = received[place["offset"]:place["offset"] + place["size"]].hex()
            assert "".join(marks["about"]).replace(" ", "") == digits and not marks["differs"], (case["id"], marks)
    # All rows of a large block come when they are asked for.
    large = next(case for case in of(report, "failed") if case["problems"][0]["where"].startswith("Portals"))
    browser.open(page, "case-" + large["id"])
    rows = "return [...document.getElementById(arguments[0]).querySelector('.hex').querySelectorAll('tbody th')].length"
    assert browser.run(rows, "case-" + large["id"]) < 30
    browser.run("document.getElementById(arguments[0]).querySelector('.hex .gap button').click()",
                "case-" + large["id"])
    assert browser.run(rows, "case-" + large["id"]) == 16384 / 16
    quiet(browser)


def filters_narrow_the_list(work, browser):
    report, _ = mixed()
    browser.open(page_of(work, report))
    browser.click(".chip.passed")
    assert sorted(shown(browser)) == sorted(case["id"] for case in of(report, "passed"))
    browser.run("list.controls.weight.value = 'may'; list.controls.weight.dispatchEvent(new Event('change'))")
    wanted = [case["id"] for case in of(report, "passed") if case["requirement"]["weight"] == "may"]
    assert sorted(shown(browser)) == sorted(wanted)
    assert text(browser, "#found") == f"{len(wanted)} of 400 cases"
    browser.click(".fields button")
    assert text(browser, "#found") == "All 400 cases"
    browser.type(".fields input", "NICConfig limit")
    wanted = [case["id"] for case in report["cases"] if "NICConfig" in case["id"] and
              ("/Limit/" in case["id"] or any(problem["where"] == "Limit" for problem in case["problems"]))]
    assert sorted(shown(browser)) == sorted(wanted) and wanted
    browser.type(".fields input", " nothing-has-this")
    assert shown(browser) == [] and "No case fits" in text(browser, "#list")
    quiet(browser)


def cells_lead_to_their_cases(work, browser):
    report, _ = mixed()
    browser.open(page_of(work, report))
    browser.run("document.querySelector('.matrix .cell.failed').click()")
    label = browser.run("return document.querySelector('.matrix .cell.failed').getAttribute('aria-label')")
    name, kind = label.split(":")[0].split(", ")
    wanted = [case["id"] for case in report["cases"]
              if case["id"].startswith(name + "/") and case["id"].endswith("/" + kind)]
    assert sorted(shown(browser)) == sorted(wanted) and wanted, (label, shown(browser))
    cells = browser.run("return [...document.querySelectorAll('.matrix .cell')].map((cell) => cell.textContent)")
    assert all(cell[0] in "✗!±≈○✓–" for cell in cells)
    browser.run("document.querySelector('.sums .count').click()")
    assert sorted(shown(browser)) == sorted(case["id"] for case in of(report, "failed")
                                            if case["requirement"]["weight"] == "must")
    quiet(browser)


def links_lead_to_a_case(work, browser):
    report, before = mixed()
    page = page_of(work, report, before)
    last = of(report, "passed")[-1]
    browser.open(page, "case-" + last["id"])
    seen = """
        const row = document.getElementById(arguments[0]);
        const box = row && row.getBoundingClientRect();
        return Boolean(row && row.open && box.top >= 0 && box.top < innerHeight &&
          row.contains(document.activeElement));"""
    assert browser.wait(seen, "case-" + last["id"])
    browser.click(".chip.failed")  # which hides it
    browser.run("location.hash = arguments[0]", "#case-" + of(report, "skipped")[0]["id"])
    assert browser.wait(seen, "case-" + of(report, "skipped")[0]["id"])
    browser.open(page)
    worse = browser.run("return [...document.querySelectorAll('.change.failed a')].map((link) => link.textContent)")
    better = browser.run("return [...document.querySelectorAll('.change.passed a')].map((link) => link.textContent)")
    assert len(worse) == 1 and len(better) == 1 and "MSiSCSI_Gone/block/query" in text(browser, ".change.skipped")
    browser.click(".change.passed a")
    assert browser.wait(seen, "case-" + better[0])
    assert "failed in the earlier report" in text(browser, ".case[open] .body:not(.waiting)") or \
        "failed in the earlier report" in browser.run("return document.getElementById(arguments[0]).innerText",
                                                      "case-" + better[0])
    browser.click(".change.failed button")
    assert shown(browser) == worse
    # Reasons of what is known to fail, and of what was skipped.
    assert "DHCP is not there yet" in text(browser, "#known") and "no driver serves" in text(browser, "#skipped")
    quiet(browser)


def the_command_is_copied(work, browser):
    report, _ = mixed()
    browser.open(page_of(work, report), "case-" + of(report, "failed")[0]["id"])
    browser.wait("return document.querySelector('.case .copy')")
    browser.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    browser.run("document.querySelector('.case .copy').click()")
    assert browser.wait("return window.copied") == of(report, "failed")[0]["command"]
    # Where the browser refuses, the text is chosen instead.
    browser.run("navigator.clipboard.writeText = async () => { throw new Error('no'); }")
    browser.run("document.querySelector('.case .copy').click()")
    assert browser.wait("return String(getSelection())") == of(report, "failed")[0]["command"]
    quiet(browser)


def the_keyboard_is_enough(work, browser):
    report, _ = mixed()
    browser.open(page_of(work, report))
    tab, enter = "\ue004", "\ue007"
    browser.keys(tab)
    assert browser.run("return document.activeElement.className") == "skip-link"
    browser.run("document.querySelector('.case > summary').focus()")
    browser.keys(enter)
    assert browser.wait("return !document.querySelector('.case').open")
    browser.keys(enter)
    assert browser.wait("return document.querySelector('.case').open")
    # What scrolls in itself can be reached, and everything that can be used has a name.
    nameless = browser.run("""
        makeAllRows();
        document.querySelectorAll('.case[open]').forEach(fillBody);
        return [...document.querySelectorAll('button, input, select, a, summary, [role=region], [role=img]')].filter(
          (node) => node.checkVisibility() && !(node.getAttribute('aria-label') || node.textContent.trim() ||
            (node.labels && node.labels.length))).map((node) => node.outerHTML.slice(0, 200));""")
    assert nameless == [], nameless
    assert browser.run("return [...document.querySelectorAll('.scroll')].every((node) => node.tabIndex === 0)")
    quiet(browser)


CONTRAST = pathlib.Path(__file__).with_name("browser").joinpath("contrast.js").read_text()


def colours_follow_the_system_and_the_button(work, browser):
    report, before = mixed()
    page = page_of(work, report, before)
    ground = "return getComputedStyle(document.body).backgroundColor"
    for scheme, other in (("light", "dark"), ("dark", "light")):
        browser.colours(scheme)
        browser.open(page)
        browser.run("localStorage.clear()")
        browser.open(page)
        own = browser.run(ground)
        assert (own == "rgb(255, 255, 255)") == (scheme == "light"), (scheme, own)
        looked, poor = browser.run(CONTRAST)
        assert looked > 500 and poor == [], (scheme, looked, poor)
        assert text(browser, "#theme").lower() == other
        browser.click("#theme")
        chosen = browser.run(ground)
        assert chosen != own
        assert browser.run(CONTRAST)[1] == []
        browser.open(page)
        assert browser.run(ground) == chosen  # it is remembered
    browser.run("localStorage.clear()")
    browser.colours("light")
    quiet(browser)


def a_phone_shows_it(work, browser):
    report, before = mixed()
    page = page_of(work, report, before)
    browser.resize(PHONE, 844)
    try:
        browser.open(page)
        browser.run("""
            makeAllRows();
            document.querySelectorAll('.case[open]').forEach(fillBody);
            document.querySelectorAll('details').forEach((node) => { node.open = true; });""")
        assert browser.run("return document.documentElement.scrollWidth") <= PHONE
        wide = browser.run("""
            return [...document.querySelectorAll('.scroll:has(> .hex)')].slice(0, 5)
              .map((node) => [node.scrollWidth > node.clientWidth, node.getBoundingClientRect().right])""")
        assert any(scrolls for scrolls, _ in wide) and all(right <= PHONE for _, right in wide), wide
        browser.open(page_of(work, made_report.hostile_report(), name="hostile"))
        browser.run("makeAllRows(); document.querySelectorAll('.case[open]').forEach(fillBody);")
        assert browser.run("return document.documentElement.scrollWidth") <= PHONE
    finally:
        browser.resize(DESK)
    quiet(browser)


def hostile_texts_stay_texts(work, browser):
    report = made_report.hostile_report()
    page = page_of(work, report)
    browser.open(page)
    scripts = browser.run("return document.scripts.length")
    browser.open(page_of(work, made_report.made_report(5), name="plain"))
    assert browser.run("return document.scripts.length") == scripts
    browser.open(page)
    assert browser.run("return document.title").startswith("Conformance of </script>")
    assert browser.run("return document.querySelector('.subject').textContent") == made_report.HOSTILE
    browser.run("makeAllRows(); document.querySelectorAll('.case').forEach(fillBody);")
    assert browser.run("return document.querySelector('.case .title').textContent") == made_report.HOSTILE
    assert browser.run("return document.querySelectorAll('.case b').length") == \
        browser.run("return document.querySelectorAll('.case .caption b').length")
    link = browser.run("return linkTo(cases[7].id).getAttribute('href')")
    browser.run("location.hash = arguments[0]", link)
    assert browser.wait("return document.getElementById('case-' + cases[7].id).contains(document.activeElement)")
    quiet(browser)


def paper_has_every_failure(work, browser):
    report, _ = mixed()
    browser.open(page_of(work, report))
    browser.run("document.querySelector('.heading button').click()")  # all are closed
    browser.devtools("Page.printToPDF")
    state = browser.run("""
        return [...document.querySelectorAll('.case.failed, .case.error')].map((row) =>
          [row.open, Boolean(row.querySelector('.waiting'))])""")
    assert len(state) == len(of(report, "failed")) + len(of(report, "error"))
    assert all(opened and not waiting for opened, waiting in state)
    quiet(browser)


def nothing_fails(work, browser):
    report = made_report.made_report(60, (("passed", 9), ("skipped", 1)))
    browser.open(page_of(work, report))
    passed = len(of(report, "passed"))
    assert text(browser, ".verdict").replace("\n", " ") == f"✓ All {passed} cases that apply passed."
    assert browser.run("return document.querySelectorAll('.group[open]').length") == 0
    browser.open(page_of(work, {**report, "cases": []}))
    assert "Nothing was judged" in text(browser, ".verdict")
    browser.open(page_of(work, {**report, "unfinished": "it went away"}))
    assert "it went away" in text(browser, ".verdict")
    quiet(browser)


def opening(browser, page):
    """Milliseconds from the navigation until the page is loaded and what is largest in view has been painted."""
    browser.open(page)
    browser.run("""
        new PerformanceObserver((seen) => { window.painted = seen.getEntries().pop(); })
          .observe({ type: 'largest-contentful-paint', buffered: true });""")
    return browser.wait("""
        const [load] = performance.getEntriesByType('navigation');
        return window.painted && load.loadEventEnd && painted.element.closest('main') &&
          Math.max(load.loadEventEnd, painted.startTime);""")


def many_results_open(work, browser):
    report = made_report.made_report(5000)
    page = page_of(work, report)
    assert opening(browser, page) < OPEN_LIMIT
    assert text(browser, "#found") == "All 5000 cases"
    failed = of(report, "failed")
    assert browser.wait("return document.querySelectorAll('.case.failed').length === arguments[0]", len(failed))
    browser.click(".chip.passed")
    assert browser.wait("return document.querySelectorAll('.case.passed').length === arguments[0]",
                        len(of(report, "passed")))
    quiet(browser)


TESTS = [the_text_is_well_formed, failures_come_first, blocks_show_what_differs, filters_narrow_the_list,
         cells_lead_to_their_cases, links_lead_to_a_case, the_command_is_copied, the_keyboard_is_enough,
         colours_follow_the_system_and_the_button, a_phone_shows_it, hostile_texts_stay_texts, paper_has_every_failure,
         nothing_fails, many_results_open]


def measure(browser, work, count, verdict=None):
    """What a reader waits for."""
    verdicts = [((verdict, 1),)] if verdict else []
    page = page_of(work, made_report.made_report(int(count), *verdicts))
    times = [opening(browser, page) for _ in range(11)]
    print(f"{count} results, {page.stat().st_size / 1e6:.1f} MB: open after {statistics.median(times):.0f} ms "
          f"(from {min(times):.0f} to {max(times):.0f})")


def screenshots(browser, work, folder):
    folder.mkdir(parents=True, exist_ok=True)
    report, before = mixed()
    pages = {"failing": page_of(work, report, before, "failing"),
             "passing": page_of(work, made_report.made_report(400, (("passed", 9), ("skipped", 1))), name="passing")}
    for name, page in pages.items():
        for width in (DESK, PHONE):
            for scheme in ("light", "dark"):
                browser.colours(scheme)
                browser.resize(width, 2400)
                for part in ("summary", "matrix", "cases", "times"):
                    browser.open(page, part)
                    browser.wait("return !document.querySelector('.case[open] .waiting') || performance.now() > 3000")
                    browser.screenshot(folder / f"{name}-{part}-{width}-{scheme}.png")


def main(arguments):
    if not webdriver.available():
        print("skipped: no chromium, or no chromedriver")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="hbalab-html.") as folder, webdriver.browser() as browser:
        work = pathlib.Path(folder)
        browser.resize(DESK)
        browser.colours("light")
        if arguments[:1] == ["--measure"]:
            return measure(browser, work, *arguments[1:])
        if arguments[:1] == ["--screenshots"]:
            return screenshots(browser, work, pathlib.Path(arguments[1]))
        for test in TESTS:
            if arguments and test.__name__ not in arguments:
                continue
            test(work, browser)
            print("passed:", test.__name__)
    return None


if __name__ == "__main__":
    main(sys.argv[1:])
