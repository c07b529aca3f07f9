#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# A user logs in where systemd is the first process, and starts containers in the words of the driver's page.

import glob
import os
import pwd
import re
import select
import subprocess
import sys
import unittest

from command_testing import COMMAND, DEADLINE, EXIT_DONE, EXIT_FAILED, SOURCE, Result
from lxc_testing import ContainerTest, processes_of

USER, FIRST, LAST = "tester", 700000, 765535
PAGE = os.path.join(SOURCE, "drivers", "lxc", "README.md")
# What the page says, as a whole line or within one.
IDS = f"usermod --add-subuids {FIRST}-{LAST} --add-subgids {FIRST}-{LAST}"
SCOPE = "systemd-run --user --scope --property=Delegate=yes"
OTHER_SCOPE = "systemd-run --user --scope"
DROP_IN = "/etc/systemd/system/user@.service.d/delegate.conf"
DROP_IN_TEXT = "[Service] Delegate=cpu cpuset io memory pids"
LINGER = "loginctl enable-linger"
MAP = f"<idmap><uid start='0' target='{FIRST}' count='65536'/><gid start='0' target='{FIRST}' count='65536'/></idmap>"
# What programs of a build find one another by.
KEPT = ("MORTISE_MANIFEST_PATH", "MORTISE_MODULE_DIR", "MORTISE_LIBEXEC_DIR", "LD_LIBRARY_PATH", "G_DEBUG")
SLICES = "/sys/fs/cgroup/user.slice"


def missing():
    """Why these tests cannot run here, or None."""
    if "MORTISE_TEST_OTHER_KERNEL" not in os.environ:
        return "users are made, and systemd is told other things, in a machine of its own only"
    if not os.path.isdir("/run/systemd/system"):
        return "systemd is not the first process"
    return None


def page():
    """The driver's page."""
    with open(PAGE, encoding="utf-8") as file:
        return file.read()


def unit_of_page():
    """The unit that the page shows."""
    lines = re.search(r"^(?:    .*\n|\n)*?    Type=oneshot\n(?:    .*\n|\n)*", page(), re.MULTILINE).group(0)
    return re.sub("^    ", "", lines, flags=re.MULTILINE)


def as_root(*words):
    """What root has to do."""
    subprocess.run(words, check=True, timeout=DEADLINE)


def make_user():
    """A user, and what shells and services of this user need to find the build."""
    as_root("useradd", "--create-home", "--shell", "/bin/sh", USER)
    as_root(*IDS.split(), USER)
    # Otherwise systemd would begin anew for each login.
    as_root(*LINGER.split(), USER)
    variables = [f"{name}={os.environ[name]}" for name in KEPT if name in os.environ]
    with open(f"/home/{USER}/.profile", "w", encoding="utf-8") as file:
        file.write("".join(f"export {one}\n" for one in variables) +
                   f"export PATH={os.path.dirname(COMMAND)}:$PATH\n")
    with open(f"/home/{USER}/variables", "w", encoding="utf-8") as file:
        file.write("".join(f"{one}\n" for one in variables))


class Login:
    """A user's login shell; commands are written to it as to a terminal."""

    def __init__(self, test):
        self.test = test
        self.files = [f"/home/{USER}/{name}" for name in ("out", "err")]
        self.shell = subprocess.Popen(["su", "--login", USER], cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      encoding="utf-8")

    def run(self, line):
        """Runs a line to its end."""
        self.shell.stdin.write("{ " + line + "\n} </dev/null >~/out 2>~/err; echo $?\n")
        self.shell.stdin.flush()
        self.test.assertTrue(select.select([self.shell.stdout], [], [], DEADLINE)[0], f"{line}: it does not end")
        code = int(self.shell.stdout.readline())
        texts = []
        for path in self.files:
            with open(path, encoding="utf-8") as file:
                # Which systemd-run says before anything.
                texts.append(re.sub(r"^Running scope as unit: .*\n", "", file.read()))
        return Result(code, *texts)

    def end(self):
        """Logs out."""
        self.shell.stdin.close()
        self.shell.wait(timeout=DEADLINE)
        self.shell.stdout.close()


class Session(ContainerTest):
    """A folder of the user's, with a root filesystem of the ids that a container has."""

    def setUp(self):
        super().setUp()
        user = pwd.getpwnam(USER)
        os.chmod(self.folder.name, 0o755)
        os.chown(self.folder.name, user.pw_uid, user.pw_gid)
        for folder, folders, files in os.walk(self.root):
            for name in [folder] + [os.path.join(folder, entry) for entry in folders + files]:
                os.lchown(name, FIRST, FIRST)
        self.slice = f"{SLICES}/user-{user.pw_uid}.slice"
        self.service = f"user@{user.pw_uid}.service"
        self.login = Login(self)

    def destroy_all(self):
        """Also where a test has failed."""
        for name in self.names if processes_of(self.folder.name) else []:
            self.user(f"destroy {name}")
        self.login.end()

    def user(self, words, scope=""):
        """Runs the command in the user's shell."""
        return self.login.run(f"{scope} mortise -c {self.uri} {words}")

    def done(self, *arguments, scope=""):
        return self.check(self.user(" ".join(arguments), scope)).out

    def define(self, name, **how):
        path = self.file(name + ".xml", self.definition(name, body=MAP + how.pop("body", ""), **how))
        os.chmod(path, 0o644)
        self.done("define", path)
        self.names.append(name)

    def refuse(self, words, *said, scope=""):
        """It fails, and these words say why."""
        failed = self.user(words, scope)
        self.assertEqual(failed.code, EXIT_FAILED, failed.out)
        for one in said:
            self.assertIn(one, failed.err)

    def lives(self):
        """The processes that were the init of what has been started last, as its monitor has written them down."""
        texts = []
        for path in glob.glob(f"{self.folder.name}/run/*/events.log"):
            with open(path, encoding="utf-8") as file:
                texts += re.findall(r"^init (\d+)$", file.read(), re.MULTILINE)
        return texts

    def handles_signals(self):
        """Whether the program of init runs, and has come as far as to say which signals it wants."""
        with open(f"/proc/{self.lives()[-1]}/status", encoding="utf-8") as file:
            text = file.read()
        return text.startswith("Name:\tinit\n") and "SigCgt:\t0000000000000000\n" not in text

    def reboot(self, name):
        """Waits for the next life; asking the command each time would take longer than that."""
        self.await_true(self.handles_signals, "init wants no signals")
        self.done("reboot", name)
        self.await_true(lambda: len(self.lives()) == 2, "it has not rebooted")
        self.await_true(self.handles_signals, "the next init wants no signals")

    def groups(self, pattern):
        """Control groups of the user's services and scopes."""
        return glob.glob(f"{self.slice}/{self.service}/app.slice/{pattern}")

    def value(self, file):
        """What a file of the group says in which the only container's init is."""
        with open(f"/proc/{self.lives()[-1]}/cgroup", encoding="utf-8") as text:
            group = "/sys/fs/cgroup" + text.read().strip().removeprefix("0::")
        self.assertIn(f"/{self.service}/app.slice/", group)
        with open(os.path.join(group, file), encoding="utf-8") as text:
            return text.read().strip()

    def test_scope(self):
        """From the first command to the last; what does not have to stand in a scope does not."""
        self.define("web")
        self.refuse("start web", f"The control group {self.slice}/session-", "does not belong to this user", SCOPE)
        self.done("start", "web", scope=SCOPE)
        self.assertEqual(self.value("memory.max"), str(64 << 20))
        self.assertEqual(self.init("web"), int(self.lives()[0]))
        self.assertGreater(int(self.stats("web")["cpu.time"]), 0)
        self.done("memtune", "web", "--hard-limit", "49152")
        self.refuse("enter web -- id", f"from the control group {self.slice.removeprefix('/sys/fs/cgroup')}/session-",
                    f"cgroup.procs of {self.slice}, which is above both", OTHER_SCOPE)
        self.assertIn("uid=0(root)", self.done("enter", "web", "--", "id", scope=OTHER_SCOPE))
        self.reboot("web")
        self.assertEqual(self.value("memory.max"), str(48 << 20))
        self.done("shutdown", "web")
        self.await_true(lambda: self.groups("run-*") == [], "the scope does not end with the container")
        self.assertEqual(self.state("web"), "shut off (shutdown)")

    def test_limits(self):
        """What systemd delegates by itself, what when root has said so, and what else there may not be in a scope."""
        self.define("shared", init="/bin/sleep", arguments=("1000",), body="<cputune><shares>512</shares></cputune>")
        self.define("pinned", init="/bin/sleep", arguments=("1000",), body="<vcpu cpuset='0'>1</vcpu>")
        self.refuse("start shared; exit $?'", "Other processes are in the control group", "(sh, process ",
                    scope=SCOPE + " sh -c '")
        self.done("start", "shared", scope=SCOPE)
        self.assertEqual(self.value("cpu.weight"), "20")
        self.assertEqual(self.value("cgroup.controllers").split(), ["cpu", "memory", "pids"])
        self.done("destroy", "shared")
        self.refuse("start pinned", "the controller 'cpuset' was not delegated", f"{DROP_IN}: {DROP_IN_TEXT}",
                    f"from the next start of {self.service} on", scope=SCOPE)
        os.makedirs(os.path.dirname(DROP_IN), exist_ok=True)
        with open(DROP_IN, "w", encoding="utf-8") as file:
            file.write(DROP_IN_TEXT.replace("] ", "]\n") + "\n")
        as_root("systemctl", "daemon-reload")
        as_root("systemctl", "restart", self.service)
        self.done("start", "pinned", scope=SCOPE)
        self.assertEqual(self.value("cpuset.cpus"), "0")
        self.done("destroy", "pinned")

    def test_unit(self):
        """The unit of the page: through a reboot, a logout with and one without lingering."""
        self.define("web")
        path = os.path.join(f"/home/{USER}", ".config", "systemd", "user", "web.service")
        unit = unit_of_page().replace("=mortise ", f"={COMMAND} ").replace("-mortise ", f"-{COMMAND} ")
        unit = unit.replace("%h/containers", self.folder.name)
        self.check(self.login.run("mkdir -p ~/.config/systemd/user"))
        with open(path, "w", encoding="utf-8") as file:
            file.write(unit.replace("[Service]\n", f"[Service]\nEnvironmentFile=/home/{USER}/variables\n"))
        self.assertEqual(self.login.run("systemctl --user enable --now web").code, EXIT_DONE)
        # systemd looks after what it has delegated: the group that is empty meanwhile must not be missed.
        self.check(self.login.run("systemctl --user daemon-reload"))
        self.reboot("web")
        self.assertEqual(self.value("memory.max"), str(64 << 20))
        self.log_out()
        self.assertEqual(len(self.groups("web.service")), 1)
        as_root("loginctl", "disable-linger", USER)
        self.await_true(lambda: not os.path.exists(self.slice), "systemd goes on for a user who has gone")
        self.login = Login(self)
        # This login starts it again; systemd lets nobody wait for that, but for all that it starts with a login.
        self.check(self.login.run("systemctl --user start default.target"))
        self.assertEqual(self.state("web"), "running (booted)")
        self.assertEqual(self.login.run("systemctl --user disable --now web").code, EXIT_DONE)
        self.assertEqual(self.state("web"), "shut off (shutdown)")

    def log_out(self):
        """Ends the only session."""
        self.login.end()
        self.await_true(lambda: not glob.glob(f"{self.slice}/session-*"), "the session does not end")


class Page(unittest.TestCase):
    """What these tests say to the machine is what the page says to people."""

    def test_words(self):
        text = " ".join(page().split())
        for words in (f"{IDS} USER", f"{SCOPE} mortise -c lxc:///embed?root=DIR", f"{OTHER_SCOPE} mortise",
                      DROP_IN, DROP_IN_TEXT, f"{LINGER} USER", "gives `cpu`, `memory` and `pids` by itself",
                      "systemctl --user enable --now web"):
            self.assertIn(words, text)


if __name__ == "__main__":
    problem = missing()
    if problem:
        print(f"SKIP {os.path.basename(sys.argv[0])}: {problem}")
        sys.exit(77)
    make_user()
    unittest.main(verbosity=2)
