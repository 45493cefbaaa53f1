"""The inspector: a page in which a person sees and controls a sandbox."""
