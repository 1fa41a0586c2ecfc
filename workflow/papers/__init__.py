"""Makes the papers of the council and of signing: values in, bytes out (.docx, PDF/A, .ics).

Knows no database, no person at the desk and no clock. Services fill the values of `shapes`, `making` makes the bytes.
"""
