"""What carries the record beyond its table: sealing every organization's, anchors outside the database, exports."""
