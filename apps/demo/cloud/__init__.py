"""The demo cloud's EC2: moto with the things a demo can't do without, and what both emulators are filled with.

Run by the emulators' own interpreter (`python -m cloud`), never imported by the panel. Each module adds one thing to
unmodified moto 5.2.5, by replacing a named method: look for `install`.
"""
