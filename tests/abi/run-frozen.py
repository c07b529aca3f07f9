# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# Gives a frozen manifest its name in a folder of its own and runs the test: run-frozen.py TEST MODULE MANIFEST.

import os
import shutil
import subprocess
import sys
import tempfile


def main():
    """The status is the test's."""
    test, module, manifest = sys.argv[1:4]
    with tempfile.TemporaryDirectory() as directory:
        shutil.copy(manifest, os.path.join(directory, "frozen.json"))
        return subprocess.run([test, directory, os.path.dirname(module)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
