"""Grade a folder of submissions. Their code is hostile until it has shown otherwise.

`submissions` finds them and takes copies; `weights` says what a promise is worth; `server` is the
process that has collected the promises and makes one process for each run of a submission, behind
the `guard`; `twins` are the checks that nothing can keep, and `seals` show what was replaced, so
that a forged run gives itself away; `trial` brings the runs of one submission together, and
`grading` all submissions, side by side. `files` and `show` are what comes out.
"""
