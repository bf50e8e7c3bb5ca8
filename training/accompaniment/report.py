"""The accompaniment's report card."""
