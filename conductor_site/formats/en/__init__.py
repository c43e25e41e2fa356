"""How Django writes moments in English."""
