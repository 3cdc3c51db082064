"""Where jobs are kept. It knows what a job is, and not who processes it."""
