"""Lessons: programs to begin with. The tutorial's sections, their code verbatim."""
