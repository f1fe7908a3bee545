"""The work of ``twofold bench`` on a world: built once and kept, served by real processes, measured, shown."""
