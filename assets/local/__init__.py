"""The local runtime: the platform's own template, deployed and run on one machine, without an account."""
