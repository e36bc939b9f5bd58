"""Following what changes: pages, programs, and what others write past Nexus."""
