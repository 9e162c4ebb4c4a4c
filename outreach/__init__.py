"""What goes out unasked (主动服务): wishes of the taxpayer, reminders, corrections."""
