//! The handles of the widgets, for the element classes.
