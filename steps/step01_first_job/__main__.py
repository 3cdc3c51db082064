"""A scene from the shop: two customers, two emails."""

from . import Job, process

welcome = Job("email", {"to": "ada@example.com", "subject": "Welcome to the shop"})
receipt = Job("email", {"to": "grace@example.com", "subject": "Your receipt"})

for job in [welcome, receipt]:
    print(f"{job.id} is {job.status}")
    process(job)
    print(f"{job.id} is {job.status}")
