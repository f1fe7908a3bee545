"""Filters: who may be shown to whom, one reason code per person; they judge and never choose."""
