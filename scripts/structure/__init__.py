"""The rules of the structure that no compiler checks; scripts/check_structure.py runs them."""
