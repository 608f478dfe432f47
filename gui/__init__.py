"""Chainrule's window: panels over one shared session. Everything that it shows is derived from
(source, trace, cursor)."""
