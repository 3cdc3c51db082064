"""Who does the work: handlers, by the type of job that they are for."""
