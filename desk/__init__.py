"""The staff room (工作台): a door for agents, supervisors, editors and administrators."""
