# SPDX-FileCopyrightText: 2026 The Mortise developers
# SPDX-License-Identifier: LGPL-2.1-or-later
# kill -9 of the owner at every step of define, start and stop: then a guest runs and is adopted, or there is none.
import os
import signal
import sys
import unittest
import xml.dom.minidom

import owner

KILLER = os.environ["STEP_KILLER"]
MOST_STEPS = 400
FEWEST_STEPS = 5


def with_steps(root, steps, arguments, prepare):
    """Runs a command that is killed before its Nth step; whether it lived to its end."""
    variables = {"LD_PRELOAD": KILLER, "STEP_KILLER_STEPS": str(steps)}
    prepare()
    done = root.run(*arguments, check=False, environment=variables)
    if owner.came_late(done):
        prepare()
        done = root.run(*arguments, check=False, environment=variables)
    if done.returncode not in (0, -signal.SIGKILL):
        raise AssertionError(f"step {steps} of {arguments}: ended with {done.returncode}: {done.stderr}")
    return done.returncode == 0


class OwnerKilled(unittest.TestCase):
    def files_are_whole(self, root, step):
        for folder, _, names in os.walk(root.directory):
            for name in names:
                if folder.endswith("domains") and name.endswith(".xml"):
                    with open(os.path.join(folder, name), "rb") as file:
                        xml.dom.minidom.parseString(file.read())
                self.assertFalse(name.endswith(".tmp") and name.startswith("."), f"step {step}: {folder}/{name}")

    def check(self, root, step):
        """What the next owner finds must be the truth, and whole."""
        state = root.states().get("guest")
        if state == "unknown":
            # a start that was never completed is being taken back by the guest's keeper at this moment
            root.run("wait", "guest", "shut off", "--timeout", "120")
            state = root.states().get("guest")
        processes = root.processes()
        answer = root.run("--json", "vcpuinfo", "guest", check=False) if state == "running" else None
        if answer and (not processes or answer.returncode != 0):
            # it was being killed when the owner was, and its keeper has still to take note
            root.run("wait", "guest", "shut off", "--timeout", "120")
            state = root.states().get("guest")
            processes = root.processes()
        if state == "running":
            self.assertEqual(len(processes), 1, f"step {step}")
            self.assertEqual(owner.json.loads(answer.stdout)["model"], "per-vcpu", f"step {step}")
        else:
            self.assertIn(state, ("shut off", None), f"step {step}")
            # of a start that was never recorded the keeper takes everything back by itself
            self.assertTrue(all(owner.wait_end(pid, 120) for pid in processes), f"step {step}: {processes}")
            self.assertEqual(root.processes(), [], f"step {step}: {state}")
        self.files_are_whole(root, step)
        return state

    def walk(self, root, arguments, prepare):
        """Kills at step 1, 2, ... until the command ends before it is killed; returns the states seen."""
        states = set()
        for step in range(1, MOST_STEPS):
            alive = with_steps(root, step, arguments, prepare)
            states.add(self.check(root, step))
            if alive:
                print(f"{arguments[0]}: {step - 1} steps, states {states}", file=sys.stderr)
                self.assertGreater(step, FEWEST_STEPS, "the killer does not see the owner's steps")
                return states
        self.fail(f"{arguments[0]} takes more than {MOST_STEPS} steps")

    def undefine(self, root):
        if "guest" in root.states():
            root.run("undefine", "guest")

    def stop(self, root):
        if root.states().get("guest") != "shut off":
            root.destroy("guest")

    def start(self, root):
        if root.states().get("guest") == "shut off":
            root.run("start", "guest")

    def test_define(self):
        with owner.Root() as root:
            path = root.write_xml("guest")
            self.walk(root, ("define", path), lambda: self.undefine(root))
            self.assertEqual(root.states(), {"guest": "shut off"})

    def test_start(self):
        with owner.Root() as root:
            root.run("define", root.write_xml("guest"))
            self.walk(root, ("start", "guest"), lambda: self.stop(root))
            self.assertEqual(root.states(), {"guest": "running"})
            self.stop(root)
            self.assertEqual(root.processes(), [])

    def test_it_is_noted_that_it_runs_before_it_is_committed(self):
        with owner.Root() as root:
            root.run("define", root.write_xml("guest"))
            root.run("start", "guest")
            logs = [os.path.join(folder, name) for folder, _, names in os.walk(root.directory) for name in names
                    if name == "events.log"]
            self.assertEqual(len(logs), 1)
            with open(logs[0], encoding="utf-8") as file:
                lines = file.read().splitlines()
            committed = [number for number, line in enumerate(lines) if '"keeper":"committed"' in line]
            self.assertEqual(len(committed), 1, lines)
            # What the emulator tells has a time; the owner's own word has none, and does not wait for the keeper's ear.
            self.assertIn('{"event": "RESUME"}', lines[:committed[0]])
            self.stop(root)

    def test_stop(self):
        with owner.Root() as root:
            root.run("define", root.write_xml("guest"))
            self.walk(root, ("destroy", "guest"), lambda: self.start(root))
            self.assertEqual(root.states(), {"guest": "shut off"})
            self.assertEqual(root.processes(), [])


if __name__ == "__main__":
    owner.require_guest()
    unittest.main(verbosity=2)
