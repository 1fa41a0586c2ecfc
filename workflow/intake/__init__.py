"""Reads the lists units send, says what is wrong in form, and writes the errors back into the same workbook.

Checks form, never law: whether a nominee may have the award is asked when somebody acts.
Nothing here knows a database, a clock or a person at the desk.
"""
