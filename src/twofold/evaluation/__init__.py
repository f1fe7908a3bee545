"""What the product is judged by: public data sets, the protocol, baselines, the report."""
