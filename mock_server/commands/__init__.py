"""The commands of `cal-mock`, one module for each group; `cli` assembles them."""
