"""peer_ratchet.py DATABASE BASELINE OUT REPORT: holds a run of the peer suite against the tests that passed before.

BASELINE lists the suite's tests, OUT/missing.txt those of them that did not pass, each after its outcome and a tab. A test in
test/peer/passing-DATABASE.txt that is missing now is named and fails the run. Tests that pass but are not in the list are
counted; RAISE=1 in the environment adds them. REPORT is written as JUnit XML.
"""

import os
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def lines(path: pathlib.Path) -> list[str]:
    if not path.exists():
        return []
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


def main(database: str, baseline: str, out: str, report: str) -> int:
    missing_file = pathlib.Path(out, "missing.txt")
    if not missing_file.exists():
        print(f"peer {database}: the suite left no result in {out}")
        return 1
    outcomes = {test: outcome for outcome, test in (line.split("\t") for line in lines(missing_file))}
    tests = lines(pathlib.Path(baseline))
    listed_file = pathlib.Path(__file__).parent.parent / "test" / "peer" / f"passing-{database}.txt"
    listed = lines(listed_file)
    run = tests
    if listed and not os.environ.get("RAISE"):  # then the files without a listed test were left out
        files = {test.partition("::")[0] for test in listed}
        run = [test for test in tests if test.partition("::")[0] in files]
    passing = [test for test in run if test not in outcomes]
    fallen = [test for test in listed if test not in set(passing)]

    suite = ElementTree.Element("testsuite", name=f"peer-{database}")
    for test in sorted({*passing, *fallen}):
        module, _, name = test.partition("::")
        case = ElementTree.SubElement(suite, "testcase", classname=module, name=name)
        if test in fallen:
            ElementTree.SubElement(case, "failure", message=outcomes.get(test, "no longer in the suite"))
    ElementTree.ElementTree(suite).write(report)

    for test in fallen:
        print(f"peer {database}: passed before, now {outcomes.get(test, 'no longer in the suite')}: {test}")
    gained = len(set(passing) - set(listed))
    print(f"peer {database}: {len(passing)} of {len(tests)} pass; {len(listed)} are held by the ratchet")
    if gained and os.environ.get("RAISE"):
        listed_file.parent.mkdir(parents=True, exist_ok=True)
        listed_file.write_text("".join(f"{test}\n" for test in sorted({*passing, *listed})))
        print(f"peer {database}: the ratchet is raised by {gained}")
    elif gained:
        print(f"peer {database}: {gained} more may be held from now on: make peer RAISE=1")
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
