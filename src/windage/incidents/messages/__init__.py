"""The messages that people get: about a window or an incident, several at once, and a monitor that gives no verdict. Each is composed here and sent elsewhere."""
