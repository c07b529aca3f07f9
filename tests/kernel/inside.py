#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# In the other machine: runs the tests of the job one after the other, and tells the outside how they end.

import glob
import json
import os
import subprocess

NAME = "AppArmor's profile"
POLICY = "SELinux's policy"
SELINUX = "/sys/fs/selinux"
PROFILE = "#include <tunables/global>\n#include <lxc/lxc-default-cgns>\n"


def tell(port, **record):
    """One line for the outside."""
    port.write(json.dumps(record) + "\n")
    port.flush()


def load_profiles(port):
    """Loads the profile that containers get, as Debian does when it starts; all of them would take a minute here."""
    # As the package's scripts would; the profiles include it.
    os.makedirs("/etc/apparmor.d/tunables/xdg-user-dirs.d", exist_ok=True)
    done = subprocess.run(["apparmor_parser", "--replace", "--skip-cache"], input=PROFILE, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
    tell(port, log=done.stdout)
    tell(port, test=NAME, status=done.returncode)


def load_policy(port, path):
    """Compiles and loads a policy; the kernel takes it by one write, and denies from then on."""
    subprocess.run(["mount", "-t", "selinuxfs", "selinuxfs", SELINUX], check=True)
    done = subprocess.run(["secilc", "-o", "/run/policy", "-f", "/dev/null", path], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
    tell(port, log=done.stdout)
    if done.returncode == 0:
        with open("/run/policy", "rb") as file, open(os.path.join(SELINUX, "load"), "wb", buffering=0) as kernel:
            kernel.write(file.read())
    tell(port, test=POLICY, status=done.returncode)


def environment(test):
    """What meson sets, before what is there: both of its lists are prefixes."""
    variables = dict(os.environ)
    for name, value in test["env"].items():
        variables[name] = value + ":" + variables[name] if name == "PATH" else value
    variables["MORTISE_TEST_OTHER_KERNEL"] = "1"
    return variables


def run(port, test):
    """Runs one test; its output goes out line by line as it comes."""
    with subprocess.Popen(test["cmd"], env=environment(test), cwd=test["workdir"] or "/", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                          errors="replace") as process:
        for line in process.stdout:
            tell(port, test=test["name"], log=line.rstrip("\n"))
    tell(port, test=test["name"], status=process.returncode)


def main():
    """The port, then the job."""
    with open("/run/job", encoding="utf-8") as file:
        job = json.load(file)
    with open(glob.glob("/dev/vport*p1")[0], "w", encoding="utf-8") as port:
        tell(port, log=f"Linux {os.uname().release}")
        if job["apparmor"]:
            load_profiles(port)
        if job["selinux"]:
            load_policy(port, job["selinux"])
        for test in job["tests"]:
            run(port, test)
        tell(port, end=True)


main()
