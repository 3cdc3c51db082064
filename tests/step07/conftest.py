from copy import deepcopy

import pytest


@pytest.fixture
def ledger(pyqueue):
    """A storage of the shop's own: it copies, as a database does, and notes what it hears."""
    return Ledger(pyqueue.JobNotFound)


class Ledger:
    def __init__(self, not_found):
        self.entries = []
        self._not_found = not_found
        self._jobs = {}

    def __len__(self):
        return len(self._jobs)

    def save_job(self, job):
        self.entries.append(str(job.status))
        self._jobs[job.id] = deepcopy(job)

    def get_job(self, job_id):
        if job_id not in self._jobs:
            raise self._not_found(job_id)
        return deepcopy(self._jobs[job_id])
