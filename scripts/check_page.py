"""Opens a run's report.html in headless Chromium and uses it as a reader would: drags the slider, switches
the attack, walks it by keyboard. What the page shows is compared with the run's examples.json. Fails on
any message in the console, any network request, and anything wider than the screen.

    python3 scripts/check_page.py runs/quick [--screenshots DIR]

Needs selenium, and Chromium with its driver (Debian: chromium, chromium-driver).
"""

import argparse
import base64
import gzip
import json
import pathlib
import shutil
import tempfile

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

DESKTOP, PHONE = (1280, 900), (390, 844)
ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--allow-file-access-from-files",
]


def examples(run):
    plain = run / "examples.json"
    return json.loads(plain.read_bytes() if plain.exists() else gzip.decompress((run / "examples.json.gz").read_bytes()))


def start(profile):
    options = webdriver.ChromeOptions()
    for argument in [*ARGUMENTS, f"--user-data-dir={profile}"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.binary_location = shutil.which("chromium") or ""
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


class Page:
    def __init__(self, driver, run, screenshots):
        self.driver, self.screenshots = driver, screenshots
        self.examples = examples(run)
        self.address = (run / "report.html").resolve().as_uri()
        self.problems = []

    def expect(self, right, message):
        if not right:
            self.problems.append(message)

    def size(self, width, height):
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )

    def colours(self, scheme):
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        )

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def choose(self, name, text=None, index=None):
        select = Select(self.find(f"#explore-{name}"))
        select.select_by_index(index) if text is None else select.select_by_visible_text(text)

    def shot(self, name):
        if self.screenshots:
            picture = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": False})
            (self.screenshots / f"{name}.png").write_bytes(base64.b64decode(picture["data"]))

    def scores(self):
        return [element.text for element in self.find_all(".card .dice")]

    def white(self):
        """Share of white in each mask."""
        return self.driver.execute_script("""
            return Array.from(document.querySelectorAll('canvas[data-view=mask]'), (canvas) => {
              const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
              let white = 0;
              for (let i = 0; i < data.length; i += 4) if (data[i] === 255 && data[i + 2] === 255) white++;
              return white / (data.length / 4);
            });""")

    def pixels(self, view):
        """What is drawn in every canvas of a kind."""
        return self.driver.execute_script(
            "return Array.from(document.querySelectorAll(`canvas[data-view=${arguments[0]}]`), (one) => one.toDataURL())",
            view)

    def own(self, network, sweep, attack):
        """The points of an attack that a sweep names."""
        return [one for one in network.get("changed", []) if (one["sweep"], one["attack"]) == (sweep, attack)]

    def sweeps(self):
        """Name and attacks of every sweep that the page offers, in its order, from the run's own record."""
        first = self.examples["slices"][0]["networks"][0]
        rankings = [one["attack"] for one in first["attacks"]]
        ranked = sorted(first["attacks"][0]["sweeps"]) if rankings else []
        own = {}
        for one in first.get("changed", []):
            attacks = own.setdefault(one["sweep"], [])
            attacks += [] if one["attack"] in attacks else [one["attack"]]
        return [(name, rankings) for name in ranked] + sorted(own.items())

    def recorded(self, slice_index, attack, sweep, point):
        """Dice and mask area of every network, from the run's own record; point 0 is without an attack."""
        outcomes = []
        for network in self.examples["slices"][slice_index]["networks"]:
            if point == 0:
                outcomes.append((network["dice"], sum(network["mask"][1::2])))
                continue
            ranked = [one["sweeps"].get(sweep) for one in network["attacks"] if one["attack"] == attack]
            outcome = (next((one for one in ranked if one), None) or self.own(network, sweep, attack))[point - 1]
            outcomes.append((outcome["dice"], sum(outcome["mask"][1::2])))
        return outcomes

    def matches(self, what, slice_index, ranking, sweep, point):
        recorded = self.recorded(slice_index, ranking, sweep, point)
        shown = self.scores()
        self.expect(shown == [f"Dice {dice:.3f}" for dice, _ in recorded], f"{what}: {shown}, {recorded}")
        slice_ = self.examples["slices"][slice_index]
        for white, (_, area) in zip(self.white(), recorded):
            share = area / (slice_["height"] * slice_["width"])
            # The outline of the true mask is drawn over some of it.
            self.expect(abs(white - share) < 0.05 + 0.3 * share, f"{what}: {white} of the mask is white, not {share}")

    def explore(self):
        sweeps = self.sweeps()
        place = next((place for place, (name, _) in enumerate(sweeps) if name == "fig3"), 0)
        sweep, attacks = sweeps[place]
        slider = self.find("#explore-point")
        last = int(slider.get_attribute("max"))
        self.matches("as opened", 0, attacks[0], sweep, 0)

        before = (self.scores(), self.white())
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", slider)
        width = slider.size["width"]
        ActionChains(self.driver).move_to_element_with_offset(slider, -width // 2 + 8, 0).click_and_hold() \
            .move_by_offset(width - 16, 0).release().perform()
        self.expect(slider.get_property("value") == str(last), "the slider did not follow the pointer")
        self.matches("slider at its end", 0, attacks[0], sweep, last)
        self.expect(before != (self.scores(), self.white()), "dragging the slider changed nothing")

        slider.send_keys(Keys.ARROW_LEFT)
        self.matches("arrow key", 0, attacks[0], sweep, last - 1)
        self.expect("Dice" in self.find("#explore-said").text, "no words for a screen reader")

        self.choose("over", index=0)
        plain = self.pixels("input")
        for overlay in ["gradient", "probability"]:
            self.choose("over", text=overlay)
            self.expect(plain != self.pixels("input"), f"{overlay} over the input changes nothing")
        self.choose("over", index=0)
        self.expect(plain == self.pixels("input"), "nothing over the input is not the input")

        if len(attacks) > 1:
            self.choose("attack", index=1)
            self.matches("other attack", 0, attacks[1], sweep, last - 1)
            self.choose("attack", index=0)
        if len(self.examples["slices"]) > 1:
            self.choose("slice", index=1)
            self.matches("other slice", 1, attacks[0], sweep, last - 1)
            self.choose("slice", index=0)
        self.expect([name for name, _ in sweeps] == self.options("sweep", ": "), "the sweeps are not those of the record")
        for number, (name, attacks) in enumerate(sweeps):
            self.choose("sweep", index=number)
            self.every_attack(number, name, attacks)

    def options(self, name, before):
        return [one.text.split(before)[0] for one in Select(self.find(f"#explore-{name}")).options]

    def every_attack(self, number, sweep, attacks):
        """Every attack of a sweep at its last point, and what it changed of the input."""
        slider = self.find("#explore-point")
        values = [one.get_attribute("value") for one in Select(self.find("#explore-attack")).options]
        self.expect(values == attacks, f"{sweep}: {values} for {attacks}")
        clean = None
        for place, attack in enumerate(attacks):
            self.choose("attack", index=place)
            slider.send_keys(Keys.HOME)
            clean = clean or self.pixels("input")
            self.expect(clean == self.pixels("input"), f"{sweep}, {attack}: the clean input is another")
            slider.send_keys(Keys.END)
            last = int(slider.get_property("value"))
            self.matches(f"{sweep}, {attack}", 0, attack, sweep, last)
            changed = self.own(self.examples["slices"][0]["networks"][0], sweep, attack)
            if not changed:
                continue
            self.expect(len(changed) == last, f"{sweep}, {attack}: {last} points for {len(changed)}")
            self.expect(clean != self.pixels("input"), f"{sweep}, {attack}: the input is as it was")
            whole = "whole" in changed[0]["change"]
            if whole:
                input_ = self.pixels("input")
                self.choose("over", text="change")
                self.expect(input_ != self.pixels("input"), f"{sweep}, {attack}: no change laid over")
                self.choose("over", index=0)

    def keyboard(self):
        # A click on the first heading is where the walk begins.
        self.driver.execute_script("window.scrollTo(0, 0)")
        self.find("h1").click()
        wanted = {"explore-slice", "explore-sweep", "explore-attack", "explore-point"}
        seen, pictures = set(), 0
        for _ in range(400):
            ActionChains(self.driver).send_keys(Keys.TAB).perform()
            active = self.driver.switch_to.active_element
            seen.add(active.get_attribute("id"))
            pictures += active.get_attribute("class") == "picture"
            if active.tag_name == "body":
                break
        self.expect(wanted <= seen, f"not reached by keyboard: {wanted - seen}")
        shown = [one for one in self.find_all(".picture") if one.is_displayed()]
        self.expect(pictures >= len(shown), f"{pictures} of {len(shown)} pictures reached by keyboard")

    def charts(self):
        pictures = [one for one in self.find_all("[id^='figure-fig'] .picture") if one.find_elements(By.CSS_SELECTOR, ".point")]
        if not pictures and not any(one.startswith("fig") for one, _ in self.sweeps()):
            return  # A study without the paper's sweeps.
        picture = pictures[0]
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'}); arguments[0].focus()", picture)
        picture.send_keys(Keys.ARROW_RIGHT)
        tip = self.find(".tip")
        words = tip.text
        self.expect("Dice" in words and "trial" in words, f"an arrow key on a chart says '{words}'")
        picture.send_keys(Keys.ESCAPE)
        self.expect(not tip.is_displayed(), "Escape leaves the words of a point")
        point = self.uncovered(picture.find_elements(By.CSS_SELECTOR, ".series[data-main] .point > *:last-child"))
        ActionChains(self.driver).move_to_element(point).perform()
        self.expect("95%" in tip.text, f"the pointer on a point says '{tip.text}'")

    def uncovered(self, points):
        """The first of the points that no other lies over, as they do where a run has many arms."""
        return self.driver.execute_script("""
            return arguments[0].find((one) => {
              const box = one.getBoundingClientRect();
              return one.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
            });""", points)

    def rankings(self):
        choices = self.find_all("input[name=ranking]")
        for choice in reversed(choices):
            self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", choice)
            choice.click()
            name = choice.get_attribute("value")
            shown = {one.get_attribute("data-ranking") for one in self.find_all("figure[data-ranking]") if one.is_displayed()}
            self.expect(shown == {name}, f"ranking {name} shows the figures of {shown}")

    def arms(self):
        """Arms stand out or back as their boxes say, where a run has so many that it offers the choice."""
        out = "return Array.from(document.querySelectorAll('.picture .series:not(.back)')).some((one) => one.dataset.loss === arguments[0])"
        for box in self.find_all("input[name=arm]"):
            name = box.get_attribute("value")
            for _ in range(2):
                stands = self.driver.execute_script(out, name)
                self.expect(stands == box.is_selected(), f"{name} stands out: {stands}, its box: {box.is_selected()}")
                self.driver.execute_script("arguments[0].click()", box)

    def sorts(self):
        """Every column of every table that sorts, up and down."""
        for table in self.find_all("table.sortable"):
            for column, button in enumerate(table.find_elements(By.CSS_SELECTOR, "thead button")):
                self.sorts_by(table, column, button)

    def sorts_by(self, table, column, button):
        rows = []
        for _ in range(2):
            self.driver.execute_script("arguments[0].click()", button)
            cells = table.find_elements(By.CSS_SELECTOR, f"tbody tr > :nth-child({column + 1})")
            rows.append([one.get_attribute("textContent").strip() for one in cells])
        # A number with its interval is sorted by the number, an interval by where it begins; those that are alike keep their order.
        keys = [[cell.split(" to ")[0].split(" (")[0] for cell in one if cell] for one in rows]
        self.expect(keys[0] == keys[1][::-1] or len(set(keys[0])) < len(keys[0]), f"column {column}: {rows}")
        sorted_by = [one.get_attribute("aria-sort") for one in table.find_elements(By.CSS_SELECTOR, "th[aria-sort]")]
        self.expect(len(sorted_by) == 1, f"column {column} says {sorted_by}")

    def legible(self, name):
        """No text that is shown is under 11 pixels, what a drawing shrinks included."""
        small = self.driver.execute_script("""
            const small = [];
            for (const one of document.querySelectorAll('body *')) {
              const own = Array.from(one.childNodes).some((node) => node.nodeType === 3 && node.textContent.trim());
              if (!own || !one.getClientRects().length || one.closest('title, script, style, noscript, option')) continue;
              const drawing = one.closest('svg');
              const box = drawing && drawing.viewBox.baseVal;
              const scale = box && box.width ? drawing.getBoundingClientRect().width / box.width : 1;
              const size = parseFloat(getComputedStyle(one).fontSize) * scale;
              if (size < 10.99) small.push(size.toFixed(1) + ' ' + one.textContent.trim().slice(0, 30));
            }
            return small;""")
        self.expect(not small, f"{name}: {len(small)} texts under 11 pixels, such as {small[:3]}")

    def follows_dark(self):
        """No drawing is a white slab on the dark page."""
        fills = self.driver.execute_script("""
            return Array.from(document.querySelectorAll('.picture'), (one) => getComputedStyle(one).backgroundColor)
              .concat(Array.from(document.querySelectorAll('.picture svg > rect'), (one) => getComputedStyle(one).fill));""")
        self.expect("rgb(255, 255, 255)" not in fills, "a chart is white in dark mode")

    def fits(self, name, screen):
        wide, window = self.driver.execute_script(
            "return [document.scrollingElement.scrollWidth, window.innerWidth]")
        # A page that is too wide makes a phone's window wider than its screen.
        self.expect(max(wide, window) <= screen, f"{name}: the page is {wide} pixels wide on a screen of {screen}, its window {window}")

    def quiet(self):
        for entry in self.driver.get_log("browser"):
            self.problems.append(f"console: {entry['message']}")
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                address = message["params"]["request"]["url"]
                if address != self.address and not address.startswith("data:"):
                    self.problems.append(f"request: {address}")

    def look(self, name, size, scheme):
        self.colours(scheme)
        self.size(*size)
        self.fits(name, size[0])
        worst = [one.get_attribute("id") for one in self.find_all("figure[id^=figure-worst]")]
        for part in ["answer", "verdicts", "explore", "figure-fig1", *worst, "figure-fig3", "figure-margins"]:
            if self.find_all(f"#{part}"):
                self.driver.execute_script(f"document.getElementById('{part}').scrollIntoView()")
                self.shot(f"{name}-{part}")

    def check(self):
        # The browser's own first page asks for much; none of that counts.
        self.driver.get("about:blank")
        self.driver.get_log("performance")
        self.size(*DESKTOP)
        self.colours("light")
        self.driver.get(self.address)
        light = self.find("body").value_of_css_property("background-color")
        self.explore()
        self.keyboard()
        self.charts()
        self.rankings()
        self.arms()
        self.sorts()
        self.look("desktop", DESKTOP, "light")
        self.look("desktop-dark", DESKTOP, "dark")
        self.follows_dark()
        dark = self.find("body").value_of_css_property("background-color")
        self.expect(light != dark, "the page is the same in dark mode")
        self.look("phone", PHONE, "light")
        self.legible("phone")
        self.quiet()
        return self.problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--screenshots", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    # Chromium may still write to its profile for a moment after it was told to end.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        driver = start(profile)
        page = Page(driver, arguments.run, arguments.screenshots)
        try:
            problems = page.check()
        except WebDriverException as error:
            page.quiet()
            problems = [*page.problems, f"stopped: {error.msg}"]
        finally:
            driver.quit()
    for problem in problems:
        print(problem)
    if problems:
        raise SystemExit(1)
    print(f"{arguments.run}/report.html: as it should be")


if __name__ == "__main__":
    main()
