"""Submissions of step 1, made for a test."""

import zipfile

from lab.catalog import package_files, step

OURS = package_files(step(1).folder)["__init__.py"]
PROCESS = "    send_email(job.payload)\n"


def hand_in(folder, name, source):
    """A package of one file."""
    package = folder / name / "pyqueue"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(source, encoding="utf-8")
    return folder / name


def at_import(code):
    return f"{OURS}\n\n{code}\n"


def nothing_but(code):
    """It does not do what it should, and tries to have the points all the same."""
    return f"class Job:\n    pass\n\n\ndef process(job):\n    pass\n\n\n{code}\n"


def while_processing(code):
    """All is well until a job is processed."""
    assert OURS.count(PROCESS) == 1
    return OURS.replace(PROCESS, f"{PROCESS}    {code}\n")


def zipped(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(name, text)
