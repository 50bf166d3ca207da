"""Small things that several parts of the package use."""
