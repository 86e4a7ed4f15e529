"""Makes the picture of a run's page that README shows: its top, down to the networks by seed, at 1200 pixels.

    python3 scripts/page_picture.py golden/evidence/paper golden/figures/page.png

LOSSBENCH names the program. Needs what check_page.py needs.
"""

import base64
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from check_page import start

WIDTH = 1200


def main():
    run, picture = map(pathlib.Path, sys.argv[1:])
    # Chromium may still write to its profile for a moment after it was told to end.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = pathlib.Path(folder) / "run"
        shutil.copytree(run, copy)
        program = os.environ.get("LOSSBENCH", "target/release/lossbench")
        subprocess.run([program, "report", copy], check=True, capture_output=True)
        driver = start(pathlib.Path(folder) / "profile")
        try:
            driver.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride",
                {"width": WIDTH, "height": 900, "deviceScaleFactor": 1, "mobile": False},
            )
            driver.get((copy / "report.html").resolve().as_uri())
            end = driver.execute_script(
                "return document.querySelector('#figure-seeds .picture').getBoundingClientRect().bottom")
            clip = {"x": 0, "y": 0, "width": WIDTH, "height": end + 16, "scale": 0.75}
            shot = driver.execute_cdp_cmd(
                "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        finally:
            driver.quit()
    picture.write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()
