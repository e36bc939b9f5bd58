"""Work in the background: begun, scheduled, recorded, projected."""
