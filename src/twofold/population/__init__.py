"""Everyone as columns: who they are, what they did, who must not see whom; now and as of any past moment."""
