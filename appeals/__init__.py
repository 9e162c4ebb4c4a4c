"""The case (诉求): appeals, their moves, promised dates, escalation, and their evidence."""
