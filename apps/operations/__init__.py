"""Every change: prepared from a form, submitted as a row, run step by step by a worker, journalled, undone, told."""
